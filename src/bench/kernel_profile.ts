// The time of Programs by kernel: each dispatch runs in its own compute pass between two timestamps. It repeats several times
// and the sum is divided, because browsers round timestamps to 0.1 ms and lavapipe records the begin of a pass before the last
// one has ended. Tensors that a dispatch updates in place are updated as often, so the Programs' results are not usable.

import { GpuError } from '../gpu/errors.ts'
import type { Gpu } from '../gpu/gpu.ts'
import { Profile } from '../gpu/profile.ts'
import type { Program } from '../gpu/program.ts'

export interface KernelTime {
  kernel: string
  /** Milliseconds, the sum of all its dispatches. */
  ms: number
  dispatches: number
}

/** Runs of each dispatch. */
const REPEATS = 10

/**
 * The times of built Programs, each counted `times` times, slowest kernel first.
 * @throws GpuError where the device has no timestamp-query
 */
export async function profileKernels(
  gpu: Gpu,
  programs: readonly { program: Program; times: number }[],
): Promise<KernelTime[]> {
  const profile = Profile.create(gpu)
  if (!profile) throw new GpuError('a profile needs a device with timestamp-query')
  const parts = programs.flatMap(({ program, times }) => program.listDispatches().map(part => ({ ...part, times })))
  const encoder = gpu.device.createCommandEncoder({ label: 'profile' })
  for (const [i, { encode }] of parts.entries()) {
    const pass = encoder.beginComputePass(profile.timed(`${i}`))
    for (let r = 0; r < REPEATS; r++) encode(pass)
    pass.end()
  }
  profile.resolve(encoder)
  gpu.device.queue.submit([encoder.finish()])
  profile.read()
  const times = await profile.times
  const byKernel = new Map<string, KernelTime>()
  for (const [i, part] of parts.entries()) {
    const known = byKernel.get(part.kernel.name) ?? { kernel: part.kernel.name, ms: 0, dispatches: 0 }
    known.ms += (part.times * times[i]!) / REPEATS
    known.dispatches += part.times
    byKernel.set(part.kernel.name, known)
  }
  return [...byKernel.values()].toSorted((a, b) => b.ms - a.ms)
}
