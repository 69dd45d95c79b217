// A World that lives in a Worker, with the same face: what a World answers at once this one answers as a promise, and the page's
// thread does nothing but send messages. Only `texture` is missing: a GPU's texture does not cross threads.

import { proxy, type Remote, releaseProxy, transfer, wrap } from 'comlink'
import { GpuError } from '../gpu/gpu.ts'
import type { Precision } from '../gpu/kernel.ts'
import type { Config } from '../model/config.ts'
import { FrameQueue } from '../world/frame_queue.ts'
import type { PromptImage } from '../world/image.ts'
import { actionFor, checkStep, replayOn } from '../world/playable.ts'
import type { Prompt } from '../world/prompt.ts'
import type { Recording, Sampling } from '../world/recording.ts'
import type { Snapshot } from '../world/world.ts'
import type { Host, HostedWorld } from './host.ts'

export interface RemoteLoadOptions {
  onProgress?: (loaded: number, total: number | undefined) => void
  signal?: AbortSignal
  seed?: number
  precision?: Precision
}

type Description = ReturnType<HostedWorld['describe']>

/** Canvases that are drawn on from a Worker, with the world that draws. */
const handedOver = new WeakMap<HTMLCanvasElement, RemoteWorld>()

/** What each Worker offers. Kept: comlink closes a Worker's door when its proxy is collected. */
const hosts = new WeakMap<Worker, Remote<Host>>()

function hostOf(worker: Worker): Remote<Host> {
  const host = hosts.get(worker) ?? wrap<Host>(worker)
  hosts.set(worker, host)
  return host
}

export class RemoteWorld {
  /** Changes take effect at the next step. */
  sampling: Sampling
  /** Frames so far, the prompt's included. */
  frame: number
  readonly config: Config
  /** What the Worker's adapter calls itself. */
  readonly adapterName: string
  readonly precision: Precision
  private readonly queue = new FrameQueue()
  private readonly snapshots = new WeakMap<Snapshot, number>()
  private prompting = false
  private disposed = false
  private failure: Error | undefined // of a step or a drawing, not told yet

  private constructor(
    private readonly hosted: Remote<HostedWorld>,
    { config, sampling, frame, adapterName, precision }: Description,
  ) {
    this.config = config
    this.sampling = sampling
    this.frame = frame
    this.adapterName = adapterName
    this.precision = precision
  }

  /**
   * Loads a model in a Worker made of the module `djinn/worker`. One Worker may have several worlds; it stays the caller's to end.
   * @throws as World.load does; errors keep name and message
   */
  static async load(worker: Worker, model: string | URL, options: RemoteLoadOptions = {}): Promise<RemoteWorld> {
    const { onProgress, signal, ...rest } = options
    signal?.throwIfAborted()
    const address = new URL(model, document.baseURI).href
    const aborted = new Promise<void>(resolve => signal?.addEventListener('abort', () => resolve(), { once: true }))
    const progress = proxy((loaded: number, total: number | undefined) => onProgress?.(loaded, total))
    try {
      const hosted = await hostOf(worker).load(
        address,
        rest,
        progress,
        proxy(() => aborted),
      )
      return await RemoteWorld.of(hosted as unknown as Remote<HostedWorld>)
    } catch (error) {
      signal?.throwIfAborted()
      throw error
    }
  }

  private static async of(hosted: Remote<HostedWorld>): Promise<RemoteWorld> {
    return new RemoteWorld(hosted, await hosted.describe())
  }

  get actions(): number {
    return this.config.latent_action.actions
  }

  /** As World.actionFor. */
  actionFor(...keys: string[]): number {
    return actionFor(this.config, keys)
  }

  /** As World.prompt. */
  async prompt(prompt: Prompt): Promise<void> {
    this.assertAlive()
    const images = (Array.isArray(prompt) ? prompt : [prompt]) as readonly PromptImage[]
    const sent = prompt instanceof Int32Array ? prompt : await Promise.all(images.map(sendable))
    const bitmaps = Array.isArray(sent) ? sent.filter(image => image instanceof ImageBitmap) : []
    this.prompting = true
    try {
      this.frame = await this.hosted.prompt(transfer(sent, bitmaps) as Prompt)
    } finally {
      this.prompting = false
    }
  }

  /** As World.step. What fails in the Worker is thrown by the next call. */
  step(action: number): boolean {
    this.assertAlive()
    if (this.prompting) throw new GpuError('a prompt is under way: await it first')
    checkStep(this, action)
    if (!this.queue.hasRoom) return false
    this.queue.begin()
    this.frame++
    this.hosted
      .step(action, { ...this.sampling })
      .catch((error: Error) => {
        this.failure ??= error
      })
      .finally(() => this.queue.end())
    return true
  }

  /** As World.ready. */
  get ready(): Promise<void> {
    return this.queue.ready
  }

  /** As World.draw, onto a canvas that then belongs to this world: the Worker draws on it from now on. */
  draw(canvas: HTMLCanvasElement): void {
    this.assertAlive()
    const owner = handedOver.get(canvas)
    if (owner && owner !== this) throw new Error('another world draws on this canvas')
    handedOver.set(canvas, this)
    const offscreen = owner ? undefined : canvas.transferControlToOffscreen()
    const drawn = offscreen ? this.hosted.draw(transfer(offscreen, [offscreen])) : this.hosted.draw()
    drawn.catch((error: Error) => {
      this.failure ??= error
    })
  }

  /** As World.read. */
  async read(): Promise<Uint8ClampedArray<ArrayBuffer>> {
    this.assertAlive()
    return this.hosted.read()
  }

  /** As World.tokens. */
  async tokens(): Promise<Int32Array<ArrayBuffer>> {
    this.assertAlive()
    return this.hosted.tokens()
  }

  /** As World.promptTokens. */
  async promptTokens(): Promise<Int32Array<ArrayBuffer>> {
    return (await this.recording()).prompt
  }

  /** As World.recording. */
  async recording(): Promise<Recording> {
    this.assertAlive()
    return this.hosted.recording()
  }

  /** As World.replay. */
  replay(recording: Recording, onFrame?: () => void): Promise<void> {
    return replayOn(this, recording, onFrame)
  }

  /** As World.save. */
  async save(): Promise<Snapshot> {
    this.assertAlive()
    const { hosted, frame } = this
    const number = await hosted.save()
    const moment: Snapshot = {
      frame,
      dispose: () => {
        if (this.snapshots.delete(moment) && !this.disposed) void hosted.forget(number)
      },
    }
    this.snapshots.set(moment, number)
    return moment
  }

  /** As World.restore. */
  async restore(moment: Snapshot): Promise<void> {
    this.assertAlive()
    const number = this.snapshots.get(moment)
    if (number === undefined) throw new GpuError('this moment is of another world, or has been disposed of')
    await this.hosted.restore(number)
    this.frame = moment.frame
  }

  /** As World.fork, in the same Worker. */
  async fork(): Promise<RemoteWorld> {
    this.assertAlive()
    const twin = await RemoteWorld.of((await this.hosted.fork()) as unknown as Remote<HostedWorld>)
    twin.sampling = { ...this.sampling }
    return twin
  }

  /** As World.dispose. The Worker lives on. */
  dispose(): void {
    if (this.disposed) return
    this.disposed = true
    void this.hosted.dispose().then(() => this.hosted[releaseProxy]())
  }

  private assertAlive(): void {
    if (this.disposed) throw new GpuError('the world has been disposed of')
    const { failure } = this
    this.failure = undefined
    if (failure) throw failure
  }
}

/** A picture as it can cross to a Worker: an element becomes an ImageBitmap. */
async function sendable(image: PromptImage): Promise<PromptImage> {
  if ('data' in image || image instanceof Blob) return image
  return createImageBitmap(image)
}
