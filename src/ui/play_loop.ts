// The play loop: steps a world at its frame rate and draws it. On a slow adapter it steps less often, so that frames do not queue up.
// It measures frame time, frame rate and the latency from key to pixels.

import type { World } from '../world/world.ts'

/** The input for a step. */
export interface NextInput {
  action: number
  /** When the key that asked for it went down, on performance.now()'s clock. Undefined without a key. */
  pressedAt: number | undefined
}

/** A frame that the GPU has finished. */
export interface FrameStats {
  frame: number // frames so far, prompt included
  action: number // the latent action that led to it
  milliseconds: number // from its submission, or from the end of the frame before it if that came later
  rate: number | undefined // frames per second over the last few seconds
}

export interface PlayLoopEvents {
  nextInput(): NextInput
  /** In the task that drew a frame, after it was queued. */
  onDrawn?(action: number): void
  onPlayed?(stats: FrameStats): void
  /** From a key's press to the first screen refresh after the GPU had finished its frame, milliseconds. */
  onLatency?(milliseconds: number): void
  /** Once, when a step fails. The loop has stopped then. */
  onError(error: unknown): void
  /** Resolves when the next step may start. The loop itself waits for the world. */
  ready?(): Promise<unknown>
}

const RATE_SPAN = 4000 // milliseconds

export class PlayLoop {
  /** Whether the world runs on its own. Otherwise each `requestStep` is a step. */
  auto = true
  private animationFrame = 0 // 0: the loop does not run
  private nextDue = 0 // milliseconds, when the next step is due
  private isStepRequested = false
  private isReady = true
  private finished: number[] = [] // when the last frames were done, milliseconds

  constructor(
    private readonly world: World,
    private readonly canvas: HTMLCanvasElement,
    private readonly events: PlayLoopEvents,
  ) {}

  get running(): boolean {
    return this.animationFrame !== 0
  }

  start(): void {
    if (this.running) return
    this.finished = []
    this.nextDue = performance.now()
    this.animationFrame = requestAnimationFrame(this.tick)
  }

  stop(): void {
    cancelAnimationFrame(this.animationFrame)
    this.animationFrame = 0
    this.isStepRequested = false
  }

  /** Asks for a step, as a key press does while `auto` is off. At most one request waits. */
  requestStep(): void {
    this.isStepRequested = true
  }

  private readonly tick = (now: number) => {
    this.animationFrame = requestAnimationFrame(this.tick)
    if (!this.isReady || now < this.nextDue || !(this.auto || this.isStepRequested)) return
    this.nextDue = Math.max(this.nextDue + 1000 / this.world.config.frame.rate, now)
    this.isStepRequested = false
    this.step().catch(error => {
      if (!this.running) return
      this.stop()
      this.events.onError(error)
    })
  }

  private async step(): Promise<void> {
    const { world, events } = this
    const started = performance.now()
    const { action, pressedAt } = events.nextInput()
    world.step(action) // not refused: `world.ready` was awaited
    world.draw(this.canvas)
    events.onDrawn?.(action)
    const { frame } = world
    this.isReady = false
    void Promise.all([world.ready, events.ready?.()]).then(() => {
      this.isReady = true
    })
    await world.gpu.device.queue.onSubmittedWorkDone()
    const ended = performance.now()
    const milliseconds = ended - Math.max(started, this.finished.at(-1) ?? 0)
    // At least the last two, also in a world with less than one frame per RATE_SPAN.
    this.finished = [
      ...this.finished.filter((time, i, { length }) => i === length - 1 || ended - time < RATE_SPAN),
      ended,
    ]
    if (!this.running) return
    events.onPlayed?.({ frame, action, milliseconds, rate: this.rate() })
    if (pressedAt === undefined) return
    await new Promise(requestAnimationFrame)
    events.onLatency?.(performance.now() - pressedAt)
  }

  private rate(): number | undefined {
    const { finished } = this
    if (finished.length < 2) return undefined
    return ((finished.length - 1) * 1000) / (finished.at(-1)! - finished[0]!)
  }
}
