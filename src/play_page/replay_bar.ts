// The replay bar below the screen: play and pause, a slider over the frames, and "Play on from here".

import { find } from '../ui/dom.ts'
import { paintSlider } from '../ui/slider.ts'
import type { World } from '../world/world.ts'
import { Keyframes } from './keyframes.ts'
import type { Replay } from './replay.ts'

/** The part of the page that the bar controls. */
interface ReplayHost {
  readonly world: World | undefined
  /** The replay runs or pauses. */
  onRunning(): void
  /** Goes to a frame: from a snapshot, or from the replay's start without one. */
  onSeek(frame: number): void
  /** The user plays on from this frame. */
  onTakeOver(): void
}

export class ReplayBar {
  /** The current replay. Undefined when the user plays. */
  replay: Replay | undefined
  readonly keyframes = new Keyframes()
  isRunning = false
  private readonly button: HTMLButtonElement
  private readonly slider: HTMLInputElement
  private readonly text: HTMLElement

  constructor(
    private readonly bar: HTMLElement,
    private readonly host: ReplayHost,
  ) {
    this.button = find<HTMLButtonElement>(bar, '#replay-run')
    this.slider = find<HTMLInputElement>(bar, '#replay-at')
    this.text = find(bar, '#replay-text')
    this.button.addEventListener('click', () => this.toggle())
    this.slider.addEventListener('input', () => {
      this.run(false)
      host.onSeek(Number(this.slider.value))
    })
    find(bar, '#replay-take').addEventListener('click', () => host.onTakeOver())
  }

  open(replay: Replay): void {
    this.keyframes.clear()
    this.replay = replay
    this.bar.hidden = false
    this.slider.min = String(replay.promptFrameCount)
    this.slider.max = String(replay.total)
  }

  close(): void {
    this.keyframes.clear()
    this.replay = undefined
    this.bar.hidden = true
  }

  /** Starts or pauses the replay. */
  run(isRunning: boolean): void {
    this.isRunning = isRunning
    this.button.textContent = isRunning ? '❚❚' : '▶'
    this.button.ariaLabel = isRunning ? 'Pause' : 'Play'
    this.host.onRunning()
  }

  /** The action that the replay has for the next frame. Sets the world's sampling to the recording's. */
  next(world: World): number | undefined {
    const next = this.replay?.after(world.frame)
    if (next) world.sampling = { ...next.sampling }
    return next?.action
  }

  /** Call it with each frame of the replay, once it is drawn. */
  onFrame(world: World): void {
    if (!this.replay) return
    this.keyframes.onFrame(world)
    this.slider.value = String(world.frame)
    this.slider.ariaValueText = `Frame ${world.frame} of ${this.replay.total}`
    paintSlider(this.slider)
    this.text.textContent = `${world.frame} / ${this.replay.total}`
    if (this.isRunning && world.frame >= this.replay.total) this.run(false)
  }

  private toggle(): void {
    const { world } = this.host
    if (!world || !this.replay) return
    if (!this.isRunning && world.frame >= this.replay.total) this.host.onSeek(this.replay.promptFrameCount)
    this.run(!this.isRunning)
  }
}
