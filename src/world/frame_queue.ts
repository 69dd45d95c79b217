// Frames in flight: queued by `step` and not yet finished by the GPU. There are at most two. With one, the GPU would idle while the
// next frame is encoded. With three, a key press would be visible a frame later.

const MAX_IN_FLIGHT = 2

export class FrameQueue {
  private inFlight = 0
  private unsubmitted = 0
  private waiting: (() => void)[] = []

  /** Whether another frame may be queued. */
  get hasRoom(): boolean {
    return this.inFlight < MAX_IN_FLIGHT
  }

  /** Resolves once another frame may be queued, or the queue is released. */
  get ready(): Promise<void> {
    return this.hasRoom ? Promise.resolve() : new Promise(resolve => this.waiting.push(resolve))
  }

  /** A frame is queued. It leaves the queue when `submitted`'s work is done, or by `end`. */
  begin(): void {
    this.inFlight++
    this.unsubmitted++
  }

  /** All queued frames were submitted. @param finished settles when the GPU is done, or the device is lost */
  submitted(finished: () => Promise<void>): void {
    const count = this.unsubmitted
    this.unsubmitted = 0
    if (count === 0) return
    const end = () => this.end(count)
    finished().then(end, end)
  }

  /** Frames are finished. */
  end(count = 1): void {
    this.inFlight -= count
    while (this.hasRoom && this.waiting.length > 0) this.waiting.shift()!()
  }

  /** No frame will finish any more: all that wait continue, and the next call reports what happened. */
  release(): void {
    this.inFlight = 0
    this.unsubmitted = 0
    for (const resolve of this.waiting.splice(0)) resolve()
  }
}
