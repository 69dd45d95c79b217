// The models of tinyworlds: fetched when a config names the family.

import { patchCount, type TransformerConfig } from '../../model/config.ts'
import { fileTensors } from '../../weights/named.ts'
import type { Components, FamilyModels } from '../family.ts'
import { contextOf } from './block.ts'
import { tinyworldsCheckpoints } from './checkpoints.ts'
import { TinyActionModel, TinyDynamics, TinyTokenizer } from './components.ts'
import { actionNames, dynamicsNames, tokenizerNames } from './names.ts'
import { TinyPlayModel } from './play.ts'

export const models: FamilyModels = {
  tensors: {
    tokenizer: config => fileTensors(tokenizerNames(config)),
    latent_action: config => fileTensors(actionNames(config)),
    dynamics: config => fileTensors(dynamicsNames(config)),
  },
  // The action model finds the actions between the prompt's frames.
  playComponents: ['tokenizer', 'latent_action', 'dynamics'],
  async loadPlay(gpu, config, [tokenizer, actionModel, dynamics]) {
    return new TinyPlayModel(
      config,
      await TinyTokenizer.load(gpu, config, tokenizer!),
      await TinyActionModel.load(gpu, config, actionModel!),
      await TinyDynamics.load(gpu, config, dynamics!),
    )
  },
  async loadComponents(gpu, config, open, has) {
    const parts: Components = { tokenizer: await TinyTokenizer.load(gpu, config, await open('tokenizer.safetensors')) }
    if (await has('latent_action'))
      parts.latentActionModel = await TinyActionModel.load(gpu, config, await open('latent_action.safetensors'))
    if (await has('dynamics')) parts.dynamics = await TinyDynamics.load(gpu, config, await open('dynamics.safetensors'))
    return parts
  },
  // Play does not load validation.
  validate: async (...bundle) => (await import('./validate.ts')).validateTinyworlds(...bundle),
  notes(config) {
    const C = contextOf(config)
    const { frame, tokenizer, dynamics, sampling } = config
    const S = patchCount(frame, tokenizer.patch)
    const again =
      C *
      (blockWork(tokenizer, S) * (tokenizer.encoder_layers + tokenizer.decoder_layers) +
        blockWork(dynamics, S) * dynamics.layers)
    const fresh =
      blockWork(tokenizer, S) * tokenizer.decoder_layers + sampling.steps * blockWork(dynamics, S) * dynamics.layers
    return [
      `play: positions are absolute in a window of ${C + 1} frames, so its ${C} past frames are computed again for every frame, ${Math.round((100 * again) / (again + fresh))} % of the blocks' multiplications; within a frame's ${sampling.steps} steps their keys and values are kept`,
    ]
  },
  checkpoints: tinyworldsCheckpoints,
}

/** Multiplications of one block for one frame of S tokens, its temporal attention left out. */
const blockWork = ({ width, ffn }: TransformerConfig, S: number): number =>
  S * (8 * width ** 2 + 3 * width * ffn + 2 * S * width)
