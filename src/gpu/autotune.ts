// Autotuning: times each variant of a kernel on this adapter, at the shapes of the loaded model, and remembers the fastest in
// `gpu.variants` and in the tuning cache.

import type { TuningCache } from './device.ts'
import type { Gpu } from './gpu.ts'
import { Program } from './program.ts'
import type { Tensor } from './tensor.ts'

/** Variants of one kernel that all compute the same. */
export interface AutotuneCase {
  kernel: string
  /** By name. The first one runs where none was timed. */
  variants: readonly string[]
  /** The shapes that the choice is for, in words. */
  shapes: string
  /** Records the kernel at those shapes on tensors that `make` returns. @returns what it computes */
  record(p: Program, make: (shape: number[], type?: 'f32') => Tensor): Tensor[]
}

/** Milliseconds for all cases together. */
const BUDGET = 1000
const RUNS = 3

/**
 * Sets `gpu.variants` from the tuning cache, or by timing for `budget` milliseconds at most. It skips a variant if the slowest so
 * far, compilation included, would not fit into the time left. So where compiling is slow, each kernel keeps its first variant.
 * @throws GpuError when the GPU runs out of memory or the device is lost
 */
export async function autotune(gpu: Gpu, cases: readonly AutotuneCase[], budget = BUDGET): Promise<void> {
  const deadline = performance.now() + budget
  let longest = 0
  for (const tuned of cases) {
    const { kernel, variants, shapes } = tuned
    const key = ['djinn', gpu.adapterName, gpu.precision, kernel, variants.join(), shapes].join(' ')
    const known = recall(gpu.tuningCache, key)
    if (known && variants.includes(known)) {
      gpu.variants.set(kernel, known)
      continue
    }
    let fastest: { variant: string; time: number } | undefined
    let timed = 0
    for (const variant of variants) {
      const start = performance.now()
      if (start + longest > deadline) break
      const time = await timeVariant(gpu, tuned, variant)
      if (!fastest || time < fastest.time) fastest = { variant, time }
      longest = Math.max(longest, performance.now() - start)
      timed++
    }
    if (!fastest) continue
    gpu.variants.set(kernel, fastest.variant)
    // If a choice among only some of them were remembered, the others would never be timed.
    if (timed === variants.length) remember(gpu.tuningCache, key, fastest.variant)
  }
}

/** Milliseconds of the fastest of some runs. */
function timeVariant(gpu: Gpu, { kernel, record }: AutotuneCase, variant: string): Promise<number> {
  return gpu.withScope(
    async scope => {
      const make = (shape: number[], type?: 'f32') => scope.tensor(`autotune ${kernel}`, shape, type)
      const p = new Program(scope, `autotune ${kernel} ${variant}`)
      for (const output of record(p, make)) output.bindBuffer(make([...output.shape]).buffer)
      await p.build()
      await scope.allocated() // without memory the commands would be invalid and take no time
      let fastest = Number.POSITIVE_INFINITY
      for (let run = 0; run <= RUNS; run++) {
        const start = performance.now()
        p.run()
        await scope.finished()
        if (run > 0) fastest = Math.min(fastest, performance.now() - start) // the first run may compile
      }
      return fastest
    },
    new Map([...gpu.variants, [kernel, variant]]),
  )
}

/** Storage that is blocked counts as empty. */
function recall(cache: TuningCache | undefined, key: string): string | null {
  try {
    return cache?.getItem(key) ?? null
  } catch {
    return null
  }
}

/** If storage is full or blocked, the next load times the variants again. */
function remember(cache: TuningCache | undefined, key: string, variant: string): void {
  try {
    cache?.setItem(key, variant)
  } catch {}
}
