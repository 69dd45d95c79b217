// Pictures of what `djinn learn` does with a video: the proposed rectangle, and what was left out.

import type { GreyPicture } from '../../media/block_motion.ts'
import { darkenOutside, tintStill } from '../../media/proposal_picture.ts'
import { type LeftOut, longestStretches, stretchText } from '../../media/video_cuts.ts'
import type { Rectangle } from '../../media/video_survey.ts'
import { encodeSheet } from '../contact_sheet.ts'
import { encodePng } from '../images.ts'
import { probeVideo, videoFrames } from '../video.ts'
import { writeWhole } from '../whole_file.ts'

/** The longest side of the picture of a proposal, in pixels. */
const SIDE = 640
/** Stretches that are shown, the longest ones. */
const SHOWN = 12

/** Draws a frame from the middle of the video: what is left out is dark, what never changes is tinted. */
export async function drawProposal(path: string, video: string, crop: Rectangle, still: GreyPicture): Promise<void> {
  const facts = await probeVideo(video)
  const scale = Math.min(1, SIDE / Math.max(facts.width, facts.height))
  const size = { width: Math.round(facts.width * scale), height: Math.round(facts.height * scale) }
  const part = { from: facts.seconds / 2, seconds: 1 / facts.rate }
  for await (const pixels of videoFrames(video, facts.rate, size.width, size.height, part)) {
    tintStill(pixels, 3, size, still)
    darkenOutside(pixels, size, crop, facts)
    await writeWhole(path, await encodePng(size.width, size.height, pixels))
    break
  }
}

interface Recorded {
  video: string
  rate: number
  width: number
  height: number
  crop: Rectangle
}

/**
 * Draws a frame of each of the longest stretches that were left out, in the order of the video.
 * @returns a line for each, and the path; none where nothing was left out
 */
export async function drawLeftOut(
  path: string,
  { video, rate, width, height, crop }: Recorded,
  leftOut: LeftOut,
): Promise<string[]> {
  const stretches = longestStretches(leftOut, SHOWN)
  const frames: Uint8Array[] = []
  for (const { first, end } of stretches) {
    const from = Math.floor((first + end) / 2) / rate
    for await (const frame of videoFrames(video, rate, width, height, { crop, from, seconds: 1 / rate }))
      frames.push(frame)
  }
  if (frames.length === 0) return []
  const sheet = { count: frames.length, height, width, data: Buffer.concat(frames) }
  await writeWhole(path, await encodeSheet(sheet, 2, SHOWN))
  return [...stretches.map(stretch => stretchText(stretch, rate)), `${path} shows them`]
}
