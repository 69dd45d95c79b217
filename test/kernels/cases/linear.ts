// linear: every variant at widths that it takes.

import {
  LINEAR_VARIANTS,
  type LinearOptions,
  type LinearVariantName,
  linear,
  recordLinear,
} from '../../../kernels/linear/linear.ts'
import type { Gpu } from '../../../src/gpu/gpu.ts'
import type { Kernel } from '../../../src/gpu/kernel.ts'
import type { Program } from '../../../src/gpu/program.ts'
import type { Tensor } from '../../../src/gpu/tensor.ts'
import { expectClose, TOLERANCE } from '../../helpers/compare.ts'
import { type Cases, requiring } from '../../helpers/kernel_tests.ts'
import { randomNumbers } from '../../helpers/random_model.ts'
import { floats, type HostArray, runKernel } from '../../helpers/run_kernel.ts'
import { linear as reference } from '../../reference/linear.ts'

type Variant = (p: Program, x: Tensor, weight: Tensor, options: LinearOptions) => Tensor

const variantNamed =
  (name: LinearVariantName): Variant =>
  (p, x, weight, options) =>
    recordLinear(p, name, x, weight, options)

interface Shape {
  rows: number
  inner: number
  outer: number
  bias?: boolean
  gelu?: boolean
  addendRows?: number
}

async function holds(gpu: Gpu, variant: Variant, { rows, inner, outer, bias, gelu, addendRows }: Shape) {
  const random = randomNumbers(1)
  const x = floats(gpu, [rows, inner], random)
  const weight = floats(gpu, [outer, inner], random)
  const options = {
    ...(bias && { bias: floats(gpu, [outer], random, 'f32') }),
    ...(addendRows && { addend: floats(gpu, [addendRows, outer], random) }),
  }
  await compare(gpu, variant, x, weight, options, gelu)
}

/** weight [out, in], as in a file. */
async function compare(
  gpu: Gpu,
  variant: Variant,
  x: HostArray,
  weight: HostArray,
  options: { bias?: HostArray; addend?: HostArray } = {},
  gelu = false,
) {
  const [outer, inner] = weight.shape as [number, number]
  const rows = x.shape[0]!
  const transposed = {
    ...weight,
    shape: [inner, outer],
    values: weight.values.map((_, at) => weight.values[(at % outer) * inner + Math.floor(at / outer)]!),
  }
  const { y } = await runKernel(gpu, { x, weight: transposed, ...options }, (p, t) => ({
    y: variant(p, t.x, t.weight, { bias: t.bias, addend: t.addend, gelu }),
  }))
  const expected = reference(x.values, weight.values, {
    rows,
    inner,
    outer,
    gelu,
    bias: options.bias?.values,
    addend: options.addend?.values,
  })
  expectClose('linear', y, expected, TOLERANCE[gpu.precision])
}

/** The cases of a variant at given widths. */
function casesOf(variant: Variant, [inner, outer]: [number, number]): Cases {
  const sizes = `${inner} → ${outer}`
  return {
    [`${sizes}: 33 rows, 7, 1, and one more than a tile of 64`]: async gpu => {
      for (const rows of [33, 7, 1, 65]) await holds(gpu, variant, { rows, inner, outer })
    },
    [`${sizes}: a bias`]: gpu => holds(gpu, variant, { rows: 7, inner, outer, bias: true }),
    [`${sizes}: GELU after the bias`]: gpu => holds(gpu, variant, { rows: 33, inner, outer, bias: true, gelu: true }),
    [`${sizes}: an addend`]: gpu => holds(gpu, variant, { rows: 33, inner, outer, addendRows: 33 }),
    [`${sizes}: an addend that repeats every 7 rows`]: gpu =>
      holds(gpu, variant, { rows: 33, inner, outer, addendRows: 7 }),
    [`${sizes}: of an addend with more rows the last`]: gpu =>
      holds(gpu, variant, { rows: 7, inner, outer, addendRows: 20 }),
    [`${sizes}: an addend is added after GELU`]: gpu =>
      holds(gpu, variant, { rows: 7, inner, outer, bias: true, gelu: true, addendRows: 7 }),
  }
}

function geluCases(variant: Variant, name: string): Cases {
  return {
    [`${name}: GELU from -100 to 100, without NaN`]: async gpu => {
      const x = floats(
        gpu,
        [21, 4],
        i => [-100, -30, -12, -6, -5, -4, -3, -2, -1, -0.5, 0, 0.1, 0.5, 1, 2, 3, 4, 6, 12, 30, 100][i >> 2]!,
      )
      const identity = floats(gpu, [4, 4], i => Number(i % 5 === 0))
      await compare(gpu, variant, x, identity, {}, true)
    },
  }
}

/** All 16-bit floats below infinity, the midpoints to the next larger ones, and the 32-bit neighbours of those; with both signs. */
function betweenHalves(): Float32Array {
  const numbers = new Float32Array(8 * 0x7bff)
  const words = new Uint32Array(numbers.buffer)
  for (let half = 0; half < 0x7bff; half++) {
    const value = (h: number) => (h < 0x400 ? h * 2 ** -24 : (1 + (h % 0x400) / 0x400) * 2 ** ((h >> 10) - 15))
    const at = 8 * half
    numbers.set([value(half), (value(half) + value(half + 1)) / 2], at)
    words[at + 2] = words[at + 1]! - 1
    words[at + 3] = words[at + 1]! + 1
    for (let i = 0; i < 4; i++) numbers[at + 4 + i] = -numbers[at + i]!
  }
  return numbers
}

/** The cases of a variant that takes multiples of 4; not tested where the adapter lacks what it requires. */
function casesOfVariant(name: LinearVariantName): Cases {
  const { requires }: Kernel = LINEAR_VARIANTS[name].kernel
  const variant = variantNamed(name)
  const cases = { ...casesOf(variant, [12, 36]), ...casesOf(variant, [132, 68]), ...geluCases(variant, name) }
  return requires ? requiring(requires, cases) : cases
}

export const linearRegister8x4Cases: Cases = {
  ...casesOfVariant('register8x4'),
  'a result is stored as the nearest element, ties to even': async gpu => {
    const numbers = betweenHalves()
    const [x, weight] = [floats(gpu, [1, 4], () => 0), floats(gpu, [4, numbers.length], () => 0)]
    const bias = floats(gpu, [numbers.length], numbers, 'f32')
    const { y } = await runKernel(gpu, { x, weight, bias }, (p, t) => ({
      y: recordLinear(p, 'register8x4', t.x, t.weight, { bias: t.bias }),
    }))
    // WGSL leaves the rounding to the GPU.
    const tolerance = gpu.isSoftwareAdapter ? { absolute: 0, relative: 0 } : TOLERANCE[gpu.precision]
    expectClose('linear', y, floats(gpu, [numbers.length], numbers).values, tolerance)
  },
  'an x of another width than the weight is refused': async gpu => {
    const x = floats(gpu, [2, 8], () => 0)
    const weight = floats(gpu, [12, 4], () => 0)
    const error = await runKernel(gpu, { x, weight }, (p, t) => ({ y: linear(p, t.x, t.weight) })).catch(e => e)
    if (!/x is 8 wide, expected 12/.test(String(error))) throw new Error(`it was not refused: ${error}`)
  },
}
export const linearWorkgroup4x4Cases = casesOfVariant('workgroup4x4')
export const linearQuadCases = casesOfVariant('quad')
export const linearSubgroup8Cases = casesOfVariant('subgroup8')

export const linearNaiveCases: Cases = {
  ...casesOf(linear, [50, 10]),
  ...casesOf(linear, [12, 7]),
  ...casesOf(variantNamed('naive'), [12, 36]),
  ...geluCases(variantNamed('naive'), 'naive'),
}
