// What worlds share: one model's weights on one device, loaded from an address or any other source.

import { autotune } from '../gpu/autotune.ts'
import { Gpu, type GpuOptions } from '../gpu/gpu.ts'
import { autotuneCases } from '../model/autotune_cases.ts'
import { type Config, parseConfig } from '../model/config.ts'
import { Dynamics } from '../model/dynamics.ts'
import { Tokenizer } from '../model/tokenizer.ts'
import { type ModelSource, readText, urlSource, withProgress } from '../weights/model_source.ts'

export interface LoadOptions extends GpuOptions {
  /** Bytes of the model that have arrived, and of how many where that is known. */
  onProgress?: (loaded: number, total: number | undefined) => void
  /** Stops the load; it then rejects with the signal's reason. */
  signal?: AbortSignal
  /**
   * Whether versions of kernels are chosen by trying them for a second at most, unless a choice is kept for this adapter. Default: on
   * a GPU; where a CPU plays one, compiling takes longer than trying saves, and the versions measured best there are taken.
   */
  tune?: boolean
  /** Of the dice; default 0. */
  seed?: number
}

export interface Model {
  gpu: Gpu
  config: Config
  tokenizer: Tokenizer
  dynamics: Dynamics
}

/**
 * Reads config.json, tokenizer.safetensors and dynamics.safetensors onto the GPU.
 * @throws GpuError when WebGPU or its limits do not suffice, FormatError when a file is not what it should be; nothing is left behind
 */
export async function loadModel(model: string | URL | ModelSource, options: LoadOptions): Promise<Model> {
  // A download that is under way when another fails is stopped too.
  const failure = new AbortController()
  const signal = AbortSignal.any([failure.signal, ...(options.signal ? [options.signal] : [])])
  const source = typeof model === 'string' || model instanceof URL ? urlSource(model, signal) : model
  const files = withProgress(source, options.onProgress, signal)
  const config = parseConfig(await readText(await files.open('config.json')))
  const gpu = await Gpu.create(options)
  try {
    // Both are opened before either is read, so that progress knows the whole.
    const tokenizerFile = await files.open('tokenizer.safetensors')
    const dynamicsFile = await files.open('dynamics.safetensors')
    const tokenizer = await Tokenizer.load(gpu, config, tokenizerFile)
    const dynamics = await Dynamics.load(gpu, config, dynamicsFile)
    signal.throwIfAborted()
    if (options.tune ?? !gpu.isSoftwareAdapter) await autotune(gpu, autotuneCases(gpu, config))
    return { gpu, config, tokenizer, dynamics }
  } catch (error) {
    failure.abort(error)
    gpu.dispose()
    throw error
  }
}
