// Compares a kernel's gradients with central differences of its plain TypeScript reference, in doubles, where they are right to eight
// digits.

import { createTape } from '../../kernels/autograd.ts'
import type { Gpu } from '../../src/gpu/gpu.ts'
import type { Program } from '../../src/gpu/program.ts'
import { Tensor } from '../../src/gpu/tensor.ts'
import { expectClose, type Tolerance } from './compare.ts'
import { randomNumbers } from './random_model.ts'
import { floats, type HostArray, runKernel } from './run_kernel.ts'

type Values = Record<string, Float64Array>

/** How many elements of each operand are compared; each costs two evaluations of the reference. */
const SAMPLES = 30
const STEP = 1e-5
const TOLERANCE: Tolerance = { absolute: 2e-5, relative: 1e-4 }

interface Differentiable {
  /** Operands by name. */
  inputs: Record<string, HostArray>
  /** Operands whose gradients are compared. */
  wanted: string[]
  record: (p: Program, tensors: Record<string, Tensor>) => Tensor
  /** The same operation in doubles, its result laid out as that of `record`. */
  reference: (values: Values) => ArrayLike<number>
  /** Of a loss, which starts the backward pass itself: its value, from the shares that `reference` returns. */
  loss?: (shares: ArrayLike<number>) => number
  /** What is differentiated where that is not Σ dy · reference: with stopped gradients and further terms. */
  surrogate?: (values: Values, dy: Float64Array) => number
}

/** @throws Mismatch where the result, or a gradient of Σ dy · result with random dy, is not that of the reference */
export async function gradientsHold(
  gpu: Gpu,
  { inputs, wanted, record, reference, loss, surrogate }: Differentiable,
): Promise<void> {
  const values = Object.fromEntries(Object.entries(inputs).map(([name, { values }]) => [name, values]))
  const expected = reference(values)
  const dy = floats(gpu, [expected.length], randomNumbers(99))
  const operands: Record<string, HostArray> = { ...inputs, dy }
  const { y, ...gradients } = await runKernel(
    gpu,
    operands,
    (p, tensors) => {
      const y = record(p, tensors)
      if (!loss) p.tape!.setGradient(y, new Tensor('dy', y.shape, 'f32', tensors.dy!.buffer))
      p.tape!.backward(p)
      return { ...Object.fromEntries(wanted.map(name => [name, p.tape!.gradient(tensors[name]!)!])), y }
    },
    createTape(),
  )
  expectClose('result', y!, expected, TOLERANCE)
  const total = (changed: Values): number => {
    if (surrogate) return surrogate(changed, dy.values)
    const result = reference(changed)
    return loss ? loss(result) : dy.values.reduce((sum, d, i) => sum + d * result[i]!, 0)
  }
  for (const name of wanted) {
    const original = values[name]!
    const at = samples(original.length)
    const differences = at.map(i => {
      const changed = (step: number) => ({ ...values, [name]: original.with(i, original[i]! + step) })
      return (total(changed(STEP)) - total(changed(-STEP))) / (2 * STEP)
    })
    const found = (gradients as Record<string, Float64Array>)[name]!
    if (found.length !== original.length) throw new Error(`the gradient of ${name} has ${found.length} numbers`)
    expectClose(
      `gradient of ${name}`,
      at.map(i => found[i]!),
      differences,
      TOLERANCE,
    )
  }
}

function samples(length: number): number[] {
  const count = Math.min(length, SAMPLES)
  return [...new Set([...Array.from({ length: count }, (_, i) => Math.floor((i * length) / count)), length - 1])]
}
