// The source of the world's input: the user, the demo, or a replay. The user's first key, touch or gamepad button takes over from the others.

import type { Controls } from '../ui/controls.ts'
import { byId, prefersReducedMotion } from '../ui/dom.ts'
import type { NextInput } from '../ui/play_loop.ts'
import type { Session } from '../ui/session.ts'
import type { Recording } from '../world/recording.ts'
import type { World } from '../world/world.ts'
import { Demo, demoScript } from './demo.ts'
import { DemoView } from './demo_view.ts'
import { promptOf, Replay } from './replay.ts'
import { ReplayBar } from './replay_bar.ts'

interface PlayModeEvents {
  /** The user takes over from a replay: the world's sampling is the recording's. */
  onTakeOver(world: World): void
  /** The demo's script ended: start over. */
  onDemoEnd(): void
}

export class PlayMode {
  /** Whether each step waits for a key of the user. */
  waitsForKeys = false
  /** With `prefers-reduced-motion` nothing moves until the user plays. */
  private isStill = prefersReducedMotion()
  private hasPlayed = false // the user
  private recording: Recording | undefined // to replay from the next start on
  private readonly demo: Demo
  private readonly demoView = new DemoView(byId('demo'))
  private readonly bar: ReplayBar

  constructor(
    private readonly session: Session,
    private readonly controls: Controls,
    private readonly events: PlayModeEvents,
  ) {
    this.demo = new Demo({
      mayStart: () => this.mayDemo && session.isStarted && !controls.isHeld && !document.querySelector('dialog[open]'),
      setKey: (key, isDown) => controls.setKey(key, isDown),
      onChange: () => this.demoView.show(this.demo),
      onEnd: () => events.onDemoEnd(),
    })
    this.bar = new ReplayBar(byId('replay'), {
      get world() {
        return session.world
      },
      onRunning: () => this.updateAuto(),
      onSeek: frame => void this.seek(frame),
      onTakeOver: () => this.onUserInput(),
    })
    for (const type of ['keydown', 'pointerdown'] as const)
      addEventListener(type, () => this.demo.restartTimer(), { capture: true })
  }

  private get mayDemo(): boolean {
    return !this.isStill && !this.waitsForKeys && !this.isReplay
  }

  /** Whether a replay plays or is about to. */
  get isReplay(): boolean {
    return this.recording !== undefined || this.bar.replay !== undefined
  }

  /** The input for the session's next step. */
  nextInput(): NextInput {
    const { world } = this.session
    const action = world && this.bar.next(world)
    if (action !== undefined) return { action, pressedAt: undefined }
    this.demo.advance()
    return this.controls.take()
  }

  /** A world is loaded. Snapshots of an earlier one are gone. */
  onLoaded({ config, actions }: World): void {
    const script = demoScript(config.keys, actions)
    this.demo.load(script)
    this.demoView.load(script)
    this.bar.keyframes.clear()
  }

  /** The world has started from its prompt. */
  onStarted(world: World): void {
    if (this.recording) {
      this.bar.open(new Replay(this.recording, world.config))
      this.recording = undefined
      this.bar.isRunning = !this.isStill
    }
    if (this.bar.replay) {
      this.bar.run(this.bar.isRunning)
      this.bar.onFrame(world)
    } else if (!this.hasPlayed && this.mayDemo) this.demo.start()
  }

  /** In the task that drew a frame. */
  onFrame(world: World): void {
    this.bar.onFrame(world)
  }

  /** Replays a recording from the next start on, or leaves the replay. */
  setReplay(recording: Recording | undefined): void {
    if (recording) this.demo.stop()
    this.bar.close()
    this.recording = recording
    this.updateAuto()
  }

  /** The user plays, or chose something that asks for it. */
  onUserInput(): void {
    const { world } = this.session
    if (this.bar.replay && world) {
      this.bar.close()
      this.events.onTakeOver(world)
    }
    this.recording = undefined
    this.hasPlayed = true
    this.isStill = false
    this.demo.stop()
    this.demo.restartTimer()
    this.updateAuto()
  }

  setWaitsForKeys(value: boolean): void {
    this.waitsForKeys = value
    if (value) this.demo.stop()
    this.updateAuto()
  }

  private updateAuto(): void {
    this.session.auto = this.bar.replay ? this.bar.isRunning : !this.waitsForKeys && !this.isStill
  }

  private async seek(frame: number): Promise<void> {
    const { replay, keyframes } = this.bar
    const { world } = this.session
    if (!replay || !world) return
    const from = keyframes.before(frame)
    // After a lost device there may be no snapshot as early as this.
    if (!from) await this.session.begin(promptOf(replay.recording))
    await this.session.skipTo(frame, from, world => this.bar.next(world)!)
    if (this.bar.replay) this.bar.onFrame(world)
  }
}
