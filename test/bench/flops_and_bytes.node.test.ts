// The work of a frame, counted by hand for a model of small sizes.

import { expect, test } from 'vitest'
import { flopsAndBytes } from '../../src/bench/flops_and_bytes.ts'
import { smallConfig } from '../helpers/random_model.ts'

const config = (steps: number) => {
  const base = smallConfig()
  return {
    ...base,
    frame: { ...base.frame, height: 16, width: 16 },
    tokenizer: { ...base.tokenizer, patch: 8, width: 4, ffn: 8, window: 1, codes: 16, decoder_layers: 1 },
    dynamics: { ...base.dynamics, width: 4, ffn: 8, window: 2, layers: 1 },
    sampling: { ...base.sampling, steps },
  }
}

test('one step of four tokens, by hand', () => {
  // A layer of width 4: two attentions with qkv (2·4·4·12) and out (2·4·4·4), spatial 4·4·4·4, temporal 4·4·W·4, ffn 2 · (2·4·4·8).
  const layer = (window: number) => 2 * (384 + 128) + 256 + 64 * window + 512
  const head = 2 * 4 * 4 * 16
  const pixels = 2 * 4 * 4 * 192
  expect(flopsAndBytes(config(1), 2).flops).toBe(layer(2) + head + layer(2) + layer(1) + pixels)
})

test('N codebooks have N heads; a decoder has the attention of its variant', () => {
  const base = config(3)
  const flops = (tokenizer: Partial<typeof base.tokenizer>) =>
    flopsAndBytes({ ...base, tokenizer: { ...base.tokenizer, window: 3, ...tokenizer } }, 2).flops
  expect(flops({ codebooks: 5 }) - flops({})).toBe(4 * 3 * (2 * 4 * 4 * 16))
  const [sublayer, pairs] = [384 + 128, 4 * 4 * 4]
  expect(flops({}) - flops({ variant: 'vit' })).toBe(sublayer + 3 * pairs)
  expect(flops({ variant: 'c-vivit' }) - flops({ variant: 'vit' })).toBe((3 - 1) * 4 * pairs)
})

test('a further step costs a pass with its head; f32 moves twice the bytes of f16', () => {
  const [one, two, three] = [1, 2, 3].map(steps => flopsAndBytes(config(steps), 2))
  expect(three!.flops - two!.flops).toBe(two!.flops - one!.flops)
  expect(three!.bytes - two!.bytes).toBe(two!.bytes - one!.bytes)
  expect(flopsAndBytes(config(1), 4).bytes).toBe(2 * one!.bytes)
})
