// The demo: the world plays itself under a script of keys until the user plays, and again after a minute without input.

export interface DemoStep {
  /** Keys that are held, as in the model's key table, or digits of latent actions. */
  keys: readonly string[]
  /** Frames that they are held for. */
  frames: number
}

interface DemoEvents {
  /** Whether it may start again after a minute without input. */
  mayStart(): boolean
  setKey(key: string, isDown: boolean): void
  /** The demo started, stopped, or holds other keys. */
  onChange(): void
  /** The script ended. It begins again with the next frame. */
  onEnd(): void
}

const IDLE_MS = 60_000

/** Runs and jumps in a world that binds arrow keys. In any other world plays each latent action in turn. */
export function demoScript(keys: Readonly<Record<string, number>> | undefined, actions: number): DemoStep[] {
  const steps: [string[], number][] =
    keys && 'ArrowRight' in keys && 'ArrowUp' in keys
      ? [
          [[], 5],
          [['ArrowRight'], 12],
          [['ArrowRight', 'ArrowUp'], 8],
          [['ArrowRight'], 14],
          [[], 4],
          [['ArrowUp'], 6],
          [[], 4],
          [['ArrowLeft'], 8],
          [['ArrowLeft', 'ArrowUp'], 8],
          [['ArrowRight'], 16],
          [['ArrowRight', 'ArrowUp'], 8],
          [['ArrowRight'], 20],
          [[], 6],
        ]
      : Array.from({ length: Math.min(actions, 10) }, (_, action) => [[String(action)], 10])
  return steps.map(([keys, frames]) => ({ keys, frames }))
}

export class Demo {
  /** Whether the demo plays. */
  isOn = false
  private script: readonly DemoStep[] = []
  private step = 0
  private frames = 0 // played of this step
  private timer: ReturnType<typeof setTimeout> | undefined

  /** @param idleMs without input until the demo starts again */
  constructor(
    private readonly events: DemoEvents,
    private readonly idleMs = IDLE_MS,
  ) {}

  load(script: readonly DemoStep[]): void {
    this.stop()
    this.script = script
    this.step = this.frames = 0
  }

  /** The keys that it holds now. */
  get keys(): readonly string[] {
    return this.isOn ? (this.script[this.step]?.keys ?? []) : []
  }

  start(): void {
    if (this.isOn || this.script.length === 0) return
    this.isOn = true
    this.step = this.frames = 0
    this.events.onChange()
  }

  stop(): void {
    if (!this.isOn) return
    for (const key of this.keys) this.events.setKey(key, false)
    this.isOn = false
    this.events.onChange()
  }

  /** Call it on any input of the user: waits for a minute without input. */
  restartTimer(): void {
    clearTimeout(this.timer)
    this.timer = setTimeout(() => (this.events.mayStart() ? this.start() : this.restartTimer()), this.idleMs)
  }

  /** Call it before each step of the world: holds the script's keys. */
  advance(): void {
    if (!this.isOn) return
    const before = this.keys
    if (this.frames === this.script[this.step]!.frames) {
      this.step = (this.step + 1) % this.script.length
      this.frames = 0
      for (const key of before) if (!this.keys.includes(key)) this.events.setKey(key, false)
    }
    // Again at each frame, because a window that loses the focus releases all keys.
    for (const key of this.keys) this.events.setKey(key, true)
    this.frames++
    if (this.frames === 1) this.events.onChange()
    if (this.step === this.script.length - 1 && this.frames === this.script[this.step]!.frames) this.events.onEnd()
  }
}
