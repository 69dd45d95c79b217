// Anything trainable: its parameters, its gradient-clipping groups and its loss. The components of a world are trainable, and so is
// any other model written with the kernels, such as a policy (arcade/agent).

import type { Program } from '../gpu/program.ts'
import type { ModelParameter } from '../model/parameters.ts'
import { LARGEST } from '../model/unmasking.ts'
import type { Weights } from '../weights/load.ts'
import type { Loss } from './losses.ts'

export interface TrainableParameter extends ModelParameter {
  /** False: it keeps its values. */
  trainable: boolean
  /** Whether weight decay acts on it. */
  decay: boolean
  /** Whether its learning rate is a tenth of the others'. */
  tenthRate?: boolean
  /** The parameters whose gradients are clipped by one norm. */
  clipGroup: string
}

export interface Trainable {
  name: string
  parameters: readonly TrainableParameter[]
  /** By clip group, the largest gradient norm that passes unscaled. */
  clipNorms: Readonly<Record<string, number>>
  /** Records the forward pass and the losses over a batch. */
  recordLoss(p: Program, weights: Weights): Loss
}

/** No gradient is so large. */
export const UNCLIPPED = LARGEST

/**
 * A model's parameters for training: all on the GPU, with weight decay on matrices.
 * @param groupOf gives the clip group of a parameter
 * @param frozen names of those that keep their values
 */
export const trainableParameters = (
  parameters: readonly ModelParameter[],
  groupOf: (name: string) => string,
  frozen: readonly string[] = [],
): TrainableParameter[] =>
  parameters.map(({ name, shape, layout, init }) => ({
    name,
    shape,
    layout,
    init,
    trainable: !frozen.includes(name),
    decay: shape.length > 1,
    clipGroup: groupOf(name),
  }))
