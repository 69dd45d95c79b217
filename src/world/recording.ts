// A recording: a prompt and the actions that followed, from which the same frames can be played again; and its encoding as text for
// the fragment of a link.

import { ArgumentError } from '../gpu/errors.ts'
import { type Config, checkSampling, codesPerFrame, type SamplingConfig } from '../model/config.ts'
import { FormatError } from '../weights/format_error.ts'
import { BitReader, BitWriter } from './bit_stream.ts'
import type { PixelImage } from './image.ts'

/** How the next frame is decoded (docs/model.md §5). */
export interface Sampling extends SamplingConfig {
  /** Seed of the random numbers, 0 … 2³²-1. The same prompt, actions and seed give the same frames. */
  seed: number
}

/** Consecutive actions under the same sampling settings. */
export interface RecordingSpan {
  sampling: Sampling
  actions: number[]
}

/** A prompt and everything played since. */
export interface Recording {
  /** The `name` in the model's config.json. */
  model: string
  /** K, the number of video codes of a codebook: tokens are 0 … K-1. */
  codes: number
  /** The prompt's tokens, frame after frame, [P · S · N]. */
  prompt: Int32Array<ArrayBuffer>
  /** The prompt's pictures, of worlds that continue from pixels. Without them, as in a link, such a world begins with what the tokens decode to. */
  pictures?: PixelImage[]
  played: RecordingSpan[]
}

/** Version 2 also has the threshold. Links of recordings without one stay version 1. */
const VERSIONS = [1, 2]
/** Limits of a link: 55 minutes of play at 10 frames per second, and prompts of hundreds of frames, fit. */
const MAX_CHARACTERS = 1 << 17
const MAX_FRAMES = 1 << 15
const MAX_NAME_BYTES = 255

/** A deep copy. */
export function copyRecording(recording: Recording): Recording {
  const played = recording.played.map(({ sampling, actions }) => ({ sampling: { ...sampling }, actions: [...actions] }))
  return { ...recording, prompt: recording.prompt.slice(), played }
}

/** Frames of a recording's prompt. */
export const promptFrameCount = ({ prompt }: Recording, config: Config): number => prompt.length / codesPerFrame(config)

/** Frames that a recording adds to its prompt. */
export const playedFrameCount = ({ played }: Pick<Recording, 'played'>): number =>
  played.reduce((sum, { actions }) => sum + actions.length, 0)

/** Adds a played action. Actions under the same sampling form one span. */
export function recordAction({ played }: Recording, action: number, sampling: Sampling): void {
  const last = played.at(-1)
  if (last && isSame(last.sampling, sampling)) last.actions.push(action)
  else played.push({ sampling: { ...sampling }, actions: [action] })
}

const isSame = (a: Sampling, b: Sampling) =>
  (Object.keys({ ...a, ...b }) as (keyof Sampling)[]).every(name => a[name] === b[name])

/**
 * Encodes a recording as letters, digits, `-` and `_`. A run of one action takes three or four characters.
 * @throws ArgumentError when it exceeds the limits of a link
 */
export function encodeRecording({ model, codes, prompt, played }: Recording): string {
  const frames = playedFrameCount({ played })
  if (frames > MAX_FRAMES)
    throw new ArgumentError(`the recording has ${frames} frames, a link holds at most ${MAX_FRAMES}`)
  const name = new TextEncoder().encode(model)
  if (name.length > MAX_NAME_BYTES)
    throw new ArgumentError(`the model's name takes ${name.length} bytes, a link holds at most ${MAX_NAME_BYTES}`)
  const out = new BitWriter()
  const version = played.some(({ sampling: { threshold = 1 } }) => threshold !== 1) ? 2 : 1
  out.bits(version, 8)
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
    if (version === 2) out.float(sampling.threshold ?? 1)
    const runs = runsOf(actions)
    out.count(runs.length)
    for (const [action, length] of runs) {
      out.count(action)
      out.count(length)
    }
  }
  const text = out.text()
  if (text.length > MAX_CHARACTERS)
    throw new ArgumentError(`the recording takes ${text.length} characters, a link holds at most ${MAX_CHARACTERS}`)
  return text
}

/**
 * Decodes a recording. `World.replay` checks whether a world can play it.
 * @throws FormatError in one sentence when `encodeRecording` did not write the text
 */
export function decodeRecording(text: string): Recording {
  if (text.length > MAX_CHARACTERS)
    throw new FormatError(`the link has ${text.length} characters, a recording has at most ${MAX_CHARACTERS}`)
  const data = new BitReader(text)
  const version = data.bits(8)
  if (!VERSIONS.includes(version))
    throw new FormatError(`the link is of version ${version}, this engine reads ${VERSIONS.join(' and ')}`)
  const name = Uint8Array.from({ length: data.bits(8) }, () => data.bits(8))
  const codes = data.count()
  const prompt = data.list(MAX_CHARACTERS * 6, () => data.bits(widthOf(codes)))
  let left = MAX_FRAMES
  const played = data.list(MAX_FRAMES, (): RecordingSpan => {
    const [seed, steps] = [data.count(), data.count()]
    const sampling = {
      seed,
      steps,
      temperature: data.float(),
      choice_temperature: data.float(),
      guidance: data.float(),
      ...(version === 2 && { threshold: data.float() }),
    }
    try {
      checkSampling(sampling, 'sampling')
    } catch (error) {
      throw new FormatError(`the link: ${(error as Error).message}`)
    }
    const actions = data.list(MAX_FRAMES, () => {
      const [action, length] = [data.count(), data.count()]
      left -= length
      if (left < 0) throw new FormatError(`the link claims more than ${MAX_FRAMES} frames`)
      return Array<number>(length).fill(action)
    })
    return { sampling, actions: actions.flat() }
  })
  data.end()
  return { model: new TextDecoder().decode(name), codes, prompt: Int32Array.from(prompt), played }
}

/** Bits per token. */
const widthOf = (codes: number) => Math.max(1, Math.ceil(Math.log2(codes)))

/** Run-length encoding of actions. */
function runsOf(actions: readonly number[]): [action: number, length: number][] {
  const runs: [number, number][] = []
  for (const action of actions) {
    const last = runs.at(-1)
    if (last?.[0] === action) last[1]++
    else runs.push([action, 1])
  }
  return runs
}
