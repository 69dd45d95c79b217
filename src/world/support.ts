// Whether a world will run on this machine, and how fast. Only its config.json is downloaded, and no device is made.

import { familyOf } from '../families/families.ts'
import { parseConfig } from '../families/parse_config.ts'
import { adapterLimitFault, adapterNameOf, isSoftwareAdapter, requestAdapter } from '../gpu/device.ts'
import { DjinnError, GpuError } from '../gpu/errors.ts'
import type { Precision } from '../gpu/kernel.ts'
import { type ModelSource, readText, urlSource } from '../weights/model_source.ts'
import { type AdapterFile, referenceOf } from './adapters.ts'
import { frameWork, timeOf } from './cost.ts'
import { type WorldMemory, worldMemory } from './memory.ts'

export interface SupportOptions {
  /** The adapter to ask; default: the browser's choice. */
  adapter?: GPUAdapter
  /** Default: f16 where the adapter has shader-f16, else f32. */
  precision?: Precision
  signal?: AbortSignal
  /** More measured adapters, as the benchmark page writes them; they come before the shipped ones. */
  adapters?: readonly AdapterFile[]
}

/** The estimated time of a played frame. */
export interface FrameEstimate {
  ms: number
  /** Relative error of the cost model in the median: 0.1 is 10 %. */
  error: number
  /** The measured adapter of the same vendor and architecture that it comes from. */
  measuredOn: string
}

export interface Support {
  /** Why the world cannot run here; undefined if it can. */
  problem: DjinnError | undefined
  /** What the adapter calls itself. Undefined where there is none, as are the lines below. */
  adapter: string | undefined
  isSoftwareAdapter: boolean | undefined
  precision: Precision | undefined
  memory: WorldMemory | undefined
  /** Undefined also where no adapter like this one has been measured, and for models of other families. */
  frame: FrameEstimate | undefined
}

/** As `World.support`. */
export async function support(model: string | URL | ModelSource, options: SupportOptions): Promise<Support> {
  const source = typeof model === 'string' || model instanceof URL ? urlSource(model, options.signal) : model
  const config = parseConfig(await readText(await source.open('config.json')))
  options.signal?.throwIfAborted()
  const none = { adapter: undefined, isSoftwareAdapter: undefined, precision: undefined, memory: undefined }
  let adapter: GPUAdapter
  try {
    adapter = options.adapter ?? (await requestAdapter())
  } catch (error) {
    if (!(error instanceof DjinnError)) throw error
    return { ...none, problem: error, frame: undefined }
  }
  const name = adapterNameOf(adapter.info)
  const hasF16 = adapter.features.has('shader-f16')
  const precision = options.precision ?? (hasF16 ? 'f16' : 'f32')
  const memory = await worldMemory(config, precision)
  options.signal?.throwIfAborted()
  const reference = familyOf(config).isEstimated ? referenceOf(name, precision, options.adapters) : undefined
  return {
    problem: problemOf(adapter, precision, memory),
    adapter: name,
    isSoftwareAdapter: isSoftwareAdapter(adapter.info),
    precision,
    memory,
    frame: reference && {
      ms: timeOf(frameWork(config, config.sampling), reference.cost),
      error: reference.error.median,
      measuredOn: reference.name,
    },
  }
}

/** What `World.load` would refuse on a device of this adapter. */
function problemOf(adapter: GPUAdapter, precision: Precision, { largest }: WorldMemory): DjinnError | undefined {
  const fault = adapterLimitFault(adapter.limits)
  if (fault) return new GpuError(`this adapter's ${fault}`, 'unsupported')
  if (precision === 'f16' && !adapter.features.has('shader-f16'))
    return new GpuError("precision 'f16' needs the feature shader-f16, which this adapter lacks", 'unsupported')
  for (const name of ['maxStorageBufferBindingSize', 'maxBufferSize'] as const)
    if (largest > adapter.limits[name])
      return new GpuError(
        `the world's largest buffer takes ${largest} bytes, this adapter's ${name} is ${adapter.limits[name]}`,
        'unsupported',
      )
  return undefined
}
