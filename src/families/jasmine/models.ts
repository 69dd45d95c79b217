// The models of jasmine: fetched when a config names the family.

import { patchCount, type TransformerConfig } from '../../model/config.ts'
import { fileTensors } from '../../weights/named.ts'
import type { FamilyModels } from '../family.ts'
import { windowModels } from '../window/models.ts'
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
  ...windowModels(JasmineTokenizer, JasmineActionModel, JasmineDynamics, (...parts) => new JasminePlayModel(...parts)),
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
