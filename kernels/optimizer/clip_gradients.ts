// Gradient clipping by the norm of a group of tensors, and the check that gradients are finite.

import type { Gpu } from '../../src/gpu/gpu.ts'
import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Program } from '../../src/gpu/program.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import { ceilDiv } from '../common/dispatch_grid.ts'
import clipWgsl from './clip_gradients.wgsl?raw'
import partialsWgsl from './clip_gradients_partials.wgsl?raw'

const partialsKernel: Kernel = {
  name: 'clip_gradients_partials',
  sources: [partialsWgsl],
  bindings: ['read', 'read', 'update'],
}
const clipKernel: Kernel = {
  name: 'clip_gradients',
  sources: [clipWgsl],
  bindings: ['read', 'read', 'read', 'read', 'write', 'write', 'update'],
}

/** Elements of a gradient whose squares one workgroup sums. */
const ELEMENTS_PER_PARTIAL = 8192

export interface GradientNorms {
  partials: Tensor // f32 [partials], of the newest step, or of the first that was not finite
  /** The index of the gradient that each partial sum belongs to. */
  partialOwner: readonly number[]
  norms: Tensor // f32 [groups]
  nonfiniteStep: Tensor // u32 [1], the first step with a norm that is not finite; 0 for none
}

/**
 * Records the norm of each group of gradients, and the scale that clips it to maxNorms[group]. Once a norm is not finite every scale
 * is -1, and AdamW changes nothing any more.
 * @param settings settings[4] is the step, from 1
 * @returns the norms, and scales f32 [groups]
 */
export function clipGradients(
  p: Program,
  gradients: readonly { gradient: Tensor; group: number }[],
  maxNorms: readonly number[],
  settings: Tensor,
): GradientNorms & { scales: Tensor } {
  const { gpu } = p
  const counts = gradients.map(({ gradient }) => ceilDiv(gradient.length, ELEMENTS_PER_PARTIAL))
  const partialOwner = counts.flatMap((count, index) => new Array<number>(count).fill(index))
  const partials = gpu.tensor('gradient norm partials', [partialOwner.length])
  const norms = gpu.tensor('gradient norms', [maxNorms.length])
  const nonfiniteStep = gpu.tensor('first step that is not finite', [1], 'u32')
  const groups = constant(
    gpu,
    'clip groups',
    Uint32Array.from(partialOwner, index => gradients[index]!.group),
  )
  const limits = constant(gpu, 'maximum norms', Float32Array.from(maxNorms))
  const scales = p.temp('gradient scales', [maxNorms.length])
  gradients.forEach(({ gradient }, index) => {
    const params = { length: gradient.length, first: partialOwner.indexOf(index) }
    const constants = { elements_per_partial: ELEMENTS_PER_PARTIAL }
    p.dispatch(partialsKernel, params, [gradient, nonfiniteStep, partials], [counts[index]], constants)
  })
  const params = { partials: partialOwner.length, groups: maxNorms.length }
  p.dispatch(clipKernel, params, [partials, groups, limits, settings, scales, norms, nonfiniteStep], [1])
  return { partials, partialOwner, norms, nonfiniteStep, scales }
}

function constant(gpu: Gpu, label: string, values: Uint32Array<ArrayBuffer> | Float32Array<ArrayBuffer>): Tensor {
  const t = gpu.tensor(label, [values.length], values instanceof Uint32Array ? 'u32' : 'f32')
  gpu.write(t, values)
  return t
}
