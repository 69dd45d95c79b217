// The sections of a jasmine config.json.

import {
  type DynamicsConfig,
  type LatentActionConfig,
  MAX_LAYERS,
  type SamplingConfig,
  type Section,
  type TokenizerConfig,
  type TransformerConfig,
} from '../../model/config.ts'
import { FormatError } from '../../weights/safetensors.ts'

/** Frames of context that a world may be played with. */
const MAX_CONTEXT = 64

export function tokenizerSection(s: Section, top: Section): TokenizerConfig {
  const layers = {
    encoder_layers: s.size('encoder_layers', MAX_LAYERS),
    decoder_layers: s.size('decoder_layers', MAX_LAYERS),
  }
  return {
    ...stack(s, top),
    patch: s.size('patch'),
    ...layers,
    codes: s.size('codes'),
    code_width: s.size('code_width'),
  }
}

/** A world's checkpoint has no decoder of the action model. */
export function actionSection(s: Section, top: Section): LatentActionConfig {
  return {
    ...stack(s, top),
    input: 'pixels',
    patch: s.size('patch'),
    encoder_layers: s.size('encoder_layers', MAX_LAYERS),
    decoder_layers: 0,
    actions: s.size('actions'),
    code_width: s.size('code_width'),
  }
}

export function dynamicsSection(s: Section, top: Section): DynamicsConfig {
  return { ...stack(s, top), layers: s.size('layers', MAX_LAYERS), context: s.size('context', MAX_CONTEXT) }
}

export function samplingSection(s: Section): SamplingConfig {
  return { steps: s.size('steps'), temperature: s.number('temperature'), choice_temperature: 0, guidance: 1 }
}

/** The sizes of one transformer. Its window is the frames of context and the new frame. @param top config.json */
function stack(s: Section, top: Section): TransformerConfig {
  const sizes = { width: s.size('width'), heads: s.size('heads'), ffn: s.size('ffn') }
  if (sizes.width % sizes.heads !== 0)
    throw new FormatError(`${s.path}.heads is ${sizes.heads}, which does not divide width ${sizes.width}`)
  if (sizes.width % 2 !== 0)
    throw new FormatError(
      `${s.path}.width is ${sizes.width}, expected an even number: positions are pairs of sine and cosine`,
    )
  return { ...sizes, window: top.section('dynamics').size('context', MAX_CONTEXT) + 1, qk_norm: false }
}
