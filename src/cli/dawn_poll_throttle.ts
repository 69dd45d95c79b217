// Dawn under Node looks again and again whether a promise of WebGPU's can be kept, which takes a whole core for as long as one is
// awaited. Where a CPU plays the GPU, that core is the GPU's: a nap between two looks makes it 1.3 to 1.8 times as fast on two cores.

/** Milliseconds between two looks. */
const POLL_MS = 0.2

const bed = new Int32Array(new SharedArrayBuffer(4))
let waiting = 0
let isNapping = false
let isPatched = false

/** From now on this thread naps while it waits for WebGPU. Before it, WebGPU's names must have been made global. */
export function throttleDawnPolling(): void {
  if (isPatched) return
  isPatched = true
  patch(GPUQueue.prototype, 'onSubmittedWorkDone')
  patch(GPUBuffer.prototype, 'mapAsync')
  patch(GPUDevice.prototype, 'createComputePipelineAsync')
}

function patch<Name extends string>(
  prototype: Record<Name, (...args: never[]) => Promise<unknown>>,
  method: Name,
): void {
  const original = prototype[method]
  prototype[method] = function (this: unknown, ...args) {
    const promise = original.apply(this, args)
    waiting++
    promise.then(arrived, arrived)
    if (!isNapping) setImmediate(nap)
    isNapping = true
    return promise
  }
}

function arrived(): void {
  waiting--
}

function nap(): void {
  isNapping = waiting > 0
  if (!isNapping) return
  Atomics.wait(bed, 0, 0, POLL_MS)
  setImmediate(nap)
}
