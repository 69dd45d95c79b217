// The small kernels of a MaskGIT step: all masked, sample, keep the surest, note what is known for whoever watches, go on. Which
// step it is lies in `stepIndex` on the GPU, so that every step replays the same dispatches.

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Program } from '../../src/gpu/program.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import { ceilDiv } from '../common/dispatch_grid.ts'
import advanceText from './advance.wgsl?raw'
import beginFrameText from './begin_frame.wgsl?raw'
import noteStepText from './record_step.wgsl?raw'
import remaskText from './remask.wgsl?raw'
import sampleText from './sample.wgsl?raw'

export const beginFrameKernel: Kernel = { name: 'begin_frame', sources: [beginFrameText], bindings: ['write', 'write'] }
export const sampleKernel: Kernel = {
  name: 'sample',
  sources: [sampleText],
  bindings: ['read', 'read', 'read', 'read', 'read', 'write', 'write'],
}
export const remaskKernel: Kernel = {
  name: 'remask',
  sources: [remaskText],
  bindings: ['read', 'read', 'read', 'read', 'update'],
}
export const recordStepKernel: Kernel = {
  name: 'record_step',
  sources: [noteStepText],
  bindings: ['read', 'read', 'read', 'update'],
}
export const advanceKernel: Kernel = { name: 'advance', sources: [advanceText], bindings: ['update'] }

/** What decoding a frame works on. */
export interface Decoding {
  tokens: Tensor // i32 [S]; K = masked
  schedule: Tensor // f32/u32 [steps, 4]: temperature, noise, guidance, maskedAfter
  stepIndex: Tensor // u32 [1]: the step
  frameInfo: Tensor // u32: frame, seed
}

/** Masks all S tokens and goes to step 0. */
export function beginFrame(p: Program, { tokens, stepIndex }: Decoding, codes: number): void {
  p.dispatch(
    beginFrameKernel,
    { tokens: tokens.length, mask: codes },
    [tokens, stepIndex],
    [ceilDiv(tokens.length, 64)],
  )
}

/** logits [branches · S, K] → candidates i32 [S] and confidence f32 [S]; known positions keep their token, with the largest confidence. */
export function sample(p: Program, logits: Tensor, d: Decoding): { candidates: Tensor; confidence: Tensor } {
  const count = d.tokens.length
  const candidates = p.temp('candidates', [count], 'i32')
  const confidence = p.temp('confidence', [count], 'f32')
  const sizes = { tokens: count, codes: logits.width, branches: logits.rows / count }
  p.dispatch(
    sampleKernel,
    sizes,
    [logits, d.tokens, d.frameInfo, d.schedule, d.stepIndex, candidates, confidence],
    [count],
  )
  return { candidates, confidence }
}

/** Of the masked positions, all but the `maskedAfter` least confident take their candidates. */
export function remask(p: Program, candidates: Tensor, confidence: Tensor, d: Decoding, codes: number): void {
  const sizes = { tokens: d.tokens.length, mask: codes }
  p.dispatch(
    remaskKernel,
    sizes,
    [candidates, confidence, d.schedule, d.stepIndex, d.tokens],
    [ceilDiv(d.tokens.length, 64)],
  )
}

/** Keeps the step's tokens and confidence in its row of trace u32 [steps, S, 2]. */
export function recordStep(p: Program, confidence: Tensor, { tokens, stepIndex }: Decoding, trace: Tensor): void {
  const sizes = { tokens: tokens.length }
  p.dispatch(recordStepKernel, sizes, [tokens, confidence, stepIndex, trace], [ceilDiv(tokens.length, 64)])
}

/** stepIndex += 1. */
export function advance(p: Program, { stepIndex }: Decoding): void {
  p.dispatch(advanceKernel, { by: 1 }, [stepIndex], [1])
}
