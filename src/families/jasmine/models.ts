// The models of jasmine: fetched when a config names the family.

import { patchCount } from '../../model/config.ts'
import { fileTensors } from '../../weights/named.ts'
import type { FamilyModels } from '../family.ts'
import { contextOf } from '../window/component.ts'
import { blockWork, windowModels, windowNotes } from '../window/models.ts'
import { jasmineSteps } from './block.ts'
import { jasmineCheckpoints } from './checkpoints.ts'
import { JasmineActionModel, JasmineDynamics, JasmineTokenizer } from './components.ts'
import { actionNames, dynamicsNames, tokenizerNames } from './names.ts'
import { JasmineState } from './play.ts'

export const models: FamilyModels = {
  tensors: {
    tokenizer: config => fileTensors(tokenizerNames(config)),
    latent_action: config => fileTensors(actionNames(config)),
    dynamics: config => fileTensors(dynamicsNames(config)),
  },
  ...windowModels(JasmineTokenizer, JasmineActionModel, JasmineDynamics, JasmineState),
  // Play does not load validation.
  validate: async (...bundle) => (await import('./validate.ts')).validateJasmine(...bundle),
  notes(config) {
    const contextFrames = contextOf(config)
    const { frame, tokenizer, dynamics, sampling } = config
    const S = patchCount(frame, tokenizer.patch)
    const steps = jasmineSteps(S, sampling).length
    const decoded = blockWork(tokenizer, S, 2) * tokenizer.decoder_layers
    const predicted = blockWork(dynamics, S + 1, 2) * dynamics.layers
    return windowNotes(contextFrames, steps, contextFrames * (decoded + predicted), decoded + steps * predicted)
  },
  checkpoints: jasmineCheckpoints,
}
