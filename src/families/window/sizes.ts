// Sections of config.json, shared by the families that recompute their window for every frame.

import {
  blockSizes,
  type DynamicsConfig,
  MAX_LAYERS,
  type SamplingConfig,
  type Section,
  type TransformerConfig,
} from '../../model/config.ts'

/** Frames of context that a world may be played with. */
const MAX_CONTEXT = 64

/** The sizes of one transformer. Its window is the frames of context and the new frame. @param top config.json */
function windowSizes(s: Section, top: Section): TransformerConfig {
  return { ...blockSizes(s), window: top.section('dynamics').size('context', MAX_CONTEXT) + 1, qk_norm: false }
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

export const samplingSection = (s: Section): SamplingConfig => ({
  steps: s.size('steps'),
  temperature: s.number('temperature'),
  choice_temperature: 0,
  guidance: 1,
})
