// The models of tinyworlds: fetched when a config names the family.

import { patchCount, type TransformerConfig } from '../../model/config.ts'
import { fileTensors } from '../../weights/named.ts'
import type { FamilyModels } from '../family.ts'
import { windowModels } from '../window/models.ts'
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
  ...windowModels(TinyTokenizer, TinyActionModel, TinyDynamics, (...parts) => new TinyPlayModel(...parts)),
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
