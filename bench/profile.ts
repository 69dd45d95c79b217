// Where the time of Programs goes, kernel by kernel: every dispatch runs in a pass of its own between two timestamps. Browsers
// round timestamps to 0.1 ms, so it runs several times and the sum is divided. For measuring only: what a dispatch updates
// in place is updated as often.

import { type Gpu, GpuError } from '../src/gpu/gpu.ts'
import type { Program } from '../src/gpu/program.ts'

export interface KernelTime {
  kernel: string
  /** Of all its dispatches. */
  ms: number
  dispatches: number
}

/**
 * Times of built Programs, each replayed `times`, the kernel that takes most first.
 * @throws GpuError where the device has no timestamp-query
 */
export async function profile(
  gpu: Gpu,
  programs: readonly { program: Program; times: number }[],
  repeats = 2,
): Promise<KernelTime[]> {
  const { device } = gpu
  if (!device.features.has('timestamp-query')) throw new GpuError('a profile needs a device with timestamp-query')
  const parts = programs.flatMap(({ program, times }) => program.parts().map(part => ({ ...part, times })))
  const querySet = device.createQuerySet({ type: 'timestamp', count: 2 * parts.length })
  const bytes = 16 * parts.length
  const stamps = device.createBuffer({ size: bytes, usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC })
  const staging = device.createBuffer({ size: bytes, usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ })
  const encoder = device.createCommandEncoder({ label: 'profile' })
  for (const [i, { encode }] of parts.entries()) {
    const timestampWrites = { querySet, beginningOfPassWriteIndex: 2 * i, endOfPassWriteIndex: 2 * i + 1 }
    const pass = encoder.beginComputePass({ timestampWrites })
    for (let r = 0; r < repeats; r++) encode(pass)
    pass.end()
  }
  encoder.resolveQuerySet(querySet, 0, 2 * parts.length, stamps, 0)
  encoder.copyBufferToBuffer(stamps, 0, staging, 0, bytes)
  device.queue.submit([encoder.finish()])
  await staging.mapAsync(GPUMapMode.READ)
  const times = new BigUint64Array(staging.getMappedRange().slice(0))
  for (const made of [querySet, stamps, staging]) made.destroy()
  const byKernel = new Map<string, KernelTime>()
  for (const [i, part] of parts.entries()) {
    const known = byKernel.get(part.name) ?? { kernel: part.name, ms: 0, dispatches: 0 }
    known.ms += (part.times * Number(times[2 * i + 1]! - times[2 * i]!)) / 1e6 / repeats
    known.dispatches += part.times
    byKernel.set(part.name, known)
  }
  return [...byKernel.values()].toSorted((a, b) => b.ms - a.ms)
}
