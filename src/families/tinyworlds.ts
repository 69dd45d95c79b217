// tinyworlds (github.com/AlmondGod/tinyworlds): an open reproduction of Genie in PyTorch. Post-norm blocks with RMSNorm, or with FiLM by
// action; SwiGLU; finite scalar quantisation; sinusoidal positions that are absolute in the window. Its window is therefore computed again
// for every frame. names.ts maps its checkpoints' tensors to the engine's; docs/bring-your-own-model.md says what is supported.

import { patchCount, type TransformerConfig } from '../model/config.ts'
import { fileTensors } from '../weights/named.ts'
import type { Components, Family } from './family.ts'
import { tinyworldsCheckpoints } from './tinyworlds/checkpoints.ts'
import { TinyActionModel, TinyDynamics, TinyTokenizer } from './tinyworlds/components.ts'
import { actionNames, dynamicsNames, tokenizerNames } from './tinyworlds/names.ts'
import { TinyPlayModel } from './tinyworlds/play.ts'
import { actionSection, contextOf, dynamicsSection, samplingSection, tokenizerSection } from './tinyworlds/sizes.ts'
import { validateTinyworlds } from './tinyworlds/validate.ts'

export const tinyworlds: Family = {
  name: 'tinyworlds',
  sections: { tokenizer: tokenizerSection, latent_action: actionSection, dynamics: dynamicsSection },
  sampling: samplingSection,
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
  validate: (gpu, config, open, bundle) => validateTinyworlds(gpu, config, open, bundle),
  hasGuidance: false,
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
