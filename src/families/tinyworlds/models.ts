// The models of tinyworlds: fetched when a config names the family.

import { patchCount } from '../../model/config.ts'
import { fileTensors } from '../../weights/named.ts'
import type { FamilyModels } from '../family.ts'
import { contextOf } from '../window/component.ts'
import { blockWork, windowModels, windowNotes } from '../window/models.ts'
import { tinyworldsCheckpoints } from './checkpoints.ts'
import { TinyActionModel, TinyDynamics, TinyTokenizer } from './components.ts'
import { actionNames, dynamicsNames, tokenizerNames } from './names.ts'
import { TinyState } from './play.ts'

export const models: FamilyModels = {
  tensors: {
    tokenizer: config => fileTensors(tokenizerNames(config)),
    latent_action: config => fileTensors(actionNames(config)),
    dynamics: config => fileTensors(dynamicsNames(config)),
  },
  ...windowModels(TinyTokenizer, TinyActionModel, TinyDynamics, TinyState),
  // Play does not load validation.
  validate: async (...bundle) => (await import('./validate.ts')).validateTinyworlds(...bundle),
  notes(config) {
    const contextFrames = contextOf(config)
    const { frame, tokenizer, dynamics, sampling } = config
    const S = patchCount(frame, tokenizer.patch)
    const coded = blockWork(tokenizer, S, 3)
    const predicted = blockWork(dynamics, S, 3) * dynamics.layers
    const again = contextFrames * (coded * (tokenizer.encoder_layers + tokenizer.decoder_layers) + predicted)
    return windowNotes(
      contextFrames,
      sampling.steps,
      again,
      coded * tokenizer.decoder_layers + sampling.steps * predicted,
    )
  },
  checkpoints: tinyworldsCheckpoints,
}
