// Clips whose reading can be paused. The work before a component's first step reads frames all the time, so pausing the reads pauses it.

import type { EvalClips } from '../evaluation/eval_clips.ts'

export class PausableClips implements EvalClips {
  readonly clips: number
  readonly length: number
  moves?: Int32Array
  keys?: Int32Array
  /** Whether reading may wait now. Training steps must not: they are paused by a checkpoint. */
  mayWait = false
  isPaused = false
  private waiting: (() => void)[] = []

  /** @param onPaused called when a read begins to wait */
  constructor(
    private readonly source: EvalClips,
    private readonly onPaused: () => void,
  ) {
    this.clips = source.clips
    this.length = source.length
    if (source.moves) this.moves = source.moves
    if (source.keys) this.keys = source.keys
  }

  pause(): void {
    this.isPaused = true
  }

  resume(): void {
    this.isPaused = false
    for (const go of this.waiting.splice(0)) go()
  }

  async frames(clip: number, first: number, count: number): Promise<Uint8Array> {
    if (this.isPaused && this.mayWait) {
      this.onPaused()
      await new Promise<void>(go => this.waiting.push(go))
    }
    return this.source.frames(clip, first, count)
  }
}
