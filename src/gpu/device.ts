// Devices and adapters: requesting them, their limits, and what all Gpus on one device share.

import { GpuError, messageOf } from './errors.ts'
import type { Precision } from './kernel.ts'

/** WebGPU's names in the package's types, for projects whose TypeScript lacks them (before 6, without @webgpu/types). They merge with others. */
declare global {
  interface GPUAdapter {}
  interface GPUAdapterInfo {}
  interface GPUBuffer {}
  interface GPUCanvasContext {}
  interface GPUCommandEncoder {}
  interface GPUComputePassEncoder {}
  interface GPUComputePassTimestampWrites {}
  interface GPUComputePipeline {}
  interface GPUDevice {}
  interface GPUDeviceLostInfo {}
  interface GPUSupportedLimits {}
  interface GPUTexture {}
  interface GPUTextureDescriptor {}
}

export interface GpuOptions {
  /** The embedder's device; never destroyed or reconfigured. Without it one is requested. */
  device?: GPUDevice
  /** The adapter to request a device from; default: the browser's choice. */
  adapter?: GPUAdapter
  /** Default: f16 where the device has shader-f16, else f32. */
  precision?: Precision
  /** Where the kernel variants that were fastest on an adapter are remembered. Default: nowhere. */
  tuningCache?: TuningCache
  /** Wraps every promise of WebGPU that the engine awaits. Under Node it slows down Dawn's polling. */
  whileWaiting?: <T>(work: Promise<T>) => Promise<T>
}

/** Where autotuning remembers its choices: localStorage, or anything like it. */
export interface TuningCache {
  getItem(key: string): string | null
  setItem(key: string, value: string): void
}

/** Limits that are requested as large as the adapter has them. */
const WANTED_LIMITS = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
] as const

/** Limits that the kernels rely on: WebGPU's defaults, which a compatibility-mode device may lack. */
const NEEDED_LIMITS = {
  maxStorageBuffersPerShaderStage: 8,
  maxComputeWorkgroupStorageSize: 16384,
  maxComputeInvocationsPerWorkgroup: 256,
  maxComputeWorkgroupSizeX: 256,
} as const

const WANTED_FEATURES = ['shader-f16', 'subgroups', 'timestamp-query'] as const

export function adapterNameOf(info: GPUAdapterInfo | undefined): string {
  return (
    [info?.vendor, info?.architecture, info?.device, info?.description].filter(Boolean).join(' ') || 'unnamed adapter'
  )
}

/** Whether the adapter computes on the CPU (SwiftShader, llvmpipe, WARP). */
export function isSoftwareAdapter(info: GPUAdapterInfo | undefined): boolean {
  return (
    /swiftshader|llvmpipe|lavapipe|warp|basic render/i.test(adapterNameOf(info)) || info?.isFallbackAdapter === true
  )
}

export type LossListener = (error: GpuError) => void

/** Milliseconds to wait for `device.lost` after a read or compilation fails. */
const LOSS_WAIT_MS = 100

/** What all Gpus on one device share: compiled pipelines, and the listeners to its loss. */
export class DeviceState {
  readonly pipelines = new Map<string, GPUComputePipeline | Promise<GPUComputePipeline>>()
  readonly listeners = new Set<LossListener>()
  loss: GpuError | undefined
  /** `GpuOptions.whileWaiting` of the first Gpu that had one. */
  whileWaiting: GpuOptions['whileWaiting']

  /** The one reaction on `device.lost`: a reaction per world would keep every world reachable. */
  constructor(device: GPUDevice) {
    void device.lost.then(({ message }) => {
      this.loss = new GpuError(
        `the GPU device was lost (${message || 'no reason given'}): load the model again`,
        'device-lost',
      )
      for (const listener of [...this.listeners]) listener(this.loss)
      this.listeners.clear()
    })
  }

  /** As `Gpu.onLost`. */
  onLost(listener: LossListener): () => void {
    const { loss, listeners } = this
    if (loss) queueMicrotask(() => listener(loss))
    else listeners.add(listener)
    return () => listeners.delete(listener)
  }

  /** As `Gpu.settle`. */
  settle<T>(work: Promise<T>): Promise<T> {
    const { whileWaiting } = this
    return new Promise((resolve, reject) => {
      const stop = this.onLost(reject)
      ;(whileWaiting ? whileWaiting(work) : work).then(
        value => {
          stop()
          resolve(value)
        },
        (error: unknown) => {
          // `device.lost` settles shortly after the operations that the loss makes fail.
          setTimeout(() => {
            stop()
            reject(error instanceof GpuError ? error : new GpuError(`the GPU failed: ${messageOf(error)}`))
          }, LOSS_WAIT_MS)
        },
      )
    })
  }
}

const devices = new WeakMap<GPUDevice, DeviceState>()

export function stateOf(device: GPUDevice): DeviceState {
  const state = devices.get(device) ?? new DeviceState(device)
  devices.set(device, state)
  return state
}

/** The first limit that is below what the kernels need, in words; undefined if none is. */
export function adapterLimitFault(limits: GPUSupportedLimits): string | undefined {
  for (const [name, needed] of Object.entries(NEEDED_LIMITS)) {
    const limit = limits[name as keyof typeof NEEDED_LIMITS]
    if (limit < needed) return `${name} is ${limit}, expected at least ${needed}`
  }
  return undefined
}

/** A device with all that its adapter has of what the engine can use. @throws GpuError */
async function requestDevice(adapter: GPUAdapter): Promise<GPUDevice> {
  const requiredFeatures = WANTED_FEATURES.filter(f => adapter.features.has(f)) as GPUFeatureName[]
  const requiredLimits = Object.fromEntries(WANTED_LIMITS.map(name => [name, adapter.limits[name]]))
  return adapter.requestDevice({ requiredFeatures, requiredLimits }).catch((error: unknown) => {
    throw new GpuError(`this adapter could not create a device: ${messageOf(error)}`)
  })
}

export async function requestAdapter(): Promise<GPUAdapter> {
  if (!globalThis.navigator?.gpu)
    throw new GpuError(
      globalThis.isSecureContext === false
        ? 'this address is not secure, so the browser hides WebGPU: use https or localhost'
        : 'WebGPU is missing: use Chrome or Edge 123, Safari 26, Firefox 141 or newer',
      'no-webgpu',
    )
  const adapter = await navigator.gpu.requestAdapter({ powerPreference: 'high-performance' })
  if (!adapter)
    throw new GpuError('WebGPU found no adapter: the graphics driver may be missing or blocked', 'no-adapter')
  return adapter
}

/** The embedder's device, or a new one, which is destroyed if it cannot be used. @throws GpuError as `Gpu.create` does */
export async function openDevice(options: GpuOptions) {
  const adapter = options.device ? undefined : (options.adapter ?? (await requestAdapter()))
  const device = options.device ?? (await requestDevice(adapter!))
  try {
    const fault = adapterLimitFault(device.limits)
    if (fault) throw new GpuError(`this device's ${fault}: request it with requiredLimits`, 'unsupported')
    const state = stateOf(device)
    await Promise.resolve() // `state` learns of a loss before this
    if (state.loss) throw state.loss
    const hasF16 = device.features.has('shader-f16')
    const precision = options.precision ?? (hasF16 ? 'f16' : 'f32')
    if (precision === 'f16' && !hasF16)
      throw new GpuError(
        "precision 'f16' needs a device with the feature shader-f16, which this one lacks",
        'unsupported',
      )
    return { device, info: adapter?.info ?? device.adapterInfo, precision }
  } catch (error) {
    if (!options.device) device.destroy()
    throw error
  }
}
