// One world being played on the page: loaded, given a picture, stepped; and made anew, from the same picture, when the
// browser loses the graphics device. It knows no element but the canvas.

import { World } from '../world/world.ts'
import type { Picture } from './pictures.ts'
import { type Played, Player } from './player.ts'

/** What the page shows of it. */
export interface Watcher {
  onLoading(loadedBytes: number, totalBytes: number | undefined): void
  onLoaded(world: World): void
  onPrompted(picture: Picture): void
  onDrawn(): void
  onPlayed(played: Played): void
  onLost(): void
  /** Something failed; `playing` says whether the world goes on all the same. */
  onError(error: unknown, playing: boolean): void
}

const MOST_LOSSES = 3 // in a row, before it gives up
const CALM = 20_000 // milliseconds after which a loss is no longer in a row with the one before

export class Session {
  private world: World | undefined
  private player: Player | undefined
  private picture: Picture | undefined
  private prompting = Promise.resolve()
  private losses: number[] = [] // when, milliseconds
  private autoPlay = true

  /** @param model address of a folder with config.json and the weights */
  constructor(
    private readonly model: URL,
    private readonly canvas: HTMLCanvasElement,
    private readonly action: () => number,
    private readonly watcher: Watcher,
  ) {}

  /** Loads the world, and prompts it if there is a picture already. @throws whatever World.load throws */
  async open(): Promise<void> {
    const { watcher } = this
    let total: number | undefined
    void bytesOf(this.model).then(bytes => {
      total = bytes
    })
    const world = await World.load(this.model, { onProgress: loaded => watcher.onLoading(loaded, total) })
    const context = this.canvas.getContext('webgpu')
    if (!context) throw new Error('This browser gives no WebGPU canvas.')
    this.canvas.width = world.config.frame.width
    this.canvas.height = world.config.frame.height
    context.configure({
      device: world.gpu.device,
      format: navigator.gpu.getPreferredCanvasFormat(),
      alphaMode: 'opaque',
    })
    const fail = (error: unknown) => watcher.onError(error, false)
    const drawn = () => watcher.onDrawn()
    this.world = world
    this.player = new Player(world, context, this.action, drawn, played => watcher.onPlayed(played), fail)
    this.player.auto = this.autoPlay
    world.gpu.lost.then(() => this.recover(world))
    watcher.onLoaded(world)
    if (this.picture) await this.dream(this.picture)
  }

  /** Starts over from a picture; of several asked for in haste only the last is dreamed. */
  dream(picture: Picture): Promise<void> {
    this.picture = picture
    this.prompting = this.prompting.then(() => this.prompt(picture))
    return this.prompting
  }

  private async prompt(picture: Picture): Promise<void> {
    const { world, player } = this
    if (!world || !player || picture !== this.picture) return
    player.stop()
    try {
      await world.prompt(picture.canvas)
      if (world !== this.world) return
      world.draw(this.canvas.getContext('webgpu')!)
      this.watcher.onPrompted(picture)
      player.start()
    } catch (error) {
      if (world === this.world) this.watcher.onError(error, false)
    }
  }

  /** Whether it goes on by itself; otherwise each `ask` is a step. */
  set auto(value: boolean) {
    this.autoPlay = value
    if (this.player) this.player.auto = value
  }

  ask(): void {
    this.player?.ask()
  }

  /** Makes a new world after `lost` went with its device. */
  private async recover(lost: World): Promise<void> {
    if (lost !== this.world) return
    this.world = undefined
    this.player?.stop()
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
      this.watcher.onError(error, false)
    }
  }
}

/** What play fetches of a model, asked for ahead: a World learns of each file's size only as it comes to it. */
async function bytesOf(model: URL): Promise<number | undefined> {
  const files = ['config.json', 'tokenizer.safetensors', 'dynamics.safetensors']
  const answers = await Promise.all(
    files.map(file => fetch(new URL(file, model), { method: 'HEAD' }).catch(() => undefined)),
  )
  const sizes = answers.map(answer => (answer?.ok ? Number(answer.headers.get('content-length')) : 0))
  return sizes.includes(0) ? undefined : sizes.reduce((sum, size) => sum + size)
}
