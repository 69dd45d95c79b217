// Djinn's own models (docs/model.md). Their files name tensors as the engine does. Attention has a relative position bias, so keys and values are
// cached once and the window slides over them.

import { DJINN_SECTIONS, djinnSampling } from '../model/config.ts'
import { Dynamics, dynamicsTensors } from '../model/dynamics.ts'
import { Tokenizer, tokenizerTensors } from '../model/tokenizer.ts'
import { WorldState } from '../world/world_state.ts'
import type { Components, Family, FamilyModels, PlayModel } from './family.ts'

/** What a world of this family shares. */
class DjinnPlayModel implements PlayModel {
  constructor(
    readonly tokenizer: Tokenizer,
    readonly dynamics: Dynamics,
  ) {}

  createState(gpu: WorldState['gpu']): WorldState {
    return new WorldState(gpu, this)
  }
}

/** A loaded model as one of this family. @throws Error when it is of another */
export function asDjinn({ play }: { play: PlayModel }): DjinnPlayModel {
  if (play instanceof DjinnPlayModel) return play
  throw new Error("this is not one of Djinn's own models")
}

const models: FamilyModels = {
  tensors: {
    tokenizer: config => tokenizerTensors(config),
    latent_action: async config => (await import('../model/latent_action.ts')).latentActionTensors(config),
    dynamics: config => dynamicsTensors(config),
  },
  playComponents: ['tokenizer', 'dynamics'],
  async loadPlay(gpu, config, [tokenizer, dynamics]) {
    return new DjinnPlayModel(
      await Tokenizer.load(gpu, config, tokenizer!),
      await Dynamics.load(gpu, config, dynamics!),
    )
  },
  async loadComponents(gpu, config, open, has) {
    const parts: Components = { tokenizer: await Tokenizer.load(gpu, config, await open('tokenizer.safetensors')) }
    if (await has('latent_action')) {
      const { LatentActionModel } = await import('../model/latent_action.ts')
      parts.latentActionModel = await LatentActionModel.load(gpu, config, await open('latent_action.safetensors'))
    }
    if (await has('dynamics')) parts.dynamics = await Dynamics.load(gpu, config, await open('dynamics.safetensors'))
    return parts
  },
  // Play does not load validation.
  validate: async (...bundle) => (await import('../validation/outputs.ts')).validateOutputs(...bundle),
  notes: () => [],
}

export const djinn: Family = {
  name: 'djinn',
  sections: DJINN_SECTIONS,
  sampling: djinnSampling,
  hasGuidance: true,
  isTrainable: true,
  isEstimated: true,
  load: async () => models,
}
