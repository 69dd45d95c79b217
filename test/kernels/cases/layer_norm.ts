// layer_norm: both variants, at widths that they take.

import { LAYER_NORM_VARIANTS, layerNorm } from '../../../kernels/layer_norm/layer_norm.ts'
import type { Gpu } from '../../../src/gpu/gpu.ts'
import { expectClose, TOLERANCE, type Tolerance } from '../../helpers/compare.ts'
import { type Cases, withVariant } from '../../helpers/kernel_tests.ts'
import { randomNumbers } from '../../helpers/random_model.ts'
import { floats, type HostArray, runKernel } from '../../helpers/run_kernel.ts'
import { layerNorm as reference } from '../../reference/layer_norm.ts'

const WIDTHS = [50, 12, 10, 36, 1, 129]

async function compare(gpu: Gpu, x: HostArray, rowStride = 1, tolerance: Tolerance = TOLERANCE[gpu.precision]) {
  const random = randomNumbers(2)
  const width = x.shape[1]!
  const weight = floats(gpu, [width], random, 'f32')
  const bias = floats(gpu, [width], random, 'f32')
  const rows = x.values.filter((_, i) => Math.floor(i / width) % rowStride === 0)
  const expected = reference(rows, weight.values, bias.values)
  for (const variant of Object.keys(LAYER_NORM_VARIANTS)) {
    const { y } = await runKernel(withVariant(gpu, 'layer_norm', variant), { x, weight, bias }, (p, t) => ({
      y: layerNorm(p, t.x, t.weight, t.bias, rowStride),
    }))
    expectClose(`${variant} of width ${width}`, y, expected, tolerance)
  }
}

export const layerNormCases: Cases = {
  'rows 33 and 7, widths from 1 to 129': async gpu => {
    for (const width of WIDTHS)
      for (const rows of [33, 7]) await compare(gpu, floats(gpu, [rows, width], randomNumbers(1)))
  },
  'one row in 5 of x': gpu => compare(gpu, floats(gpu, [35, 12], randomNumbers(1)), 5),
  'small numbers, where eps matters': async gpu => {
    const random = randomNumbers(1)
    await compare(
      gpu,
      floats(gpu, [7, 52], () => 0.004 * random()),
    )
  },
  'a row of one value is the bias': gpu =>
    compare(
      gpu,
      floats(gpu, [7, 52], () => 3),
    ),
  // The mean's last 32-bit digit is 6e-5, a thousandth of the deviation; mean(x²) - mean² would have no digit left.
  'a mean ten thousand times the deviation': async gpu => {
    const random = randomNumbers(1)
    const deviation = gpu.precision === 'f16' ? 4 : 0.1
    const x = floats(gpu, [7, 52], () => 1000 + deviation * random())
    await compare(gpu, x, 1, { absolute: 5e-3, relative: 5e-3 })
  },
  'more rows than one dimension of a grid': gpu => compare(gpu, floats(gpu, [32771, 4], randomNumbers(1))),
}
