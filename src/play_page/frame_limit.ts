// What limits the frame rate of the play page, in a few words.

export interface FrameLimit {
  /** Whether the browser tab is hidden. */
  isHidden: boolean
  /** Whether the world stands still until a key or a click. */
  isWaiting: boolean
  /** Time of the newest frame; undefined before the first. */
  milliseconds: number | undefined
  /** Frames per second that the model was trained at. */
  rate: number
  isSoftwareAdapter: boolean
}

export function frameLimit({ isHidden, isWaiting, milliseconds, rate, isSoftwareAdapter }: FrameLimit): string {
  if (isHidden) return 'The tab is hidden, so nothing is computed.'
  if (isWaiting) return 'Waiting for you: the world stands still.'
  if (milliseconds === undefined) return 'Waiting for the first frame.'
  if (milliseconds <= 1000 / rate) return `Nothing limits it: the world runs at its own ${rate} frames per second.`
  const what = isSoftwareAdapter ? 'The processor, which computes the frames here,' : 'The graphics adapter'
  return `${what} limits it: ${rate} frames per second leave ${(1000 / rate).toFixed(0)} ms for a frame. Fewer steps, under Sampling, are faster.`
}
