// What the families share whose window is computed again for every frame: the sizes of a transformer, and what they lack.

import {
  type DynamicsConfig,
  MAX_LAYERS,
  type SamplingConfig,
  type Section,
  type TransformerConfig,
} from '../../model/config.ts'
import { FormatError } from '../../weights/safetensors.ts'

/** Frames of context that a world may be played with. */
const MAX_CONTEXT = 64

/** The sizes of one transformer. Its window is the frames of context and the new frame. @param top config.json */
function windowSizes(s: Section, top: Section): TransformerConfig {
  const sizes = { width: s.size('width'), heads: s.size('heads'), ffn: s.size('ffn') }
  if (sizes.width % sizes.heads !== 0)
    throw new FormatError(`${s.path}.heads is ${sizes.heads}, which does not divide width ${sizes.width}`)
  return { ...sizes, window: top.section('dynamics').size('context', MAX_CONTEXT) + 1, qk_norm: false }
}

/** The same with the patch and the layers of an encoder. */
export const encoderSizes = (s: Section, top: Section) => ({
  ...windowSizes(s, top),
  patch: s.size('patch'),
  encoder_layers: s.size('encoder_layers', MAX_LAYERS),
})

export const dynamicsSection = (s: Section, top: Section): DynamicsConfig => ({
  ...windowSizes(s, top),
  layers: s.size('layers', MAX_LAYERS),
  context: s.size('context', MAX_CONTEXT),
})

export const plainSampling = (s: Section): SamplingConfig => ({
  steps: s.size('steps'),
  temperature: s.number('temperature'),
  choice_temperature: 0,
  guidance: 1,
})

/** They have neither guidance nor training. */
export const WINDOWED = { hasGuidance: false, isTrainable: false }
