// The sections of a jasmine config.json.

import { type LatentActionConfig, MAX_LAYERS, type Section, type TokenizerConfig } from '../../model/config.ts'
import { encoderSizes } from '../window/sizes.ts'

export function tokenizerSection(s: Section, top: Section): TokenizerConfig {
  return {
    ...encoderSizes(s, top),
    decoder_layers: s.size('decoder_layers', MAX_LAYERS),
    codes: s.size('codes'),
    code_width: s.size('code_width'),
  }
}

/** A world's checkpoint has no decoder of the action model. */
export function actionSection(s: Section, top: Section): LatentActionConfig {
  return {
    ...encoderSizes(s, top),
    input: 'pixels',
    decoder_layers: 0,
    actions: s.size('actions'),
    code_width: s.size('code_width'),
  }
}
