// Samples a candidate for every masked position, and its confidence.

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Program } from '../../src/gpu/program.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import argmax from '../common/argmax.wgsl?raw'
import random from '../common/random.wgsl?raw'
import { codesPerPosition, type Decoding } from './decoding.ts'
import decoding from './decoding.wgsl?raw'
import expSum from './exp_sum.wgsl?raw'
import wgsl from './sample.wgsl?raw'

const kernel: Kernel = {
  name: 'sample',
  sources: [random, argmax, expSum, decoding, wgsl],
  bindings: ['read', 'read', 'read', 'read', 'read', 'update', 'update'],
}

/** What masked positions may become. */
export interface Draws {
  candidates: Tensor // i32 [S, N]
  confidence: Tensor // f32 [S]
}

/**
 * logits [guidance passes · S, K] → candidates i32 [S] and confidence f32 [S]. Unmasked positions keep their token, with the largest
 * confidence. With N codebooks, candidates are i32 [S, N], and each call samples `codebook`; `drawn` has the codes of the
 * codebooks before it. The confidence is complete after the last codebook.
 */
export function sample(p: Program, logits: Tensor, d: Decoding, codebook = 0, drawn = newDraws(p, d)): Draws {
  const { candidates, confidence } = drawn
  const count = confidence.length
  const params = {
    positions: count,
    codes: logits.width,
    guidance_passes: logits.rows / count,
    codebooks: codesPerPosition(d),
    codebook_index: codebook,
  }
  const tensors = [logits, d.tokens, d.frameInfo, d.schedule, d.stepIndex, candidates, confidence]
  p.dispatch(kernel, params, tensors, [count])
  return drawn
}

export const newDraws = (p: Program, { tokens }: Decoding): Draws => ({
  candidates: p.temp('candidates', tokens.shape, 'i32'),
  confidence: p.temp('confidence', [tokens.shape[0]!], 'f32'),
})
