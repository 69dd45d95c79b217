// A forward and a backward pass as one Program: the loss of something trainable, and the gradients of its parameters.

import type { Gpu } from '../gpu/gpu.ts'
import type { Program } from '../gpu/program.ts'
import type { Tensor } from '../gpu/tensor.ts'
import { transpose, type Weights } from '../weights/load.ts'
import type { Loss, LossTerms } from './losses.ts'
import type { Trainable, TrainableParameter } from './trainable.ts'

/** A trainable parameter with its gradient. */
export interface ParameterGradient {
  spec: TrainableParameter
  tensor: Tensor
  gradient: Tensor
}

/**
 * Records the forward and the backward pass over a batch.
 * @param p a Program with a Tape
 */
export function forwardBackward(
  p: Program,
  { parameters, recordLoss }: Pick<Trainable, 'parameters' | 'recordLoss'>,
  weights: Weights,
): { loss: Loss; gradients: ParameterGradient[] } {
  const loss = recordLoss(p, weights)
  p.tape!.backward(p)
  const gradients = parameters.flatMap(spec => {
    const tensor = weights.get(spec.name)
    const gradient = spec.trainable && p.tape!.gradient(tensor)
    return gradient ? [{ spec, tensor, gradient }] : []
  })
  return { loss, gradients }
}

/** The terms of a loss, once the Program has run. The tensors must be outputs of the Program. */
export async function readTerms(gpu: Gpu, { terms }: Loss): Promise<LossTerms> {
  const values: LossTerms = {}
  for (const { names, tensor } of terms) {
    const numbers = new Float32Array(await gpu.read(tensor))
    for (const [i, name] of names.entries()) values[name] = numbers[i]!
  }
  return values
}

/** The values of a parameter, or of its gradient, in the layout of its file. */
export async function readParameter(
  gpu: Gpu,
  { shape, layout }: TrainableParameter,
  t: Tensor,
): Promise<Float32Array<ArrayBuffer>> {
  const values = new Float32Array(await gpu.read(t)).slice(0, t.length)
  return layout === 'linear' ? transpose(values, shape.toReversed()) : values
}
