// The models of jasmine: fetched when a config names the family.

import { patchCount, type TransformerConfig } from '../../model/config.ts'
import { fileTensors } from '../../weights/named.ts'
import type { Components, FamilyModels } from '../family.ts'
import { contextOf, jasmineSteps } from './block.ts'
import { jasmineCheckpoints } from './checkpoints.ts'
import { JasmineActionModel, JasmineDynamics, JasmineTokenizer } from './components.ts'
import { actionNames, dynamicsNames, tokenizerNames } from './names.ts'
import { JasminePlayModel } from './play.ts'

export const models: FamilyModels = {
  tensors: {
    tokenizer: config => fileTensors(tokenizerNames(config)),
    latent_action: config => fileTensors(actionNames(config)),
    dynamics: config => fileTensors(dynamicsNames(config)),
  },
  // The action model finds the actions between the prompt's frames.
  playComponents: ['tokenizer', 'latent_action', 'dynamics'],
  async loadPlay(gpu, config, [tokenizer, actionModel, dynamics]) {
    return new JasminePlayModel(
      config,
      await JasmineTokenizer.load(gpu, config, tokenizer!),
      await JasmineActionModel.load(gpu, config, actionModel!),
      await JasmineDynamics.load(gpu, config, dynamics!),
    )
  },
  async loadComponents(gpu, config, open, has) {
    const parts: Components = {
      tokenizer: await JasmineTokenizer.load(gpu, config, await open('tokenizer.safetensors')),
    }
    if (await has('latent_action'))
      parts.latentActionModel = await JasmineActionModel.load(gpu, config, await open('latent_action.safetensors'))
    if (await has('dynamics'))
      parts.dynamics = await JasmineDynamics.load(gpu, config, await open('dynamics.safetensors'))
    return parts
  },
  // Play does not load validation.
  validate: async (...bundle) => (await import('./validate.ts')).validateJasmine(...bundle),
  notes(config) {
    const C = contextOf(config)
    const { frame, tokenizer, dynamics, sampling } = config
    const S = patchCount(frame, tokenizer.patch)
    const steps = jasmineSteps(S, sampling).length
    const decoded = blockWork(tokenizer, S) * tokenizer.decoder_layers
    const predicted = blockWork(dynamics, S + 1) * dynamics.layers
    const again = C * (decoded + predicted)
    const share = Math.round((100 * again) / (again + decoded + steps * predicted))
    return [
      `play: positions are absolute in a window of ${C + 1} frames, so its ${C} past frames are computed again for every frame, ${share} % of the blocks' multiplications; within a frame's ${steps} steps their keys and values are kept`,
    ]
  },
  checkpoints: jasmineCheckpoints,
}

/** Multiplications of one block for one frame of S tokens, its temporal attention left out. */
const blockWork = ({ width, ffn }: TransformerConfig, S: number): number =>
  S * (8 * width ** 2 + 2 * width * ffn + 2 * S * width)
