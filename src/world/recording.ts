// A world played, as data: what it was prompted with and which actions followed, from which the same frames can be dreamed
// again; and the same as a short text, for the fragment of a link.

import { checkSampling, type SamplingConfig } from '../model/config.ts'
import { FormatError } from '../weights/safetensors.ts'
import { BitReader, BitWriter } from './bit_stream.ts'
import type { PixelImage } from './image.ts'

/** How the next frame is decoded: model.md §5. */
export interface Sampling extends SamplingConfig {
  /** Of the dice, 0 … 2³²-1: the same prompt, actions and seed dream the same frames. */
  seed: number
}

/** Actions that were played, frame after frame, under one sampling. */
export interface RecordingSpan {
  sampling: Sampling
  actions: number[]
}

/** All that a dream follows from. */
export interface Recording {
  /** The `name` in the model's config.json. */
  model: string
  /** K, how many video codes the model has: a token is 0 … K-1. */
  codes: number
  /** The prompt's tokens, frame after frame, [P · S]. */
  prompt: Int32Array<ArrayBuffer>
  /** The prompt's pictures, of worlds that go on from pixels. Without them, as in a link, such a world begins with what the tokens decode to. */
  pictures?: PixelImage[]
  played: RecordingSpan[]
}

const VERSION = 1
/** More than a link ever holds: 55 minutes of play at 10 frames a second, a prompt of hundreds of frames. */
const MOST_CHARACTERS = 1 << 17
const MOST_FRAMES = 1 << 15
const MOST_NAME_BYTES = 255

/** A copy that later play does not change. */
export function copyRecording(recording: Recording): Recording {
  const played = recording.played.map(({ sampling, actions }) => ({ sampling: { ...sampling }, actions: [...actions] }))
  return { ...recording, prompt: recording.prompt.slice(), played }
}

/**
 * A recording as text of letters, digits, `-` and `_`, for a link's fragment. Runs of one action take three or four characters.
 * @throws RangeError when it is longer than a link may hold
 */
export function encodeRecording({ model, codes, prompt, played }: Recording): string {
  const frames = played.reduce((sum, { actions }) => sum + actions.length, 0)
  if (frames > MOST_FRAMES) throw new RangeError(`the recording has ${frames} frames, a link holds ${MOST_FRAMES}`)
  const name = new TextEncoder().encode(model)
  if (name.length > MOST_NAME_BYTES)
    throw new RangeError(`the model's name takes ${name.length} bytes, a link holds ${MOST_NAME_BYTES}`)
  const out = new BitWriter()
  out.bits(VERSION, 8)
  out.bits(name.length, 8)
  for (const byte of name) out.bits(byte, 8)
  out.count(codes)
  out.count(prompt.length)
  for (const token of prompt) out.bits(token, widthOf(codes))
  out.count(played.length)
  for (const { sampling, actions } of played) {
    out.count(sampling.seed)
    out.count(sampling.steps)
    for (const value of [sampling.temperature, sampling.choice_temperature, sampling.guidance]) out.float(value)
    const runs = runsOf(actions)
    out.count(runs.length)
    for (const [action, length] of runs) {
      out.count(action)
      out.count(length)
    }
  }
  const text = out.text()
  if (text.length > MOST_CHARACTERS)
    throw new RangeError(`the recording takes ${text.length} characters, a link holds ${MOST_CHARACTERS}`)
  return text
}

/**
 * The recording that a text stands for. Whether a world can play it, `World.replay` says.
 * @throws FormatError in one sentence when the text is not what `encodeRecording` wrote
 */
export function decodeRecording(text: string): Recording {
  if (text.length > MOST_CHARACTERS)
    throw new FormatError(`the link has ${text.length} characters, more than the ${MOST_CHARACTERS} of a recording`)
  const data = new BitReader(text)
  const version = data.bits(8)
  if (version !== VERSION) throw new FormatError(`the link is of version ${version}, this engine reads ${VERSION}`)
  const name = Uint8Array.from({ length: data.bits(8) }, () => data.bits(8))
  const codes = data.count()
  const prompt = data.list(MOST_CHARACTERS * 6, () => data.bits(widthOf(codes)))
  let left = MOST_FRAMES
  const played = data.list(MOST_FRAMES, (): RecordingSpan => {
    const [seed, steps] = [data.count(), data.count()]
    const sampling = {
      seed,
      steps,
      temperature: data.float(),
      choice_temperature: data.float(),
      guidance: data.float(),
    }
    try {
      checkSampling(sampling, 'sampling')
    } catch (error) {
      throw new FormatError(`the link: ${(error as Error).message}`)
    }
    const actions = data.list(MOST_FRAMES, () => {
      const [action, length] = [data.count(), data.count()]
      left -= length
      if (left < 0) throw new FormatError(`the link claims more than the ${MOST_FRAMES} frames of a recording`)
      return Array<number>(length).fill(action)
    })
    return { sampling, actions: actions.flat() }
  })
  data.end()
  return { model: new TextDecoder().decode(name), codes, prompt: Int32Array.from(prompt), played }
}

/** Bits that a token takes. */
const widthOf = (codes: number) => Math.max(1, Math.ceil(Math.log2(codes)))

/** Equal actions that follow one another. */
function runsOf(actions: readonly number[]): [action: number, length: number][] {
  const runs: [number, number][] = []
  for (const action of actions) {
    const last = runs.at(-1)
    if (last?.[0] === action) last[1]++
    else runs.push([action, 1])
  }
  return runs
}
