// Clips cut from any video that ffmpeg reads.
import { type GreyPicture, greyOf } from '../../media/block_motion.ts'
import { type Crop, correspondingCrop, metadataOfCrop } from '../../media/crop.ts'
import { CutFinder, clipStarts, clipsAt, type Fault, isTooStill, type LeftOut } from '../../media/video_cuts.ts'
import type { ClipPart } from '../clip_writer.ts'
import { probeVideo, videoFrames } from '../video.ts'
import { type Recorded, type Target, writeClips } from './clip_file.ts'

const REMEDY = 'lower --frames or raise --rate'

interface VideoRequest {
  video: string
  rate: number // frames per second
  length: number // frames per clip
  width: number // pixels
  height: number
  /** The part of the video to keep, or of another one, to which a part of this one corresponds. */
  crop?: Crop
  /** Leaves out cuts, blank pictures, long stillness, and these seconds. */
  skip?: readonly (readonly [from: number, to: number])[]
  /** What to do about a video without a clip; default: the options of `djinn record`. */
  remedy?: string
}

/**
 * @param onFrame called with the number of frames that have been read
 * @throws Error in one sentence where the video has no clip
 */
export async function recordVideo(
  target: Target,
  asked: VideoRequest,
  onFrame?: (count: number) => void,
): Promise<Recorded & { leftOut?: LeftOut }> {
  const crop = asked.crop && correspondingCrop(asked.crop, asked.video, await probeVideo(asked.video))
  const request = { ...asked, crop }
  const { video, rate, length, width, height, skip } = request
  let leftOut: LeftOut | undefined
  const about = { source: video, rate: `${rate}`, ...metadataOfCrop(crop) }
  const onLeftOut = (found: LeftOut) => {
    leftOut = found
  }
  const clips = skip ? scenes(request, onLeftOut, onFrame) : cut(request, onFrame)
  const recorded = await writeClips(target, [length, height, width], about, clips)
  return leftOut ? { ...recorded, leftOut } : recorded
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

/** The clips of a video's scenes. It is read twice, so that one clip of it is in memory at a time. */
async function* scenes(
  request: VideoRequest,
  onLeftOut: (leftOut: LeftOut) => void,
  onFrame?: (count: number) => void,
): AsyncGenerator<ClipPart> {
  const { video, rate, length, width, height, crop, skip = [], remedy = REMEDY } = request
  const finder = new CutFinder(rate)
  const faults: (Fault | undefined)[] = []
  const seconds = (frames: number) => `${(frames / rate).toFixed(1)} s`
  const isNamed = (t: number) => skip.some(([from, to]) => t / rate >= from && t / rate < to)
  for await (const frame of videoFrames(video, rate, width, height, { crop })) {
    faults.push(finder.add(greyOf(frame, height, width) as GreyPicture))
    onFrame?.(faults.length)
  }
  if (faults.length < length) throw tooShort(request, faults.length)
  const { starts, leftOut } = clipStarts(faults, rate, length, isNamed)
  onLeftOut(leftOut)
  if (starts.length === 0 && isTooStill(faults, rate, length, isNamed))
    throw new Error(
      `nothing moves in ${seconds(leftOut.still)} of the ${seconds(faults.length)} of ${video}, and the rest has no scene of ${length} frames at ${rate} per second: give a video of play, or with --crop the part of it that moves`,
    )
  if (starts.length === 0)
    throw new Error(
      `${video} has no scene of ${length} frames at ${rate} per second without cuts, blank pictures or long stillness: ${remedy}`,
    )
  for await (const { start, frames } of clipsAt(starts, length, videoFrames(video, rate, width, height, { crop }))) {
    onFrame?.(faults.length + start + length)
    yield { frames, arrays: startOf(start, rate) }
  }
}

/** Where a clip begins in the video, in seconds, so that what else is known of the video can be joined with it. */
const startOf = (frame: number, rate: number) => ({ start: { values: Float32Array.of(frame / rate), shape: [] } })

const tooShort = ({ video, rate, length, remedy = REMEDY }: VideoRequest, count: number) =>
  new Error(`${video} has ${count} frames at ${rate} per second, too few for one clip of ${length}: ${remedy}`)
