// The components of a world, in the order in which they are trained: sections of config.json, files NAME.safetensors.

import type { Config } from './config.ts'
import { dynamicsTensors } from './dynamics.ts'
import { latentActionTensors } from './latent_action.ts'
import type { ModelParameter } from './parameters.ts'
import { tokenizerTensors } from './tokenizer.ts'

export const COMPONENT_NAMES = ['tokenizer', 'latent_action', 'dynamics'] as const
export type ComponentName = (typeof COMPONENT_NAMES)[number]

/** Every tensor of a component's file, by what the config implies. */
export const COMPONENT_TENSORS: Record<ComponentName, (config: Config) => ModelParameter[]> = {
  tokenizer: tokenizerTensors,
  latent_action: latentActionTensors,
  dynamics: dynamicsTensors,
}
