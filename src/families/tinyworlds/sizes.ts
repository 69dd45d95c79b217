// The sections of a tinyworlds config.json.

import {
  type LatentActionConfig,
  MAX_LAYERS,
  type SamplingConfig,
  type Section,
  type TokenizerConfig,
} from '../../model/config.ts'
import { FormatError } from '../../weights/safetensors.ts'
import { encoderSizes, samplingSection as unscheduled } from '../window/sizes.ts'

/** The most codes. The head and the logits have a row for each. */
const MAX_CODES = 1 << 20

export function tokenizerSection(s: Section, top: Section): TokenizerConfig {
  const [levels, code_width] = [s.size('levels'), s.size('code_width')]
  return {
    ...encoderSizes(s, top),
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
    ...encoderSizes(s, top),
    input: 'pixels',
    decoder_layers: s.size('decoder_layers', MAX_LAYERS),
    actions,
    code_width,
  }
}

export function samplingSection(s: Section): SamplingConfig {
  return {
    ...unscheduled(s),
    schedule_k: s.value('schedule_k') === undefined ? 5 : s.positive('schedule_k'),
  }
}

function codeCount(s: Section, levels: number, width: number): number {
  const codes = levels ** width
  if (levels < 2 || !(codes <= MAX_CODES))
    throw new FormatError(
      `${s.path}: ${levels} levels in ${width} digits are ${codes} codes, expected 2 or more levels and at most ${MAX_CODES} codes`,
    )
  return codes
}
