// Proposals of `djinn learn` for a video, with a reason for each: the rectangle to keep, frame rate and size, and codes of the tokenizer.
// It looks at a sample: short runs of frames from many places of the video.

import { type GreyPicture, greyOf } from '../../media/block_motion.ts'
import { livingRectangle, proposeRate, proposeSize, type Rectangle, typicalMotion } from '../../media/video_survey.ts'
import type { ModelSize } from '../../training/presets.ts'
import { duration } from '../progress.ts'
import { probeVideo, type VideoFacts, videoFrames } from '../video.ts'
import type { VideoSettings } from '../video_settings.ts'

/** The sample: runs of so many seconds. */
const [RUNS, RUN_SECONDS] = [10, 1.2]
/** Frames per second of the sample in which bars are looked for, and about the rate at which motion is judged; the highest proposed. */
const [RATE, MOST_RATE] = [10, 30]
/** The width of the pictures in which bars are looked for, at most. */
const WIDTH = 192
/** A frame is a multiple of this: patches of the tokenizer and of the latent action model fit into it. */
const STEP = 16
/** Pixels of a frame, about: for a short training, and for one of an hour or more. */
const [AREA, LARGE_AREA] = [64 * 64, 80 * 80]

export interface Given {
  crop?: Rectangle
  rate?: number
  size?: { width: number; height: number }
  actions?: number
}

export interface Proposal extends VideoSettings {
  crop: Rectangle
  model: ModelSize
  codes: number
  actions: number
  /** A line each, for people. */
  reasons: string[]
}

/**
 * @param given what the person has decided
 * @throws Error in one sentence as videoFrames does, or where the crop lies outside
 */
export async function propose(
  video: string,
  given: Given,
  minutes: number,
  isSoftwareAdapter: boolean,
  onProgress: (share: number) => void,
): Promise<Proposal> {
  const facts = await probeVideo(video)
  const whole = { x: 0, y: 0, width: facts.width, height: facts.height }
  const reasons = [
    `video: ${facts.width}×${facts.height} pixels, ${facts.rate.toFixed(1)} frames per second, ${duration(facts.seconds)}`,
  ]
  let crop = given.crop ?? whole
  if (crop.x + crop.width > facts.width || crop.y + crop.height > facts.height)
    throw new Error(`--crop lies outside of ${video}, which is ${facts.width}×${facts.height}`)
  const small = smallSize(facts)
  const runs = await sample(video, Math.min(RATE, facts.rate), facts, small, undefined, share => onProgress(share / 2))
  if (given.crop) reasons.push(`crop ${cropText(crop)}: as asked for`)
  else {
    const found = livingRectangle(runs.flat())
    crop = scaled(found.rectangle, facts.width / small.width, facts.height / small.height, facts)
    reasons.push(`crop ${cropText(crop)}: ${found.reasons.join('; ') || 'no bars were found'}`)
    if (found.stillShare > 0.25)
      reasons.push(`${Math.round(100 * found.stillShare)} % of what is kept never changes: overlays, or a background`)
  }
  const size = given.size ?? proposeSize(crop, STEP, minutes >= 60 ? LARGE_AREA : AREA)
  reasons.push(
    `size ${size.width}×${size.height}: ${given.size ? 'as asked for' : `the shape of the rectangle, multiples of ${STEP}`}`,
  )
  const framed = await sample(video, Math.min(MOST_RATE, facts.rate), facts, size, crop, share =>
    onProgress(0.5 + share / 2),
  )
  let { rate } = given
  if (rate === undefined) {
    const most = Math.min(MOST_RATE, facts.rate)
    const every = Math.max(1, Math.round(most / RATE))
    const proposed = proposeRate(motionAt(framed, every), most / every, most)
    rate = proposed.rate
    reasons.push(`rate ${rate} a second: ${proposed.reason}`)
  } else reasons.push(`rate ${rate} a second: as asked for`)
  const model = sizeFor(minutes, isSoftwareAdapter)
  const patches = differentPatches(framed.flat())
  const codes = patches < 400 ? 128 : patches < 1500 ? 256 : 512
  reasons.push(`codes ${codes}: about ${patches} different patches in the sample`)
  const actions = given.actions ?? 8
  reasons.push(
    `actions ${actions}: ${given.actions ? 'as asked for' : 'room for left, right, up, down and their combinations'}`,
    `model ${model}: what ${minutes} minutes are enough for on ${isSoftwareAdapter ? 'a software adapter' : 'a GPU'}`,
  )
  return { crop, size, rate, model, codes, actions, reasons }
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

/** The size of model that so many minutes are enough for. */
function sizeFor(minutes: number, isSoftwareAdapter: boolean): ModelSize {
  if (isSoftwareAdapter) return minutes < 45 ? 'nano' : minutes < 240 ? 'tiny' : 'small'
  return minutes < 5 ? 'tiny' : 'small'
}

/** Grey runs of consecutive frames, from all over the video. */
async function sample(
  video: string,
  rate: number,
  { seconds }: VideoFacts,
  { width, height }: { width: number; height: number },
  crop: Rectangle | undefined,
  onProgress: (share: number) => void,
): Promise<GreyPicture[][]> {
  const runs: GreyPicture[][] = []
  const count = Math.max(1, Math.min(RUNS, Math.floor(seconds / RUN_SECONDS)))
  for (let i = 0; i < count; i++) {
    const from = Math.max(0, ((i + 0.5) / count) * seconds - RUN_SECONDS / 2)
    const run: GreyPicture[] = []
    const part = { from, seconds: RUN_SECONDS, ...(crop && { crop }) }
    for await (const frame of videoFrames(video, rate, width, height, part)) run.push(greyOf(frame, height, width))
    if (run.length > 0) runs.push(run)
    onProgress((i + 1) / count)
  }
  if (runs.length === 0) throw new Error(`${video} has no pictures that ffmpeg can read`)
  return runs
}

function smallSize({ width, height }: VideoFacts): { width: number; height: number } {
  const scale = Math.min(1, WIDTH / Math.max(width, height))
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) }
}

/** A rectangle in pixels of the video, on even numbers. A side that was cut is cut half a pixel of the sample further: there both mix. */
function scaled({ x, y, width, height }: Rectangle, across: number, down: number, facts: VideoFacts): Rectangle {
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

/** How many patches of 8×8 pixels differ, each seen as four cells of 16 levels. */
function differentPatches(pictures: readonly GreyPicture[]): number {
  const seen = new Set<number>()
  for (const { values, height, width } of pictures)
    for (let top = 0; top + 8 <= height; top += 8)
      for (let left = 0; left + 8 <= width; left += 8) {
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

export const cropText = ({ x, y, width, height }: Rectangle): string => `${x},${y},${width},${height}`
