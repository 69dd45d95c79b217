// Samples a candidate for every masked position; its confidence is the probability of what is drawn.

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Program } from '../../src/gpu/program.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import argmax from '../common/argmax.wgsl?raw'
import random from '../common/random.wgsl?raw'
import type { Decoding } from './decoding.ts'
import decoding from './decoding.wgsl?raw'
import expSum from './exp_sum.wgsl?raw'
import wgsl from './sample_drawn.wgsl?raw'

const kernel: Kernel = {
  name: 'sample_drawn',
  sources: [random, argmax, expSum, decoding, wgsl],
  bindings: ['read', 'read', 'read', 'read', 'read', 'write', 'write'],
}

/** logits [frames · P, K] → candidates i32 and confidence f32 [frames · P]. Unmasked positions are as in `sample`. @param patches P, positions of a frame */
export function sampleDrawn(
  p: Program,
  logits: Tensor,
  d: Decoding,
  patches: number,
): { candidates: Tensor; confidence: Tensor } {
  const count = d.tokens.length
  const candidates = p.temp('candidates', [count], 'i32')
  const confidence = p.temp('confidence', [count], 'f32')
  const tensors = [logits, d.tokens, d.frameInfo, d.schedule, d.stepIndex, candidates, confidence]
  p.dispatch(kernel, { codes: logits.width, patches }, tensors, [count])
  return { candidates, confidence }
}
