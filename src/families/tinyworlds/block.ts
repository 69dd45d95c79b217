// A tinyworlds config in the engine's terms: its block, its unmasking.

import type { BlockSpec } from '../../model/block.ts'
import type { TransformerConfig } from '../../model/config.ts'
import type { Unmasking } from '../../model/unmasking.ts'

export const unmaskingOf = (k: number): Unmasking => ({ kind: 'exponential', k, floor: 16 })

/** The block of all its transformers. @param window frames of a forward pass; @param conditionWidth digits of an action, if blocks take one */
export function tinyBlock(
  { width, heads, ffn }: TransformerConfig,
  window: number,
  conditionWidth?: number,
): BlockSpec {
  return {
    width,
    heads,
    window,
    attention: ['spatial', 'temporal'],
    norm:
      conditionWidth === undefined ? { kind: 'rms', place: 'post' } : { kind: 'film', place: 'post', conditionWidth },
    qkvBias: true,
    qkNorm: false,
    temporalPosition: 'absolute',
    ffn: { kind: 'swiglu', width: ffn },
  }
}
