// The sections of a tinyworlds config.json.

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

/** The most codes. The head and the logits have a row for each. */
const MAX_CODES = 1 << 20
/** Frames of context that a world may be played with. */
const MAX_CONTEXT = 64

export function tokenizerSection(s: Section, top: Section): TokenizerConfig {
  const [levels, code_width] = [s.size('levels'), s.size('code_width')]
  return {
    ...stack(s, top),
    patch: s.size('patch'),
    encoder_layers: s.size('encoder_layers', MAX_LAYERS),
    decoder_layers: s.size('decoder_layers', MAX_LAYERS),
    levels,
    code_width,
    codes: codeCount(s, levels, code_width),
  }
}

export function actionSection(s: Section, top: Section): LatentActionConfig {
  const actions = s.size('actions')
  const code_width = Math.round(Math.log2(actions))
  if (2 ** code_width !== actions || actions < 2)
    throw new FormatError(`${s.path}.actions is ${actions}, expected a power of two, 2 or more`)
  return {
    ...stack(s, top),
    input: 'pixels',
    patch: s.size('patch'),
    encoder_layers: s.size('encoder_layers', MAX_LAYERS),
    decoder_layers: s.size('decoder_layers', MAX_LAYERS),
    actions,
    code_width,
  }
}

export function dynamicsSection(s: Section, top: Section): DynamicsConfig {
  return { ...stack(s, top), layers: s.size('layers', MAX_LAYERS), context: s.size('context', MAX_CONTEXT) }
}

export function samplingSection(s: Section): SamplingConfig {
  return {
    steps: s.size('steps'),
    temperature: s.number('temperature'),
    choice_temperature: 0,
    guidance: 1,
    schedule_k: s.value('schedule_k') === undefined ? 5 : s.positive('schedule_k'),
  }
}

/** The sizes of one transformer. Its window is the frames of context and the new frame. @param top config.json */
function stack(s: Section, top: Section): TransformerConfig {
  const sizes = { width: s.size('width'), heads: s.size('heads'), ffn: s.size('ffn') }
  if (sizes.width % sizes.heads !== 0)
    throw new FormatError(`${s.path}.heads is ${sizes.heads}, which does not divide width ${sizes.width}`)
  return { ...sizes, window: top.section('dynamics').size('context', MAX_CONTEXT) + 1, qk_norm: false }
}

function codeCount(s: Section, levels: number, width: number): number {
  const codes = levels ** width
  if (levels < 2 || !(codes <= MAX_CODES))
    throw new FormatError(
      `${s.path}: ${levels} levels in ${width} digits are ${codes} codes, expected 2 or more levels and at most ${MAX_CODES} codes`,
    )
  return codes
}
