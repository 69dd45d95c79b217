// Samples a candidate for every masked position of one or more frames. The confidence is taken at the temperature of the draw.

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Program } from '../../src/gpu/program.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import argmax from '../common/argmax.wgsl?raw'
import random from '../common/random.wgsl?raw'
import type { Decoding } from './decoding.ts'
import decoding from './decoding.wgsl?raw'
import expSum from './exp_sum.wgsl?raw'
import { type Draws, newDraws } from './sample.ts'
import wgsl from './sample_frames.wgsl?raw'

const kernel: Kernel = {
  name: 'sample_frames',
  sources: [random, argmax, expSum, decoding, wgsl],
  bindings: ['read', 'read', 'read', 'read', 'read', 'write', 'write'],
}

/**
 * logits [frames · P, K] → candidates i32 and confidence f32 [frames · P]. The confidence is the probability of the candidate, or the
 * logarithm of the position's largest one. Unmasked positions are as in `sample`. @param patches P, positions of a frame
 */
export function sampleFrames(
  p: Program,
  logits: Tensor,
  d: Decoding,
  patches: number,
  confidenceOf: 'candidate' | 'largest',
): Draws {
  const { candidates, confidence } = newDraws(p, d)
  const params = { codes: logits.width, patches, of_candidate: confidenceOf === 'candidate' }
  const tensors = [logits, d.tokens, d.frameInfo, d.schedule, d.stepIndex, candidates, confidence]
  p.dispatch(kernel, params, tensors, [confidence.length])
  return { candidates, confidence }
}
