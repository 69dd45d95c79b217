// The proposal of `djinn learn` for a video, with a reason for each part: that of src/media/video_proposal.ts, and the size of the model.

import { greyOf } from '../../media/block_motion.ts'
import { proposeForVideo, type RunOfFrames, type VideoChoices, type VideoProposal } from '../../media/video_proposal.ts'
import type { ModelSize } from '../../training/presets.ts'
import { duration } from '../progress.ts'
import { probeVideo, videoFrames } from '../video.ts'

/** Pixels of a frame, about: for a short training, and for one of an hour or more. */
const [AREA, LARGE_AREA] = [64 * 64, 80 * 80]

/** What is kept of a proposal. */
export interface Proposal extends Omit<VideoProposal, 'still'> {
  model: ModelSize
  actions: number
}

/**
 * @param given what the person has decided
 * @throws Error in one sentence as videoFrames does, or where the crop lies outside
 */
export async function propose(
  video: string,
  given: VideoChoices,
  minutes: number,
  isSoftwareAdapter: boolean,
  onProgress: (share: number) => void,
): Promise<Proposal & Pick<VideoProposal, 'still'>> {
  const facts = await probeVideo(video)
  async function* read({ from, seconds, rate, width, height, crop }: RunOfFrames) {
    const part = { from, seconds, ...(crop && { crop }) }
    for await (const frame of videoFrames(video, rate, width, height, part)) yield greyOf(frame, height, width)
  }
  const area = minutes >= 60 ? LARGE_AREA : AREA
  const { reasons, ...proposed } = await proposeForVideo(video, facts, given, area, read, onProgress)
  const model = sizeFor(minutes, isSoftwareAdapter)
  const actions = given.actions ?? 8
  return {
    ...proposed,
    model,
    actions,
    reasons: [
      `video: ${facts.width}×${facts.height} pixels, ${facts.rate.toFixed(1)} frames per second, ${duration(facts.seconds)}`,
      ...reasons,
      `actions ${actions}: ${given.actions ? 'as asked for' : 'room for the eight commonest of nine directions'}`,
      `model ${model}: what ${minutes} minutes are enough for on ${isSoftwareAdapter ? 'a software adapter' : 'a GPU'}`,
    ],
  }
}

/** The largest size of model that can be trained in `minutes`. */
function sizeFor(minutes: number, isSoftwareAdapter: boolean): ModelSize {
  if (isSoftwareAdapter) return minutes < 45 ? 'nano' : minutes < 240 ? 'tiny' : 'small'
  return minutes < 5 ? 'tiny' : 'small'
}
