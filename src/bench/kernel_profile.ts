// Where the time of Programs goes, kernel by kernel: every dispatch runs in a pass of its own between two timestamps. Browsers
// round timestamps to 0.1 ms, and lavapipe notes a pass's begin before the one before it has ended, so it runs several times and the sum
// is divided. For measuring only: what a dispatch updates
// in place is updated as often.

import { type Gpu, GpuError } from '../src/gpu/gpu.ts'
import { Profile } from '../src/gpu/profile.ts'
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
export async function profileKernels(
  gpu: Gpu,
  programs: readonly { program: Program; times: number }[],
  repeats = 10,
): Promise<KernelTime[]> {
  const profile = Profile.create(gpu)
  if (!profile) throw new GpuError('a profile needs a device with timestamp-query')
  const parts = programs.flatMap(({ program, times }) => program.parts().map(part => ({ ...part, times })))
  const encoder = gpu.device.createCommandEncoder({ label: 'profile' })
  for (const [i, { encode }] of parts.entries()) {
    const pass = encoder.beginComputePass(profile.timed(`${i}`))
    for (let r = 0; r < repeats; r++) encode(pass)
    pass.end()
  }
  profile.resolve(encoder)
  gpu.device.queue.submit([encoder.finish()])
  profile.read()
  const times = await profile.times
  const byKernel = new Map<string, KernelTime>()
  for (const [i, part] of parts.entries()) {
    const known = byKernel.get(part.name) ?? { kernel: part.name, ms: 0, dispatches: 0 }
    known.ms += (part.times * times[i]!) / repeats
    known.dispatches += part.times
    byKernel.set(part.name, known)
  }
  return [...byKernel.values()].toSorted((a, b) => b.ms - a.ms)
}
