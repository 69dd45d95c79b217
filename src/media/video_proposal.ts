// The proposal for a video before a world is trained on it: the rectangle to keep, frame size and rate, the tokenizer's codes, with a reason
// for each. It is made from a sample: short runs of frames from many places of the video, which the caller reads.

import type { GreyPicture } from './block_motion.ts'
import type { Crop } from './crop.ts'
import { contentRectangle, proposeRate, proposeSize, type Rectangle, typicalMotion } from './video_survey.ts'

/** The sample: how many runs of frames, and the seconds of each. */
const [RUNS, RUN_SECONDS] = [24, 1.2]
/** Frames per second of the sample in which bars are looked for, and about the rate at which motion is measured; the highest rate that is proposed. */
const [RATE, MOST_RATE] = [10, 30]
/** The largest width of the pictures in which bars are looked for. */
const WIDTH = 192
/** Sides of a proposed frame are multiples of this: patches of the tokenizer (8) and of the latent action model (16) fit into it. */
export const SIDE_STEP = 16
/** Above this share of pixels that never change, the reasons say so. */
const STILL = 0.25
/** Pixels of a side of a patch of the tokenizer. */
export const PATCH = 8

/** A video as it is displayed: upright, with square pixels. */
export interface DisplayedVideo {
  width: number
  height: number
  rate: number // frames per second
  seconds: number
}

/** Which frames are asked for. */
export interface RunOfFrames {
  from: number // seconds
  seconds: number
  rate: number
  width: number
  height: number
  crop?: Rectangle
}

/** What the person has decided. */
export interface VideoChoices {
  crop?: Rectangle
  rate?: number
  size?: { width: number; height: number }
  actions?: number
  /** The tokenizer of the world that the training starts from. */
  tokenizer?: TokenizerChoice
}

interface TokenizerChoice {
  patch: number // pixels
  codes: number
  /** Codes of a patch. */
  codebooks?: number
}

export interface VideoProposal {
  crop: Crop
  size: { width: number; height: number }
  rate: number
  /** Of the tokenizer. */
  codes: number
  /** A small picture of the video: 1 where nothing changes, else 0. */
  still: GreyPicture
  /** A line each, for people. */
  reasons: string[]
}

/**
 * @param name of the video, for errors
 * @param area pixels of a frame, about
 * @param read the frames of a run; none where the video has none there
 * @throws Error in one sentence where the crop lies outside, or no frame can be read
 */
export async function proposeForVideo(
  name: string,
  facts: DisplayedVideo,
  given: VideoChoices,
  area: number,
  read: (run: RunOfFrames) => AsyncIterable<GreyPicture>,
  onProgress: (share: number) => void,
): Promise<VideoProposal> {
  const whole = { x: 0, y: 0, width: facts.width, height: facts.height }
  const reasons: string[] = []
  let crop = given.crop ?? whole
  if (crop.x + crop.width > facts.width || crop.y + crop.height > facts.height)
    throw new Error(`the crop lies outside of ${name}, which is ${facts.width}×${facts.height}`)
  const sample = async (run: Omit<RunOfFrames, 'from' | 'seconds'>, from: number) => {
    const runs: GreyPicture[][] = []
    const count = Math.max(1, Math.min(RUNS, Math.floor(facts.seconds / RUN_SECONDS)))
    for (let i = 0; i < count; i++) {
      const start = Math.max(0, ((i + 0.5) / count) * facts.seconds - RUN_SECONDS / 2)
      const frames: GreyPicture[] = []
      for await (const frame of read({ ...run, from: start, seconds: RUN_SECONDS })) frames.push(frame)
      if (frames.length > 0) runs.push(frames)
      onProgress(from + (i + 1) / count / 2)
    }
    if (runs.length === 0) throw new Error(`${name} has no pictures that can be read`)
    return runs
  }
  const small = smallSize(facts)
  const runs = await sample({ rate: Math.min(RATE, facts.rate), ...small }, 0)
  const found = contentRectangle(runs.flat())
  if (given.crop) reasons.push(`crop ${cropText(crop)}: as asked for`)
  else {
    crop = scaled(found.rectangle, facts.width / small.width, facts.height / small.height, facts)
    reasons.push(`crop ${cropText(crop)}: ${found.reasons.join('; ') || 'no bars were found'}`)
    if (found.stillShare > STILL)
      reasons.push(
        `${Math.round(100 * found.stillShare)} % of what is kept never changes: overlays, or a background (tinted in the picture)`,
      )
  }
  const { reason: sizeReason, ...size } = given.size
    ? { ...given.size, reason: 'as asked for' }
    : proposeSize(crop, SIDE_STEP, area)
  reasons.push(`size ${size.width}×${size.height}: ${sizeReason}`)
  const most = Math.min(MOST_RATE, facts.rate)
  const framed = await sample({ rate: most, ...size, crop }, 0.5)
  let { rate } = given
  if (rate === undefined) {
    const every = Math.max(1, Math.round(most / RATE))
    const proposed = proposeRate(motionAt(framed, every), most / every, most)
    rate = proposed.rate
    reasons.push(`rate ${rate} per second: ${proposed.reason}`)
  } else reasons.push(`rate ${rate} per second: as asked for`)
  const { codes, reason: codesReason } = proposeCodes(size, differentPatches(framed.flat()), given.tokenizer)
  const of = { width: facts.width, height: facts.height }
  return { crop: { ...crop, of }, size, rate, codes, still: found.still, reasons: [...reasons, codesReason] }
}

/**
 * How many codes the tokenizer has.
 * @param patches how many different ones the sample has
 * @param given what another world has decided
 */
export function proposeCodes(
  { width, height }: { width: number; height: number },
  patches: number,
  given?: TokenizerChoice,
): { codes: number; reason: string } {
  const { patch, codebooks = 1 } = given ?? { patch: PATCH }
  const codes = given?.codes ?? (patches < 400 ? 128 : patches < 1500 ? 256 : 512)
  const tokens = Math.ceil(width / patch) * Math.ceil(height / patch) * codebooks
  const each = codebooks > 1 ? `, ${codebooks} for each` : ''
  const why = given ? 'as in the world it starts from' : `about ${patches} different patches in the sample`
  return {
    codes,
    reason: `tokens ${tokens} per frame, of patches of ${patch}×${patch} pixels${each}; ${codes} codes: ${why}`,
  }
}

/**
 * Typical motion from one frame to the `every`-th after it. What moves fast is measured from frame to frame: block matching reaches eight
 * pixels. What moves slowly is measured over all of them, since it sees whole pixels.
 */
function motionAt(runs: readonly GreyPicture[][], every: number): number {
  const fine = typicalMotion(runs)
  if (every === 1 || fine >= 2) return every * fine
  return typicalMotion(runs.map(run => run.filter((_, t) => t % every === 0)))
}

function smallSize({ width, height }: DisplayedVideo): { width: number; height: number } {
  const scale = Math.min(1, WIDTH / Math.max(width, height))
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) }
}

/** A rectangle in pixels of the video, on even numbers. A side that was cut is cut half a pixel of the sample further, because that pixel mixes bar and picture. */
function scaled({ x, y, width, height }: Rectangle, across: number, down: number, facts: DisplayedVideo): Rectangle {
  const mixed = (scale: number) => (scale > 1 ? 0.5 : 0)
  const start = (at: number, scale: number) => (at === 0 ? 0 : 2 * Math.ceil(((at + mixed(scale)) * scale) / 2))
  const end = (at: number, scale: number, most: number) =>
    Math.ceil(at * scale) >= most ? most : 2 * Math.floor(((at - mixed(scale)) * scale) / 2)
  const [left, top] = [start(x, across), start(y, down)]
  return {
    x: left,
    y: top,
    width: end(x + width, across, facts.width) - left,
    height: end(y + height, down, facts.height) - top,
  }
}

/** About how many patches differ, each seen as four cells of 16 levels. */
function differentPatches(pictures: readonly GreyPicture[]): number {
  const seen = new Set<number>()
  for (const { values, height, width } of pictures)
    for (let top = 0; top + PATCH <= height; top += PATCH)
      for (let left = 0; left + PATCH <= width; left += PATCH) {
        let key = 0
        for (let cell = 0; cell < 4; cell++) {
          let sum = 0
          for (let i = 0; i < 16; i++)
            sum += values[(top + 4 * (cell >> 1) + (i >> 2)) * width + left + 4 * (cell & 1) + (i & 3)]!
          key = key * 16 + (sum >> 8)
        }
        seen.add(key)
      }
  return seen.size
}

const cropText = ({ x, y, width, height }: Rectangle): string => `${x},${y},${width},${height}`
