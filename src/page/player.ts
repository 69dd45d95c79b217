// Plays a world: at most one step each frame time, and never more than two frames under way, so that a slow adapter is
// waited for instead of flooded.

import type { World } from '../world/world.ts'

/** A frame that the GPU has finished. */
export interface Played {
  frame: number // frames so far, prompt included
  action: number // the latent action that led to it
  milliseconds: number // from its submission, or from the end of the frame before it if that came later
  rate: number | undefined // frames a second over the last few seconds
}

const MOST_UNDER_WAY = 2
const RATE_SPAN = 4000 // milliseconds

export class Player {
  /** Whether the world goes on by itself; otherwise it waits for `ask`. */
  auto = true
  private request = 0
  private next = 0 // milliseconds, when the next step is due
  private asked = 0 // steps wanted by key presses
  private underWay = 0
  private finished: number[] = [] // when the last frames were done, milliseconds

  /**
   * @param action gives the latent action of the next step
   * @param onDrawn called in the task that drew a frame, while the canvas still holds it
   * @param onPlayed called as each frame is done
   * @param onError called once, when a step fails; the player has then stopped
   */
  constructor(
    private readonly world: World,
    private readonly context: GPUCanvasContext,
    private readonly action: () => number,
    private readonly onDrawn: () => void,
    private readonly onPlayed: (played: Played) => void,
    private readonly onError: (error: unknown) => void,
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
    this.asked = 0
  }

  /** Asks for a step, as a key press does while `auto` is off; one is kept while it has to wait, and no more. */
  ask(): void {
    this.asked = 1
  }

  private readonly tick = (now: number) => {
    this.request = requestAnimationFrame(this.tick)
    if (this.underWay >= MOST_UNDER_WAY || now < this.next || !(this.auto || this.asked > 0)) return
    this.next = Math.max(this.next + 1000 / this.world.config.frame.rate, now)
    this.asked = 0
    this.step().catch(error => {
      if (!this.running) return
      this.stop()
      this.onError(error)
    })
  }

  private async step(): Promise<void> {
    const started = performance.now()
    const action = this.action()
    this.world.step(action)
    this.world.draw(this.context)
    this.onDrawn()
    const { frame } = this.world
    this.underWay++
    try {
      await this.world.gpu.device.queue.onSubmittedWorkDone()
    } finally {
      this.underWay--
    }
    const ended = performance.now()
    const milliseconds = ended - Math.max(started, this.finished.at(-1) ?? 0)
    this.finished = [...this.finished.filter(time => ended - time < RATE_SPAN), ended]
    if (this.running) this.onPlayed({ frame, action, milliseconds, rate: this.rate() })
  }

  private rate(): number | undefined {
    const { finished } = this
    if (finished.length < 2) return undefined
    return ((finished.length - 1) * 1000) / (finished.at(-1)! - finished[0]!)
  }
}
