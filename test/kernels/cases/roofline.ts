// The roofline kernels: what they compute, so that their rates are those of work really done.

import { peakArithmetic, peakCopy } from '../../../kernels/roofline/roofline.ts'
import { expectClose, expectEqual } from '../../helpers/compare.ts'
import type { Cases } from '../../helpers/kernel_tests.ts'
import { randomNumbers } from '../../helpers/random_model.ts'
import { floats, runKernel } from '../../helpers/run_kernel.ts'

/** Sum n starts at n in four channels; each of 2 · rounds multiply-adds maps a to a · m + c. */
function arithmetic(thread: number, rounds: number): number {
  const m = thread * 1e-9 + 0.999
  let total = 0
  for (let n = 0; n < 8; n++) {
    let a = n
    for (let i = 0; i < 2 * rounds; i++) a = a * m + 0.001
    total += 4 * a
  }
  return total
}

export const rooflineArithmeticCases: Cases = {
  'every multiply-add of 128 threads is made, 300 rounds': async gpu => {
    const out = floats(gpu, [128], () => Number.NaN, 'f32')
    const got = await runKernel(gpu, { out }, (p, t) => {
      peakArithmetic(p, t.out, 300)
      return { out: t.out }
    })
    const expected = Array.from({ length: 128 }, (_, thread) => arithmetic(thread, 300))
    expectClose('out', got.out, expected, { absolute: 0, relative: 1e-4 })
  },
}

export const rooflineCopyCases: Cases = {
  'every vec4 is copied, more than one dimension of a grid': async gpu => {
    const length = 4 * 70001
    const source = floats(gpu, [length], randomNumbers(1), 'f32')
    const copy = floats(gpu, [length], () => Number.NaN, 'f32')
    const got = await runKernel(gpu, { source, copy }, (p, t) => {
      peakCopy(p, t.source, t.copy)
      return { copy: t.copy }
    })
    expectEqual('copy', got.copy, source.values)
  },
}
