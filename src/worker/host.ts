// The module of the Worker: worlds that RemoteWorld controls from the page's thread, over comlink.

import { expose, type ProxyMarked, proxy, transfer } from 'comlink'
import type { Precision } from '../gpu/kernel.ts'
import type { Prompt } from '../world/prompt.ts'
import type { Recording, Sampling } from '../world/recording.ts'
import type { Snapshot } from '../world/snapshots.ts'
import { World } from '../world/world.ts'
import { keepErrorClasses } from './thrown.ts'

/** Canvases of the page by number. Any world of this Worker can draw on them. */
type Canvases = Map<number, OffscreenCanvas>

/** A world in this Worker. Snapshots and canvases are known to the page by number. */
export class HostedWorld {
  private readonly snapshots = new Map<number, Snapshot>()
  private saved = 0

  constructor(
    private readonly world: World,
    private readonly canvases: Canvases,
  ) {}

  describe() {
    const { config, sampling, frame, gpu } = this.world
    return { config: structuredClone(config), sampling, frame, adapterName: gpu.adapterName, precision: gpu.precision }
  }

  /** @returns the number of frames, the prompt's included */
  async prompt(prompt: Prompt): Promise<number> {
    await this.world.prompt(prompt)
    return this.world.frame
  }

  /** Resolves when the GPU has finished the frame. */
  async step(action: number, sampling: Sampling): Promise<void> {
    this.world.sampling = sampling
    this.world.step(action)
    this.world.flush()
    await this.world.gpu.finished()
  }

  /** Draws on a canvas of the page, which comes with the first call that names it. */
  draw(number: number, canvas?: OffscreenCanvas): void {
    if (canvas) this.canvases.set(number, canvas)
    this.world.draw(this.canvases.get(number)!)
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

  restore(snapshot: number): void {
    this.world.restore(this.snapshots.get(snapshot)!)
  }

  forget(snapshot: number): void {
    this.snapshots.get(snapshot)?.dispose()
    this.snapshots.delete(snapshot)
  }

  fork(): HostedWorld & ProxyMarked {
    return proxy(new HostedWorld(this.world.fork(), this.canvases))
  }

  dispose(): void {
    this.world.dispose()
  }
}

function createHost() {
  const canvases: Canvases = new Map()
  let lock: Promise<string | undefined> | undefined
  return {
    /**
     * Takes a Web Lock for as long as this Worker lives, so that the page learns of its end.
     * @returns the lock's name, or undefined where there are no Web Locks
     */
    hello(): Promise<string | undefined> {
      lock ??= new Promise(resolve => {
        if (!navigator.locks) return resolve(undefined)
        const name = `djinn worker ${crypto.randomUUID()}`
        const held = () => {
          resolve(name)
          return new Promise<never>(() => undefined)
        }
        navigator.locks.request(name, held).catch(() => resolve(undefined))
      })
      return lock
    },

    /** @param aborted resolves when the page aborts the load */
    async load(
      model: string,
      options: { seed?: number; precision?: Precision },
      onProgress: (loaded: number, total: number | undefined) => void,
      aborted: () => Promise<void>,
    ): Promise<HostedWorld & ProxyMarked> {
      const controller = new AbortController()
      void aborted().then(() => controller.abort())
      const world = await World.load(model, { ...options, onProgress, signal: controller.signal })
      return proxy(new HostedWorld(world, canvases))
    },
  }
}

export type Host = ReturnType<typeof createHost>

keepErrorClasses()
expose(createHost())
