// Clips cut from any video that ffmpeg reads.
import type { ClipPart } from '../clip_writer.ts'
import { videoFrames } from '../video.ts'
import { type Recorded, type Target, writeClips } from './clip_file.ts'

export interface VideoRequest {
  video: string
  rate: number // frames per second
  length: number // frames per clip
  width: number // pixels
  height: number
}

/** @throws Error in one sentence where the video is too short for one clip */
export function recordVideo(target: Target, request: VideoRequest): Promise<Recorded> {
  const { video, rate, length, width, height } = request
  return writeClips(target, [length, height, width], { source: video, rate: `${rate}` }, cut(request))
}

async function* cut({ video, rate, length, width, height }: VideoRequest): AsyncGenerator<ClipPart> {
  const size = width * height * 3
  const frames = new Uint8Array(length * size)
  let count = 0
  for await (const frame of videoFrames(video, rate, width, height)) {
    frames.set(frame, (count % length) * size)
    count++
    if (count % length === 0) yield { frames }
  }
  if (count < length)
    throw new Error(
      `${video} has ${count} frames at ${rate} a second, too few for one clip of ${length}: lower --frames or raise --rate`,
    )
}
