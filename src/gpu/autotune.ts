// Which version of a kernel is fastest here is found out by trying: each is run at the shapes of the model at hand, the quickest is
// what `gpu.versions` then names, and the choice is kept for this adapter, so that the next load need not try again.

import type { Gpu } from './gpu.ts'
import { Program } from './program.ts'
import type { Tensor } from './tensor.ts'

/** Versions of one kernel that all give the same. */
export interface AutotuneCase {
  kernel: string
  /** By name, the one that is taken unmeasured first. */
  variants: readonly string[]
  /** What the choice is good for: shapes, in words. */
  shapes: string
  /** Records the kernel at those shapes on tensors that `make` gives, and gives what it makes. */
  record(p: Program, make: (shape: number[], type?: 'f32') => Tensor): Tensor[]
}

/** Where choices are kept from one load to the next. */
export interface TuningCache {
  getItem(key: string): string | null
  setItem(key: string, value: string): void
}

let tuningCache: TuningCache | undefined = globalThis.localStorage

/** Keeps choices elsewhere than in localStorage: a command line has none. */
export function setTuningCache(store: TuningCache): void {
  tuningCache = store
}

/** Milliseconds that trying may take in all. */
const BUDGET = 1000
const RUNS = 3

/**
 * Sets `gpu.versions` by kept choices, else by trying for a second at most. A version is not tried if the slowest so far, compiled
 * and run, would not fit into the time left: where compiling is slow the first of each kernel stays.
 */
export async function autotune(gpu: Gpu, contests: readonly AutotuneCase[], budget = BUDGET): Promise<void> {
  const deadline = performance.now() + budget
  let longest = 0
  for (const contest of contests) {
    const key = ['djinn', gpu.adapterName, gpu.precision, contest.kernel, contest.variants.join(), contest.shapes].join(
      ' ',
    )
    const known = tuningCache?.getItem(key)
    if (known && contest.variants.includes(known)) {
      gpu.variants.set(contest.kernel, known)
      continue
    }
    let best: string | undefined
    let bestTime = Number.POSITIVE_INFINITY
    let tried = 0
    for (const version of contest.variants) {
      const start = performance.now()
      if (start + longest > deadline) break
      const time = await timeVariant(gpu, contest, version)
      if (time < bestTime) [best, bestTime] = [version, time]
      longest = Math.max(longest, performance.now() - start)
      tried++
    }
    if (best) gpu.variants.set(contest.kernel, best)
    else gpu.variants.delete(contest.kernel)
    // A choice among some would keep the others from ever being tried.
    if (best && tried === contest.variants.length) remember(key, best)
  }
}

/** Milliseconds of the quickest of some runs. */
async function timeVariant(gpu: Gpu, { kernel, record }: AutotuneCase, version: string): Promise<number> {
  gpu.variants.set(kernel, version)
  const made: Tensor[] = []
  const make = (shape: number[], type?: 'f32') => {
    const tensor = gpu.tensor(`tuning ${kernel}`, shape, type)
    made.push(tensor)
    return tensor
  }
  const p = new Program(gpu, `tuning ${kernel} ${version}`)
  for (const output of record(p, make)) output.bindBuffer(make([...output.shape]).buffer)
  await p.build()
  let best = Number.POSITIVE_INFINITY
  for (let i = 0; i <= RUNS; i++) {
    const start = performance.now()
    p.run()
    await gpu.device.queue.onSubmittedWorkDone()
    if (i > 0) best = Math.min(best, performance.now() - start) // the first may compile
  }
  gpu.free(...made)
  return best
}

/** Storage that is full, or forbidden, only costs the next load a second. */
function remember(key: string, version: string): void {
  try {
    tuningCache?.setItem(key, version)
  } catch {}
}
