// What a training step is made for: tensors, and the loss that changes them. A component of a world is one; so is anything else that is
// written with the kernels, such as a player's policy (src/agent).

import type { Program } from '../gpu/program.ts'
import type { Config } from '../model/config.ts'
import type { ParameterSpec, Weights } from '../weights/load.ts'
import { type Component, trainingTensors } from './component.ts'
import { type BatchShape, type Loss, recordLoss } from './losses.ts'

export interface Trainable {
  name: string
  /** Those of its file, as training keeps them. */
  tensors: readonly ParameterSpec[]
  /** By what a tensor's name begins with, the first that fits: the largest norm of their gradients that passes unscaled. */
  clipGroups: readonly { name: string; limit: number }[]
  /** Records the forward pass and the losses over a batch. */
  record(p: Program, weights: Weights): Loss
}

/** Of a component with encoder and decoder each is clipped by itself: the louder must not drown the other. */
const GROUPS: Record<Component, Trainable['clipGroups']> = {
  tokenizer: [
    { name: 'encoder', limit: 1 },
    { name: 'decoder', limit: 1 },
    { name: 'codebook', limit: 3.4e38 },
  ],
  latent_action: [
    { name: 'encoder', limit: 1 },
    { name: 'decoder', limit: 1 },
    { name: 'codebook', limit: 3.4e38 },
  ],
  dynamics: [{ name: '', limit: 1 }],
}

/** A component, trained on batches of a shape. */
export const trainableOf = (component: Component, config: Config, shape: BatchShape): Trainable => ({
  name: component,
  tensors: trainingTensors(component, config),
  clipGroups: GROUPS[component],
  record: (p, weights) => recordLoss(p, component, config, weights, shape),
})
