// vq_lookup: the nearest code by cosine, ties to the lowest.

import { vqLookup } from '../../../kernels/vq/vq_lookup.ts'
import type { Gpu } from '../../../src/gpu/gpu.ts'
import { unitVectors } from '../../../src/model/codebook.ts'
import { expectEqual } from '../../helpers/compare.ts'
import type { Cases } from '../../helpers/kernel_tests.ts'
import { randomNumbers } from '../../helpers/random_model.ts'
import { floats, ints, runKernel } from '../../helpers/run_kernel.ts'
import { vqLookup as reference } from '../../reference/vq_lookup.ts'

/** Rows of any length; the kernel gets them as a model does, of unit length. */
async function looksUp(gpu: Gpu, z: number[], codebook: number[], width: number): Promise<[Float64Array, number[]]> {
  const rows = floats(gpu, [z.length / width, width], z)
  const unit = floats(gpu, [codebook.length / width, width], unitVectors(Float32Array.from(codebook), width), 'f32')
  const blank = ints([rows.shape[0]!], () => -1)
  const { codes } = await runKernel(gpu, { rows, unit, blank }, (p, t) => {
    vqLookup(p, t.rows, t.unit, t.blank)
    return { codes: t.blank }
  })
  return [codes, reference(rows.values, codebook, width)]
}

async function holds(gpu: Gpu, rows: number, codes: number, width: number) {
  const random = randomNumbers(1)
  const numbers = (count: number) => Array.from({ length: count }, () => 3 * random())
  const [got, expected] = await looksUp(gpu, numbers(rows * width), numbers(codes * width), width)
  expectEqual('codes', got, expected)
}

export const vqLookupCases: Cases = {
  '33 rows of 12 among 97 codes': gpu => holds(gpu, 33, 97, 12),
  'fewer codes than threads, one code, odd widths': async gpu => {
    await holds(gpu, 7, 5, 7)
    await holds(gpu, 7, 1, 10)
    await holds(gpu, 33, 64, 1)
  },
  'of equal codes the lowest, whichever threads find them': async gpu => {
    const width = 3
    // Codes 1 and 65 are one thread's, 2 and 65 those of two; each z is nearest to several equal ones.
    const directions = [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ]
    const codebook = Array.from(
      { length: 97 },
      (_, k) => directions[[65, 1, 90].includes(k) ? 1 : [66, 67, 3].includes(k) ? 2 : 0]!,
    )
    const [got] = await looksUp(gpu, [1, 0, 0, 0, 2, 0, 0, 0, 0.5], codebook.flat(), width)
    expectEqual('codes', got, [0, 1, 3])
  },
  'a z of zeros gets code 0, one opposite to all codes the least opposite': async gpu => {
    const [got] = await looksUp(gpu, [0, 0, -1, -0.1], [1, 0, 1, 0.2, 0.9, 1], 2)
    expectEqual('codes', got, [0, 2])
  },
  'more rows than one dimension of a grid': gpu => holds(gpu, 32771, 2, 1),
}
