// Clips cut from any video that ffmpeg reads.
import { type GreyPicture, greyOf } from '../../media/block_motion.ts'
import { CutFinder, type Fault, goodRuns } from '../../media/video_cuts.ts'
import type { Rectangle } from '../../media/video_survey.ts'
import type { ClipPart } from '../clip_writer.ts'
import { videoFrames } from '../video.ts'
import { type Recorded, type Target, writeClips } from './clip_file.ts'

export interface VideoRequest {
  video: string
  rate: number // frames per second
  length: number // frames per clip
  width: number // pixels
  height: number
  /** The part of the video to keep, in its own pixels. */
  crop?: Rectangle
  /** Leaves out cuts, blank pictures, long stillness, and these seconds. */
  skip?: readonly (readonly [from: number, to: number])[]
}

/** What was left out of a video, in frames. */
export interface LeftOut extends Record<Fault, number> {
  /** Of the seconds that were named, and at the ends of scenes too short for a clip. */
  named: number
  short: number
  frames: number // of the video in all
}

/**
 * @param onFrame hears how many frames have been read
 * @throws Error in one sentence where the video is too short for one clip
 */
export async function recordVideo(
  target: Target,
  request: VideoRequest,
  onFrame?: (count: number) => void,
): Promise<Recorded & { leftOut?: LeftOut }> {
  const { video, rate, length, width, height, crop, skip } = request
  const leftOut = { cut: 0, blank: 0, still: 0, named: 0, short: 0, frames: 0 }
  const about = {
    source: video,
    rate: `${rate}`,
    ...(crop && { crop: [crop.x, crop.y, crop.width, crop.height].join() }),
  }
  const clips = skip ? scenes(request, leftOut, onFrame) : cut(request, onFrame)
  const recorded = await writeClips(target, [length, height, width], about, clips)
  return skip ? { ...recorded, leftOut } : recorded
}

async function* cut(request: VideoRequest, onFrame?: (count: number) => void): AsyncGenerator<ClipPart> {
  const { video, rate, length, width, height, crop } = request
  const size = width * height * 3
  const frames = new Uint8Array(length * size)
  let count = 0
  for await (const frame of videoFrames(video, rate, width, height, { crop })) {
    frames.set(frame, (count % length) * size)
    count++
    onFrame?.(count)
    if (count % length === 0) yield { frames, arrays: startOf(count - length, rate) }
  }
  if (count < length) throw tooShort(request, count)
}

/** The clips of a video's scenes. It is read twice, so that no more than one clip of it stands in memory. */
async function* scenes(
  request: VideoRequest,
  leftOut: LeftOut,
  onFrame?: (count: number) => void,
): AsyncGenerator<ClipPart> {
  const { video, rate, length, width, height, crop, skip = [] } = request
  const finder = new CutFinder(rate)
  const faults: (Fault | undefined)[] = []
  const isNamed = (t: number) => skip.some(([from, to]) => t / rate >= from && t / rate < to)
  for await (const frame of videoFrames(video, rate, width, height, { crop })) {
    faults.push(finder.add(greyOf(frame, height, width) as GreyPicture))
    onFrame?.(faults.length)
  }
  leftOut.frames = faults.length
  if (faults.length < length) throw tooShort(request, faults.length)
  leftOut.named = faults.filter((_, t) => isNamed(t)).length
  const { runs, left } = goodRuns(
    faults.map((fault, t) => (isNamed(t) ? 'blank' : fault)),
    rate,
  )
  Object.assign(leftOut, left, { blank: left.blank - leftOut.named })
  const starts = runs.flatMap(([first, end]) =>
    Array.from({ length: Math.floor((end - first) / length) }, (_, i) => first + i * length),
  )
  leftOut.short = runs.reduce((sum, [first, end]) => sum + ((end - first) % length), 0)
  if (starts.length === 0)
    throw new Error(
      `${video} has no scene of ${length} frames at ${rate} a second without cuts, blank pictures or long stillness: lower --frames or raise --rate`,
    )
  const size = width * height * 3
  const frames = new Uint8Array(length * size)
  let [t, next] = [0, 0]
  for await (const frame of videoFrames(video, rate, width, height, { crop })) {
    const at = t - (starts[next] ?? Number.POSITIVE_INFINITY)
    if (at >= 0) frames.set(frame, at * size)
    t++
    onFrame?.(faults.length + t)
    if (at !== length - 1) continue
    yield { frames, arrays: startOf(starts[next]!, rate) }
    next++
  }
}

/** Where a clip begins in the video, in seconds, so that what else is known of the video can be joined with it. */
const startOf = (frame: number, rate: number) => ({ start: { values: Float32Array.of(frame / rate), shape: [] } })

const tooShort = ({ video, rate, length }: VideoRequest, count: number) =>
  new Error(
    `${video} has ${count} frames at ${rate} a second, too few for one clip of ${length}: lower --frames or raise --rate`,
  )

/** What was left out, in words. */
export function leftOutText(leftOut: LeftOut, rate: number): string {
  const seconds = (frames: number) => `${(frames / rate).toFixed(1)} s`
  const { cut, blank, still, named, short, frames } = leftOut
  const parts = [
    blank > 0 && `${seconds(blank)} of blank pictures (fades, loading)`,
    still > 0 && `${seconds(still)} in which nothing moved (menus, pauses)`,
    named > 0 && `${seconds(named)} that --skip names`,
    short > 0 && `${seconds(short)} at the ends of scenes, too short for a clip`,
  ].filter(part => part !== false)
  const scenes = cut > 0 ? `${cut} cuts, which no clip spans` : 'no cuts'
  return `${scenes}; left out of ${seconds(frames)}: ${parts.length > 0 ? parts.join(', ') : 'nothing'}`
}
