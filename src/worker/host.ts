// What runs in the Worker: worlds that RemoteWorld on the page's thread steers, over comlink. It is a module to make a Worker of.

import { expose, type ProxyMarked, proxy, transfer } from 'comlink'
import type { Precision } from '../gpu/kernel.ts'
import type { Prompt } from '../world/prompt.ts'
import type { Recording, Sampling } from '../world/recording.ts'
import { type Snapshot, World } from '../world/world.ts'

/** A world here. Moments go by number, the canvas is handed over once. */
export class HostedWorld {
  private readonly snapshots = new Map<number, Snapshot>()
  private canvas: OffscreenCanvas | undefined
  private saved = 0

  constructor(private readonly world: World) {}

  describe() {
    const { config, sampling, frame, gpu } = this.world
    return { config: structuredClone(config), sampling, frame, adapterName: gpu.adapterName, precision: gpu.precision }
  }

  /** Gives the frames there then are. */
  async prompt(prompt: Prompt): Promise<number> {
    await this.world.prompt(prompt)
    return this.world.frame
  }

  /** Resolves when the GPU has finished the frame. */
  async step(action: number, sampling: Sampling): Promise<void> {
    this.world.sampling = sampling
    this.world.step(action)
    this.world.flush()
    await this.world.gpu.device.queue.onSubmittedWorkDone()
  }

  /** Draws on the canvas that was handed over, now or before. */
  draw(canvas?: OffscreenCanvas): void {
    this.canvas = canvas ?? this.canvas
    this.world.draw(this.canvas!)
  }

  async read(): Promise<Uint8ClampedArray<ArrayBuffer>> {
    const pixels = await this.world.read()
    return transfer(pixels, [pixels.buffer])
  }

  tokens(): Promise<Int32Array<ArrayBuffer>> {
    return this.world.tokens()
  }

  recording(): Recording {
    return this.world.recording()
  }

  save(): number {
    this.snapshots.set(++this.saved, this.world.save())
    return this.saved
  }

  restore(moment: number): void {
    this.world.restore(this.snapshots.get(moment)!)
  }

  forget(moment: number): void {
    this.snapshots.get(moment)?.dispose()
    this.snapshots.delete(moment)
  }

  fork(): HostedWorld & ProxyMarked {
    return proxy(new HostedWorld(this.world.fork()))
  }

  dispose(): void {
    this.world.dispose()
  }
}

const host = {
  /** @param aborted resolves when the load is no longer wanted */
  async load(
    model: string,
    options: { seed?: number; precision?: Precision },
    onProgress: (loaded: number, total: number | undefined) => void,
    aborted: () => Promise<void>,
  ): Promise<HostedWorld & ProxyMarked> {
    const controller = new AbortController()
    void aborted().then(() => controller.abort())
    return proxy(new HostedWorld(await World.load(model, { ...options, onProgress, signal: controller.signal })))
  },
}

export type Host = typeof host

expose(host)
