// A real GPUDevice that counts what is asked of it: calls by name, and the bytes of buffers that are alive.

export interface Counts {
  /** How often each method was called since the last `reset`: 'createBuffer', 'submit', 'mapAsync', 'copyBufferToBuffer', … */
  calls: Record<string, number>
  /** Dispatches of compute passes since then, those of which the GPU decides the size among them. */
  dispatches: number
  /** Bytes of buffers and count of buffers and textures that were made and not destroyed. */
  aliveBytes: number
  aliveBuffers: number
  aliveTextures: number
  reset(): void
}

type Methods = Record<string, (...args: unknown[]) => unknown>

/** Requests a device and watches it. The methods are shadowed on the objects themselves: WebGPU takes no proxies. */
export async function countingDevice(
  descriptor: GPUDeviceDescriptor = {},
): Promise<{ device: GPUDevice; counts: Counts }> {
  const adapter = await navigator.gpu.requestAdapter()
  const device = await adapter!.requestDevice(descriptor)
  return { device, counts: watch(device) }
}

function watch(device: GPUDevice): Counts {
  const counts: Counts = {
    calls: {},
    dispatches: 0,
    aliveBytes: 0,
    aliveBuffers: 0,
    aliveTextures: 0,
    reset() {
      counts.calls = {}
      counts.dispatches = 0
    },
  }
  const watched = new WeakSet<object>()
  /** Counts every method that `object` has; `seen` is told of what they give. */
  const shadow = (object: object, seen: (name: string, result: unknown) => void = () => undefined): void => {
    if (watched.has(object)) return
    watched.add(object)
    const prototype = Object.getPrototypeOf(object)
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
      if (typeof value !== 'function' || name === 'constructor') continue
      ;(object as Methods)[name] = (...args) => {
        counts.calls[name] = (counts.calls[name] ?? 0) + 1
        const result = value.apply(object, args)
        seen(name, result)
        return result
      }
    }
  }
  const countDispatches = (pass: GPUComputePassEncoder): void => {
    for (const name of ['dispatchWorkgroups', 'dispatchWorkgroupsIndirect'] as const) {
      const dispatch = pass[name].bind(pass) as (...args: number[]) => undefined
      Object.assign(pass, {
        [name]: (...args: number[]) => {
          counts.dispatches++
          return dispatch(...args)
        },
      })
    }
  }
  shadow(device.queue)
  shadow(device, (name, result) => {
    if (name === 'createCommandEncoder')
      shadow(result as GPUCommandEncoder, (method, pass) => {
        if (method === 'beginComputePass') countDispatches(pass as GPUComputePassEncoder)
      })
    if (name === 'createBuffer') {
      const buffer = result as GPUBuffer
      counts.aliveBytes += buffer.size
      counts.aliveBuffers++
      let isAlive = true
      shadow(buffer, method => {
        if (method !== 'destroy' || !isAlive) return
        isAlive = false
        counts.aliveBytes -= buffer.size
        counts.aliveBuffers--
      })
    }
    if (name === 'createTexture') {
      counts.aliveTextures++
      let isAlive = true
      shadow(result as GPUTexture, method => {
        if (method !== 'destroy' || !isAlive) return
        isAlive = false
        counts.aliveTextures--
      })
    }
  })
  return counts
}
