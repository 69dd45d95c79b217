// Initial embeddings of tokens, and the head that predicts them.

import type { Random } from '../random.ts'
import type { InitialWeights } from './initial_weights.ts'

/** The tokenizer's codes: f32 [K, C], unit rows. */
export interface TokenCodebook {
  values: Float32Array
  width: number
}

/** Tokens begin as similar as their codes are: a random projection of the codes to the first `channels`, the others 0. */
export function initTokenEmbedding(
  m: InitialWeights,
  embedding: string,
  { values, width: C }: TokenCodebook,
  channels: number,
  random: Random,
): void {
  const { shape, values: token } = m.get(`${embedding}.weight`)
  const [K, D] = shape as [number, number]
  const projection = Float32Array.from({ length: channels * C }, () => random.normal())
  token.fill(0)
  for (let k = 0; k < K; k++)
    for (let d = 0; d < channels; d++) {
      let sum = 0
      for (let c = 0; c < C; c++) sum += values[k * C + c]! * projection[d * C + c]!
      token[k * D + d] = 0.7 * sum
    }
}

/** The head begins as the transposed embedding, so that a token's own logit is the largest. */
export function initTokenHead(m: InitialWeights, head: string, embedding: string): void {
  m.get(`${head}.weight`).values.set(m.get(`${embedding}.weight`).values.map(v => 0.07 * v))
  m.get(`${head}.bias`).values.fill(0)
}
