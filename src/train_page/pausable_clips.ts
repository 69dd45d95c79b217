// Clips whose reading can be paused. The work before a component's first step reads frames all the time, so pausing the reads pauses it.

import type { EvalClips } from '../evaluation/eval_clips.ts'

export class PausableClips implements EvalClips {
  readonly clips: number
  readonly length: number
  moves?: Int32Array
  keys?: Int32Array
  /** Whether reading may wait now. Training steps must not: they are paused by a checkpoint. */
  mayWait = false
  isHeld = false
  private waiting: (() => void)[] = []

  /** @param onHeld called when a read begins to wait */
  constructor(
    private readonly source: EvalClips,
    private readonly onHeld: () => void,
  ) {
    this.clips = source.clips
    this.length = source.length
    if (source.moves) this.moves = source.moves
    if (source.keys) this.keys = source.keys
  }

  hold(): void {
    this.isHeld = true
  }

  release(): void {
    this.isHeld = false
    for (const go of this.waiting.splice(0)) go()
  }

  async frames(clip: number, first: number, count: number): Promise<Uint8Array> {
    if (this.isHeld && this.mayWait) {
      this.onHeld()
      await new Promise<void>(go => this.waiting.push(go))
    }
    return this.source.frames(clip, first, count)
  }
}
