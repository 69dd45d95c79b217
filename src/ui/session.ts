// One world being played on the page: loaded, started from a picture or a recording, stepped; and made anew, at the same moment,
// when the browser loses the graphics device. It knows no element but the canvas.

import type { Picture } from '../play_page/prompts/pictures.ts'
import type { ModelSource } from '../weights/model_source.ts'
import type { Recording } from '../world/recording.ts'
import { type Snapshot, World } from '../world/world.ts'
import { PlayLoop, type PlayLoopEvents } from './play_loop.ts'

/** What a dream begins with. */
export type Start = Picture | Recording

/** What the page shows of it. */
export interface SessionEvents extends Omit<PlayLoopEvents, 'ready'> {
  onLoading(loadedBytes: number, totalBytes: number | undefined): void
  onLoaded(world: World): void
  /** Frame `frame` of `total` of a recording is queued and drawn. */
  onReplayed(frame: number, total: number): void
  onStarted(start: Start): void
  onRewound(): void
  onLost(): void
  ready(): Promise<unknown>
}

const MOST_LOSSES = 3 // in a row, before it gives up
const CALM = 20_000 // milliseconds after which a loss is no longer in a row with the one before

export const isRecording = (start: Start): start is Recording => 'played' in start

export class Session {
  world: World | undefined
  private player: PlayLoop | undefined
  private start: Start | undefined
  /** Whether what was asked for last is being dreamed. */
  isStarted = false
  private starting = Promise.resolve()
  private losses: number[] = [] // when, milliseconds
  private autoPlay = true

  /** @param model a folder with config.json and the weights, or its address */
  constructor(
    private readonly model: URL | ModelSource,
    private readonly canvas: HTMLCanvasElement,
    private readonly watcher: SessionEvents,
  ) {}

  /** Loads the world, and starts it if there is something to start from already. @throws whatever World.load throws */
  async open(): Promise<void> {
    const { watcher, canvas } = this
    const world = await World.load(this.model, { onProgress: (loaded, total) => watcher.onLoading(loaded, total) })
    canvas.width = world.config.frame.width
    canvas.height = world.config.frame.height
    // After a loss it is still configured with the device that went.
    canvas.getContext('webgpu')?.unconfigure()
    this.world = world
    this.player = new PlayLoop(world, canvas, watcher)
    this.player.auto = this.autoPlay
    void world.gpu.lost.then(() => this.recover(world))
    watcher.onLoaded(world)
    if (this.start) await this.begin(this.start)
  }

  /** Ends it; `open` begins anew, with what the model then is. */
  close(): void {
    const { world } = this
    this.world = undefined
    this.start = undefined
    this.player?.stop()
    world?.dispose()
  }

  /** Starts over; of several starts asked for in haste only the last comes true. */
  begin(start: Start): Promise<void> {
    this.start = start
    this.isStarted = false
    this.starting = this.starting.then(() => this.run(start))
    return this.starting
  }

  /** Goes back to a moment of this world, and on from there. */
  rewind(moment: Snapshot): void {
    if (!this.world || !this.player?.running) return
    this.world.restore(moment)
    this.world.draw(this.canvas)
    this.watcher.onRewound()
  }

  private async run(start: Start): Promise<void> {
    const { world, player } = this
    if (!world || !player || start !== this.start) return
    player.stop()
    try {
      if (isRecording(start)) await this.replay(world, start)
      else await world.prompt(start.canvas)
      if (world !== this.world || start !== this.start) return
      world.draw(this.canvas)
      this.isStarted = true
      this.watcher.onStarted(start)
      player.start()
    } catch (error) {
      if (world === this.world && start === this.start) this.watcher.onError(error)
    }
  }

  private replay(world: World, recording: Recording): Promise<void> {
    const total = recording.played.reduce((sum, { actions }) => sum + actions.length, 1)
    return world.replay(recording, () => {
      if (recording !== this.start) throw new Error('Something else was asked for.')
      world.draw(this.canvas)
      this.watcher.onReplayed(world.frame, total)
    })
  }

  /** Whether it goes on by itself; otherwise each `ask` is a step. */
  set auto(value: boolean) {
    this.autoPlay = value
    if (this.player) this.player.auto = value
  }

  ask(): void {
    this.player?.requestStep()
  }

  /** Makes a new world after `lost` went with its device, and plays it to where that was. */
  private async recover(lost: World): Promise<void> {
    if (lost !== this.world) return
    this.world = undefined
    this.player?.stop()
    // What was asked for last and had not begun begins now.
    if (this.isStarted) this.start = lost.recording()
    this.isStarted = false
    lost.dispose()
    const now = performance.now()
    this.losses = [...this.losses.filter(time => now - time < CALM), now]
    try {
      if (this.losses.length > MOST_LOSSES) {
        throw new Error('The graphics device was lost again and again; reload the page to try once more.')
      }
      this.watcher.onLost()
      await this.open()
    } catch (error) {
      this.watcher.onError(error)
    }
  }
}
