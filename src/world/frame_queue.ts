// Frames under way: from `step` until the GPU has finished them. Never more than two, so that a slow adapter is waited for
// instead of flooded: with one the GPU would idle while the next frame is recorded, with three a key would show a frame late.

const MOST_UNDER_WAY = 2

export class FrameQueue {
  private underWay = 0
  private unsubmitted = 0
  private waiting: (() => void)[] = []

  /** Whether another frame may be queued. */
  get hasRoom(): boolean {
    return this.underWay < MOST_UNDER_WAY
  }

  /** Resolves once another frame may be queued. */
  get ready(): Promise<void> {
    return this.hasRoom ? Promise.resolve() : new Promise(resolve => this.waiting.push(resolve))
  }

  /** A frame is queued; of those that `submitted` is told of, it hears itself when they are done. */
  begin(): void {
    this.underWay++
    this.unsubmitted++
  }

  /** What is queued was submitted. */
  submitted(queue: GPUQueue): void {
    const count = this.unsubmitted
    this.unsubmitted = 0
    if (count === 0) return
    const end = () => this.end(count)
    // A lost device ends its frames too: the next step then says that it was lost.
    queue.onSubmittedWorkDone().then(end, end)
  }

  /** Frames are done. */
  end(count = 1): void {
    this.underWay -= count
    while (this.hasRoom && this.waiting.length > 0) this.waiting.shift()!()
  }
}
