// A play session: a world that is loaded, started from a picture or a recording, and stepped. After the browser loses the graphics
// device, the session loads the world again and replays it to the same frame.

import type { ModelSource } from '../weights/model_source.ts'
import { playedFrameCount, promptFrameCount, type Recording } from '../world/recording.ts'
import type { Snapshot } from '../world/snapshots.ts'
import { World } from '../world/world.ts'
import { PlayLoop, type PlayLoopEvents } from './play_loop.ts'

/** A picture to start from, of any size. */
export interface PromptPicture {
  name: string
  canvas: HTMLCanvasElement
}

/** What a session starts from. */
type Start = PromptPicture | Recording

interface SessionEvents extends PlayLoopEvents {
  onLoading?(loadedBytes: number, totalBytes: number | undefined): void
  onLoaded(world: World): void
  /** Frame `frame` of `total` of a recording is queued and drawn. */
  onReplayed?(frame: number, total: number): void
  onStarted?(): void
  onRewound?(): void
  /** The device is lost, and the session recovers. */
  onLost?(): void
}

const MAX_DEVICE_LOSSES = 3 // in a row; then the session gives up
const CALM_MS = 20_000 // losses further apart are not in a row

const isRecording = (start: Start): start is Recording => 'played' in start

export class Session {
  world: World | undefined
  /** Whether the last start that was asked for has happened. */
  isStarted = false
  private loop: PlayLoop | undefined
  private start: Start | undefined
  private starting = Promise.resolve()
  private deviceLosses: number[] = [] // when, milliseconds
  private skips = 0 // calls of skipTo, the newest of which counts
  private autoPlay = true

  /** @param model a folder with config.json and the weights, or its address */
  constructor(
    private model: URL | ModelSource,
    private readonly canvas: HTMLCanvasElement,
    private readonly events: SessionEvents,
  ) {}

  /** Loads the world, and starts it if `begin` was called before. @throws what World.load throws */
  async open(): Promise<void> {
    const { events, canvas } = this
    const world = await World.load(this.model, { onProgress: (loaded, total) => events.onLoading?.(loaded, total) })
    canvas.width = world.config.frame.width
    canvas.height = world.config.frame.height
    this.world = world
    this.loop = new PlayLoop(world, canvas, events)
    this.loop.auto = this.autoPlay
    void world.gpu.lost.then(() => this.recover(world))
    events.onLoaded(world)
    if (this.start) await this.begin(this.start)
  }

  /** Frees the world, and loads another model instead. @throws what World.load throws */
  async replaceModel(model: URL | ModelSource): Promise<void> {
    this.close()
    this.model = model
    await this.open()
  }

  /** Frees the world. `open` loads the model again, as it is then. */
  close(): void {
    const { world } = this
    this.world = undefined
    this.start = undefined
    this.loop?.stop()
    world?.dispose()
  }

  /** Starts over. If several starts are asked for at once, only the last happens. */
  begin(start: Start): Promise<void> {
    this.start = start
    this.isStarted = false
    this.skips++
    this.starting = this.starting.then(() => this.run(start))
    return this.starting
  }

  /** Goes back to a snapshot of this world, and plays on from there. */
  rewind(snapshot: Snapshot): void {
    if (!this.world || !this.loop?.running) return
    this.world.restore(snapshot)
    this.world.draw(this.canvas)
    this.events.onRewound?.()
  }

  /**
   * Steps to a later frame as fast as the adapter can, from a snapshot or from the current frame. A newer call ends this one.
   * @param next the action for the world's next frame
   */
  async skipTo(frame: number, from: Snapshot | undefined, next: (world: World) => number): Promise<void> {
    const { world, loop } = this
    if (!world || !loop || !this.isStarted) return
    const skip = ++this.skips
    loop.stop()
    try {
      await world.ready
      if (skip !== this.skips) return
      if (from) world.restore(from)
      while (world.frame < frame) {
        await world.ready
        if (skip !== this.skips || world !== this.world || !this.isStarted) return
        world.step(next(world))
      }
      world.draw(this.canvas)
      this.events.onRewound?.()
      loop.start()
    } catch (error) {
      if (world === this.world) this.events.onError(error)
    }
  }

  private async run(start: Start): Promise<void> {
    const { world, loop } = this
    if (!world || !loop || start !== this.start) return
    loop.stop()
    try {
      if (isRecording(start)) await this.replay(world, start)
      else await world.prompt(start.canvas)
      if (world !== this.world || start !== this.start) return
      world.draw(this.canvas)
      this.isStarted = true
      this.events.onStarted?.()
      loop.start()
    } catch (error) {
      if (world === this.world && start === this.start) this.events.onError(error)
    }
  }

  private replay(world: World, recording: Recording): Promise<void> {
    const total = promptFrameCount(recording, world.config) + playedFrameCount(recording)
    return world.replay(recording, () => {
      if (recording !== this.start) throw new Error('Cancelled: another picture or recording was chosen.')
      world.draw(this.canvas)
      this.events.onReplayed?.(world.frame, total)
    })
  }

  /** Whether the world runs on its own. Otherwise each `requestStep` is a step. */
  get auto(): boolean {
    return this.autoPlay
  }

  set auto(value: boolean) {
    this.autoPlay = value
    if (this.loop) this.loop.auto = value
  }

  requestStep(): void {
    this.loop?.requestStep()
  }

  /** Loads a new world after `lost` lost its device, and replays it to the same frame. */
  private async recover(lost: World): Promise<void> {
    if (lost !== this.world) return
    this.world = undefined
    this.loop?.stop()
    // A start that had not happened yet happens in the new world.
    if (this.isStarted) this.start = lost.recording()
    this.isStarted = false
    lost.dispose()
    const now = performance.now()
    this.deviceLosses = [...this.deviceLosses.filter(time => now - time < CALM_MS), now]
    try {
      if (this.deviceLosses.length > MAX_DEVICE_LOSSES)
        throw new Error(
          `The browser lost the graphics device ${MAX_DEVICE_LOSSES + 1} times in a row. Reload the page to try again.`,
        )
      this.events.onLost?.()
      await this.open()
    } catch (error) {
      this.events.onError(error)
    }
  }
}
