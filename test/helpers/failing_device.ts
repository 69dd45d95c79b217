// A real GPUDevice of which one allocation fails as WebGPU lets it fail: an invalid object, and an out-of-memory error.

import { countingDevice } from './counting_device.ts'

export interface FailingDevice {
  device: GPUDevice
  /** Allocations so far, from 0. */
  count(): number
  /** Makes the allocation of that number fail; none by default. */
  failAt(number: number): void
  /** Errors that reached the embedder's `uncapturederror`. */
  uncaptured: string[]
  alive(): { buffers: number; textures: number }
}

export async function failingDevice(): Promise<FailingDevice> {
  const { device, counts } = await countingDevice()
  const uncaptured: string[] = []
  device.addEventListener('uncapturederror', event => uncaptured.push(event.error.message))
  let made = 0
  let failing = -1
  const failures = new Set<number>() // depths of error scopes that hold an injected error
  let depth = 0
  const { pushErrorScope, popErrorScope, createBuffer, createTexture } = device
  device.pushErrorScope = filter => {
    depth++
    pushErrorScope.call(device, filter)
  }
  device.popErrorScope = () => {
    const failed = failures.delete(depth--)
    const popped = popErrorScope.call(device)
    return failed ? popped.then(() => new GPUOutOfMemoryError('injected')) : popped
  }
  /** Creates it validly or not at all: an invalid descriptor, whose own error is not reported, gives an invalid object. */
  const failIfDue =
    <D extends object, T>(create: (descriptor: D) => T, invalid: Partial<D>) =>
    (descriptor: D): T => {
      if (made++ !== failing) return create.call(device, descriptor)
      if (depth === 0) uncaptured.push('out of memory outside of any error scope')
      failures.add(depth)
      pushErrorScope.call(device, 'validation')
      const object = create.call(device, { ...descriptor, ...invalid })
      void popErrorScope.call(device)
      return object
    }
  device.createBuffer = failIfDue(createBuffer, { usage: 0 })
  device.createTexture = failIfDue(createTexture, { usage: 0 })
  return {
    device,
    count: () => made,
    failAt: number => {
      failing = number
    },
    uncaptured,
    alive: () => ({ buffers: counts.aliveBuffers, textures: counts.aliveTextures }),
  }
}
