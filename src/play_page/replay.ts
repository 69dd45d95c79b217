// A recording as input for the play loop: the action and the sampling settings of each frame.

import type { Config } from '../model/config.ts'
import { promptFrameCount, type Recording, type Sampling } from '../world/recording.ts'

export class Replay {
  /** Frames in all, prompt included. */
  readonly total: number
  /** Frames of its prompt. */
  readonly promptFrameCount: number
  private readonly actions: { action: number; sampling: Sampling }[]

  constructor(
    readonly recording: Recording,
    config: Config,
  ) {
    this.actions = recording.played.flatMap(({ sampling, actions }) => actions.map(action => ({ action, sampling })))
    this.promptFrameCount = promptFrameCount(recording, config)
    this.total = this.promptFrameCount + this.actions.length
  }

  /** What leads from a world with `frame` frames to its next one. Undefined at the end. */
  after(frame: number): { action: number; sampling: Sampling } | undefined {
    return this.actions[frame - this.promptFrameCount]
  }
}

/** A recording's prompt alone, to start from. */
export const promptOf = (recording: Recording): Recording => ({ ...recording, played: [] })
