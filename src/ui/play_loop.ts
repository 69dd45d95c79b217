// Plays a world: at most one step each frame time, and only when the world has room for one, so that a slow adapter is waited
// for instead of flooded. It measures what the page tells of: time a frame, frames a second, and from a key to its pixels.

import type { World } from '../world/world.ts'

/** What the next step shall be. */
export interface NextInput {
  action: number
  /** When the key that asks for it went down, on performance.now()'s clock; undefined where none did. */
  pressed: number | undefined
}

/** A frame that the GPU has finished. */
export interface FrameStats {
  frame: number // frames so far, prompt included
  action: number // the latent action that led to it
  milliseconds: number // from its submission, or from the end of the frame before it if that came later
  rate: number | undefined // frames a second over the last few seconds
}

export interface PlayLoopEvents {
  wish(): NextInput
  /** In the task that drew a frame, after it was queued. */
  onDrawn(action: number): void
  onPlayed(played: FrameStats): void
  /** From a key's press to the first refresh of the screen after the GPU had finished its frame, milliseconds. */
  onLatency(milliseconds: number): void
  /** Once, when a step fails; the player has then stopped. */
  onError(error: unknown): void
  /** What else has to be free before the next step. */
  ready(): Promise<unknown>
}

const RATE_SPAN = 4000 // milliseconds

export class PlayLoop {
  /** Whether the world goes on by itself; otherwise it waits for `ask`. */
  auto = true
  private request = 0
  private next = 0 // milliseconds, when the next step is due
  private isAsked = false
  private isFree = true
  private finished: number[] = [] // when the last frames were done, milliseconds

  constructor(
    private readonly world: World,
    private readonly canvas: HTMLCanvasElement,
    private readonly events: PlayLoopEvents,
  ) {}

  get running(): boolean {
    return this.request !== 0
  }

  start(): void {
    if (this.running) return
    this.finished = []
    this.next = performance.now()
    this.request = requestAnimationFrame(this.tick)
  }

  stop(): void {
    cancelAnimationFrame(this.request)
    this.request = 0
    this.isAsked = false
  }

  /** Asks for a step, as a key press does while `auto` is off; one is kept while it has to wait, and no more. */
  requestStep(): void {
    this.isAsked = true
  }

  private readonly tick = (now: number) => {
    this.request = requestAnimationFrame(this.tick)
    if (!this.isFree || now < this.next || !(this.auto || this.isAsked)) return
    this.next = Math.max(this.next + 1000 / this.world.config.frame.rate, now)
    this.isAsked = false
    this.step().catch(error => {
      if (!this.running) return
      this.stop()
      this.events.onError(error)
    })
  }

  private async step(): Promise<void> {
    const { world, events } = this
    const started = performance.now()
    const { action, pressed } = events.wish()
    world.step(action)
    world.draw(this.canvas)
    events.onDrawn(action)
    const { frame } = world
    this.isFree = false
    void Promise.all([world.ready, events.ready()]).then(() => {
      this.isFree = true
    })
    await world.gpu.device.queue.onSubmittedWorkDone()
    const ended = performance.now()
    const milliseconds = ended - Math.max(started, this.finished.at(-1) ?? 0)
    // Of a world slower than that, the last two.
    this.finished = [
      ...this.finished.filter((time, i, { length }) => i === length - 1 || ended - time < RATE_SPAN),
      ended,
    ]
    if (!this.running) return
    events.onPlayed({ frame, action, milliseconds, rate: this.rate() })
    if (pressed === undefined) return
    await new Promise(requestAnimationFrame)
    events.onLatency(performance.now() - pressed)
  }

  private rate(): number | undefined {
    const { finished } = this
    if (finished.length < 2) return undefined
    return ((finished.length - 1) * 1000) / (finished.at(-1)! - finished[0]!)
  }
}
