// A loaded model, shared by its worlds: the weights on one device, loaded from an address or any other source.

import { familyOf, type PlayModel } from '../families/families.ts'
import { parseConfig } from '../families/parse_config.ts'
import type { GpuOptions, TuningCache } from '../gpu/device.ts'
import { Gpu } from '../gpu/gpu.ts'
import type { Config } from '../model/config.ts'
import { type ModelSource, readText, urlSource, withProgress } from '../weights/model_source.ts'

export interface LoadOptions extends GpuOptions {
  /** Called with the bytes of the model that have arrived, and the total where it is known. */
  onProgress?: (loaded: number, total: number | undefined) => void
  /** Called when a cached copy is used because the server fails. Default: console.warn. */
  onWarning?: (message: string) => void
  /** Aborts the load at any stage. It then rejects with the signal's reason, and everything is freed. */
  signal?: AbortSignal
  /**
   * Whether to autotune kernel variants, for a second or the given milliseconds at most, unless the tuning cache has a choice for
   * this adapter. Default: on a GPU. On a software adapter compiling takes longer than tuning saves.
   */
  tune?: boolean | number
  /** Default: localStorage, where the page has it. */
  tuningCache?: TuningCache
  /** Seed of the random numbers that tokens are sampled with, 0 … 2³²-1. Default: 0. */
  seed?: number
}

interface Model {
  gpu: Gpu
  config: Config
  /** What worlds share of it, by its family. */
  play: PlayModel
}

/**
 * Reads config.json and the files that play needs onto the GPU.
 * @throws GpuError when WebGPU, its limits or memory do not suffice or the device is lost, FormatError when a file is not valid;
 * nothing is left behind
 */
export async function loadModel(model: string | URL | ModelSource, options: LoadOptions): Promise<Model> {
  // When one download fails, the others stop too.
  const failure = new AbortController()
  const stop = () => failure.abort(options.signal?.reason)
  options.signal?.throwIfAborted()
  options.signal?.addEventListener('abort', stop)
  const { signal } = failure
  // The device is requested while files are fetched. An error in the files is reported before one of the device.
  const opening = Gpu.create({ tuningCache: browserCache(), ...options })
  opening.catch(() => {})
  let source: ModelSource | undefined
  try {
    source = typeof model === 'string' || model instanceof URL ? urlSource(model, signal, options.onWarning) : model
    const files = withProgress(source, options.onProgress, signal)
    const config = parseConfig(await readText(await files.open('config.json')))
    const family = await familyOf(config).load()
    // All are opened at once, and before one is read, so that progress knows the total.
    const opened = await Promise.all(family.playComponents.map(component => files.open(`${component}.safetensors`)))
    const gpu = await opening
    const play = await family.loadPlay(gpu, config, opened)
    await gpu.allocated()
    signal.throwIfAborted()
    await source.keep?.()
    const { tune = !gpu.isSoftwareAdapter } = options
    if (tune) {
      const { tuneModel } = await import('../model/autotune_cases.ts')
      await tuneModel(gpu, config, tune === true ? undefined : tune)
    }
    signal.throwIfAborted()
    return { gpu, config, play }
  } catch (error) {
    failure.abort(error)
    opening.then(gpu => gpu.dispose()).catch(() => {})
    await source?.discard?.()
    throw error
  } finally {
    options.signal?.removeEventListener('abort', stop)
  }
}

/** Reading `localStorage` throws where the browser blocks storage. */
function browserCache(): TuningCache | undefined {
  try {
    return globalThis.localStorage
  } catch {
    return undefined
  }
}
