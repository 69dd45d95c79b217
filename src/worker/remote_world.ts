// A World in a Worker, with the same interface: what a World returns at once, this one returns as a promise. The page's thread only
// sends messages. It has no `texture`, because a GPUTexture cannot cross threads.

import { proxy, type Remote, releaseProxy, transfer } from 'comlink'
import { ArgumentError, DjinnError, GpuError } from '../gpu/errors.ts'
import type { Precision } from '../gpu/kernel.ts'
import type { Config } from '../model/config.ts'
import { folderOf } from '../weights/model_source.ts'
import { FrameQueue } from '../world/frame_queue.ts'
import type { PromptImage } from '../world/image.ts'
import { actionFor, checkStep, DISPOSED, NO_SNAPSHOT, PROMPTING, replayOn } from '../world/playable.ts'
import type { Prompt } from '../world/prompt.ts'
import type { Recording, Sampling } from '../world/recording.ts'
import type { Snapshot } from '../world/snapshots.ts'
import type { HostedWorld } from './host.ts'
import { WorkerLink } from './worker_link.ts'

export interface RemoteLoadOptions {
  onProgress?: (loaded: number, total: number | undefined) => void
  signal?: AbortSignal
  seed?: number
  precision?: Precision
}

type Description = ReturnType<HostedWorld['describe']>

/** Canvases that were handed to a Worker, which alone can draw on them from then on. */
const handedOver = new WeakMap<HTMLCanvasElement, { link: WorkerLink; number: number }>()

export class RemoteWorld {
  /** Changes take effect at the next step. */
  sampling: Sampling
  /** Frames so far, the prompt's included. */
  frame: number
  readonly config: Config
  /** The Worker's adapter, for people. */
  readonly adapterName: string
  readonly precision: Precision
  private readonly queue = new FrameQueue()
  private readonly snapshots = new WeakMap<Snapshot, number>()
  private readonly stopListening: () => void
  private prompting = false
  private fault: Error | undefined // disposed of, or the Worker has ended
  private failure: Error | undefined // of a step or drawing, thrown by the next call

  private constructor(
    private readonly link: WorkerLink,
    private readonly hosted: Remote<HostedWorld>,
    { config, sampling, frame, adapterName, precision }: Description,
  ) {
    this.config = config
    this.sampling = sampling
    this.frame = frame
    this.adapterName = adapterName
    this.precision = precision
    this.stopListening = link.onEnd(fault => this.end(fault))
  }

  /**
   * Loads a model in a Worker that runs the module `djinn/worker`. One Worker can have several worlds. The caller terminates it.
   * @throws as World.load does, with the same names and messages; GpuError when the Worker does not start, or ends
   */
  static async load(worker: Worker, model: string | URL, options: RemoteLoadOptions = {}): Promise<RemoteWorld> {
    const { onProgress, signal, ...rest } = options
    signal?.throwIfAborted()
    const address = folderOf(model).href
    let abort = () => {}
    const aborted = new Promise<void>(resolve => {
      abort = resolve
    })
    signal?.addEventListener('abort', abort, { once: true })
    const opening = (async () => {
      const link = await WorkerLink.of(worker)
      signal?.throwIfAborted()
      const progress = proxy((loaded: number, total: number | undefined) => onProgress?.(loaded, total))
      const loading = link.host.load(
        address,
        rest,
        progress,
        proxy(() => aborted),
      )
      const hosted = (await link.call(loading)) as unknown as Remote<HostedWorld>
      const world = new RemoteWorld(link, hosted, await link.call(hosted.describe()))
      if (signal?.aborted) world.dispose()
      return world
    })()
    try {
      // An aborted load does not wait for a Worker that is still fetching its script.
      const world = await Promise.race([opening, aborted])
      signal?.throwIfAborted()
      return world as RemoteWorld
    } catch (error) {
      opening.catch(() => undefined)
      signal?.throwIfAborted()
      throw error
    } finally {
      signal?.removeEventListener('abort', abort)
    }
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
      this.frame = await this.link.call(this.hosted.prompt(transfer(sent, bitmaps) as Prompt))
    } finally {
      this.prompting = false
    }
  }

  /** As World.step. An error in the Worker is thrown by the next call. */
  step(action: number): boolean {
    this.assertAlive()
    if (this.prompting) throw new GpuError(PROMPTING, 'not-ready')
    checkStep(this, action)
    if (!this.queue.hasRoom) return false
    this.queue.begin()
    this.frame++
    this.link
      .call(this.hosted.step(action, { ...this.sampling }))
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

  /**
   * As World.draw, on a canvas of the page without a context. From the first time on only worlds of this Worker can draw on it.
   * @throws DjinnError when the canvas belongs to another Worker or has a context
   */
  draw(canvas: HTMLCanvasElement): void {
    this.assertAlive()
    const { offscreen, number } = this.handOver(canvas)
    const drawn = offscreen ? this.hosted.draw(number, transfer(offscreen, [offscreen])) : this.hosted.draw(number)
    this.link.call(drawn).catch((error: Error) => {
      this.failure ??= error
    })
  }

  private handOver(canvas: HTMLCanvasElement): { offscreen?: OffscreenCanvas; number: number } {
    const owner = handedOver.get(canvas)
    if (owner?.link === this.link) return { number: owner.number }
    if (owner) throw new DjinnError('the canvas belongs to another Worker: use a new canvas', 'canvas')
    try {
      const offscreen = canvas.transferControlToOffscreen()
      const number = this.link.nextCanvas()
      handedOver.set(canvas, { link: this.link, number })
      return { offscreen, number }
    } catch {
      throw new DjinnError('the canvas has a context already: use a canvas without one', 'canvas')
    }
  }

  /** As World.read. */
  async read(): Promise<Uint8ClampedArray<ArrayBuffer>> {
    this.assertAlive()
    return this.link.call(this.hosted.read())
  }

  /** As World.tokens. */
  async tokens(): Promise<Int32Array<ArrayBuffer>> {
    this.assertAlive()
    return this.link.call(this.hosted.tokens())
  }

  /** As World.promptTokens. */
  async promptTokens(): Promise<Int32Array<ArrayBuffer>> {
    return (await this.recording()).prompt
  }

  /** As World.recording. */
  async recording(): Promise<Recording> {
    this.assertAlive()
    return this.link.call(this.hosted.recording())
  }

  /** As World.replay. */
  replay(recording: Recording, onFrame?: () => void): Promise<void> {
    return replayOn(this, recording, onFrame)
  }

  /** As World.save. */
  async save(): Promise<Snapshot> {
    this.assertAlive()
    const { hosted, frame } = this
    const number = await this.link.call(hosted.save())
    const snapshot: Snapshot = {
      frame,
      dispose: () => {
        if (this.snapshots.delete(snapshot) && !this.fault) void hosted.forget(number)
      },
    }
    this.snapshots.set(snapshot, number)
    return snapshot
  }

  /** As World.restore. */
  async restore(snapshot: Snapshot): Promise<void> {
    this.assertAlive()
    const number = this.snapshots.get(snapshot)
    if (number === undefined) throw new ArgumentError(NO_SNAPSHOT)
    await this.link.call(this.hosted.restore(number))
    this.frame = snapshot.frame
  }

  /** As World.fork, in the same Worker. */
  async fork(): Promise<RemoteWorld> {
    this.assertAlive()
    const hosted = (await this.link.call(this.hosted.fork())) as unknown as Remote<HostedWorld>
    const forked = new RemoteWorld(this.link, hosted, await this.link.call(hosted.describe()))
    forked.sampling = { ...this.sampling }
    return forked
  }

  /** As World.dispose. The Worker lives on. */
  dispose(): void {
    if (this.fault) return
    this.end(new GpuError(DISPOSED, 'disposed'))
    void this.hosted.dispose().then(() => this.hosted[releaseProxy]())
  }

  private end(fault: GpuError): void {
    this.fault = fault
    this.stopListening()
    this.queue.release()
  }

  private assertAlive(): void {
    if (this.fault) throw this.fault
    const { failure } = this
    this.failure = undefined
    if (failure) throw failure
  }
}

/** A picture that can cross to a Worker: an element becomes an ImageBitmap. */
async function sendable(image: PromptImage): Promise<PromptImage> {
  if ('data' in image || image instanceof Blob) return image
  return createImageBitmap(image)
}
