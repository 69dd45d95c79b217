// What the models of these families share: how their components are loaded, for play and one by one.

import type { Gpu } from '../../gpu/gpu.ts'
import type { ActionModel, DynamicsModel, VideoTokenizer } from '../../model/component_types.ts'
import type { Config } from '../../model/config.ts'
import type { ByteSource } from '../../weights/safetensors.ts'
import type { Components, FamilyModels, PlayModel } from '../family.ts'

interface Loader<C> {
  load(gpu: Gpu, config: Config, source: ByteSource): Promise<C>
}

/** @param play makes what play needs of the loaded components */
export function windowModels<T extends VideoTokenizer, A extends ActionModel, D extends DynamicsModel>(
  tokenizers: Loader<T>,
  actionModels: Loader<A>,
  dynamics: Loader<D>,
  play: (config: Config, tokenizer: T, actionModel: A, dynamics: D) => PlayModel,
): Pick<FamilyModels, 'playComponents' | 'loadPlay' | 'loadComponents'> {
  return {
    // The action model finds the actions between the prompt's frames.
    playComponents: ['tokenizer', 'latent_action', 'dynamics'],
    async loadPlay(gpu, config, files) {
      const tokenizer = await tokenizers.load(gpu, config, files[0]!)
      const actionModel = await actionModels.load(gpu, config, files[1]!)
      return play(config, tokenizer, actionModel, await dynamics.load(gpu, config, files[2]!))
    },
    async loadComponents(gpu, config, open, has) {
      const parts: Components = { tokenizer: await tokenizers.load(gpu, config, await open('tokenizer.safetensors')) }
      if (await has('latent_action'))
        parts.latentActionModel = await actionModels.load(gpu, config, await open('latent_action.safetensors'))
      if (await has('dynamics')) parts.dynamics = await dynamics.load(gpu, config, await open('dynamics.safetensors'))
      return parts
    },
  }
}
