// A GPUDevice of Dawn that fails on demand: one allocation finds no memory, as WebGPU lets it fail, or the device is lost at a call.

export interface FaultyDevice {
  device: GPUDevice
  /** Calls and allocations since the last `reset`. */
  calls: number
  allocations: number
  /** Buffers, textures and query sets that are alive. */
  alive: number
  /** Errors that reached the embedder's `uncapturederror`. */
  uncaptured: string[]
  /** Counts from 0 again, and from then on fails at an allocation or is lost at a call; at none by default. */
  reset(fault?: { allocation?: number; call?: number }): void
}

const ALLOCATIONS = ['createBuffer', 'createTexture', 'createQuerySet'] as const
const CALLS = [
  'createBindGroup',
  'createShaderModule',
  'createComputePipelineAsync',
  'createCommandEncoder',
  'createRenderPipeline',
  'pushErrorScope',
] as const

type Method = (...args: never[]) => unknown

/** Watches a device. Its methods are shadowed on the object itself: WebGPU takes no proxies. */
export function makeFaulty(device: GPUDevice): FaultyDevice {
  let fault: { allocation?: number; call?: number } = {}
  const watched: FaultyDevice = {
    device,
    calls: 0,
    allocations: 0,
    alive: 0,
    uncaptured: [],
    reset(next = {}) {
      fault = next
      watched.calls = 0
      watched.allocations = 0
    },
  }
  device.addEventListener('uncapturederror', event => watched.uncaptured.push(event.error.message))
  let depth = 0
  const failures = new Set<number>() // depths of error scopes that hold an injected error
  const call = () => {
    if (watched.calls++ === fault.call) device.destroy()
  }
  /** Shadows a method: `before` it, and what becomes of its result. */
  const shadow = <T extends object>(object: T, name: keyof T & string, around: (method: Method) => Method) => {
    const method = object[name] as Method
    Object.assign(object, { [name]: around(method.bind(object) as Method) })
  }
  const counted =
    (method: Method) =>
    (...args: never[]) => {
      call()
      return method(...args)
    }
  for (const name of CALLS) if (name !== 'pushErrorScope') shadow(device, name, counted)
  for (const name of ['submit', 'writeBuffer', 'onSubmittedWorkDone'] as const) shadow(device.queue, name, counted)
  shadow(device, 'pushErrorScope', method => (...args) => {
    call()
    depth++
    return method(...args)
  })
  shadow(device, 'popErrorScope', method => () => {
    call()
    const failed = failures.delete(depth--)
    const popped = method() as Promise<GPUError | null>
    // Dawn has no constructor of the error.
    const error = Object.create(globalThis.GPUOutOfMemoryError.prototype, { message: { value: 'injected' } })
    return failed ? popped.then(() => error) : popped
  })
  for (const name of ALLOCATIONS)
    shadow(device, name, method => (descriptor: never) => {
      call()
      const isFailing = watched.allocations++ === fault.allocation
      if (isFailing) {
        if (depth === 0) watched.uncaptured.push(`${name} finds no memory outside of any error scope`)
        failures.add(depth)
        device.pushErrorScope('validation')
      }
      // Without any usage the object is invalid, which nobody hears of.
      const object = method(isFailing ? ({ ...(descriptor as object), usage: 0, count: 4097 } as never) : descriptor)
      if (isFailing) void device.popErrorScope().catch(() => undefined)
      watched.alive++
      let isAlive = true
      shadow(object as GPUBuffer, 'destroy', destroy => () => {
        if (isAlive) watched.alive--
        isAlive = false
        return destroy()
      })
      if (name === 'createBuffer') shadow(object as GPUBuffer, 'mapAsync', counted)
      return object
    })
  return watched
}
