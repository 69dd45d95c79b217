// Samples a candidate for every masked position, and its confidence.

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Program } from '../../src/gpu/program.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import argmax from '../common/argmax.wgsl?raw'
import random from '../common/random.wgsl?raw'
import type { Decoding } from './decoding.ts'
import decoding from './decoding.wgsl?raw'
import expSum from './exp_sum.wgsl?raw'
import wgsl from './sample.wgsl?raw'

const kernel: Kernel = {
  name: 'sample',
  sources: [random, argmax, expSum, decoding, wgsl],
  bindings: ['read', 'read', 'read', 'read', 'read', 'write', 'write'],
}

/**
 * logits [guidance passes · S, K] → candidates i32 [S] and confidence f32 [S]. Unmasked positions keep their token, with the largest
 * confidence.
 */
export function sample(p: Program, logits: Tensor, d: Decoding): { candidates: Tensor; confidence: Tensor } {
  const count = d.tokens.length
  const candidates = p.temp('candidates', [count], 'i32')
  const confidence = p.temp('confidence', [count], 'f32')
  const params = { tokens: count, codes: logits.width, guidance_passes: logits.rows / count }
  const tensors = [logits, d.tokens, d.frameInfo, d.schedule, d.stepIndex, candidates, confidence]
  p.dispatch(kernel, params, tensors, [count])
  return { candidates, confidence }
}
