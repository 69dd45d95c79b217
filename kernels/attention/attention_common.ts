// Shared by spatial and temporal attention: the WGSL that all their kernels begin with, their grid, and what they save for the
// backward pass. A slice is the S rows of a frame, or of one guidance pass of it.

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Program } from '../../src/gpu/program.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import { ceilDiv } from '../common/dispatch_grid.ts'
import common from './attention_common.wgsl?raw'
import store from './attention_store.wgsl?raw'
import storeVec4 from './attention_store_vec4.wgsl?raw'

/** Channels of a head that one thread keeps in registers. */
export const CHUNK_CHANNELS = 64

export const attentionCommonWgsl = `${common}\nconst CHUNK = ${CHUNK_CHANNELS / 4}u;\n`

/** Workgroups over the tokens of a slice (x), the chunks of its heads (y) and slices (z). */
export const attentionGrid = (
  { positions, heads, headWidth }: AttentionShape,
  slices: number,
  threads: number,
): [number, number, number] => [ceilDiv(positions, threads), heads * ceilDiv(headWidth, CHUNK_CHANNELS), slices]

/** An attention kernel that stores heads of that width. */
export const withHeadStore = (kernel: Kernel, headWidth: number): Kernel => ({
  ...kernel,
  sources: [headWidth % 4 === 0 ? storeVec4 : store, ...kernel.sources],
})

export interface AttentionShape {
  positions: number // S
  heads: number
  headWidth: number // d
}

/** Saved for the backward pass. */
export interface AttentionSaved {
  /** [rows, heads · padded d] each; k and v may be a KV cache that holds nothing but this pass's frames. */
  q: Tensor
  k: Tensor
  v: Tensor
  out: Tensor
  logSumExp: Tensor // f32 [rows, heads]
  shape: AttentionShape
  /** For temporal attention: bias f32 [heads, W]. */
  temporal?: { bias: Tensor; framesPerClip: number; allTokens: boolean; finishedFrames: number }
}

/** What a forward pass stores its log-sum-exps in; nothing but a placeholder where there is no Tape. */
export const logSumExpTensor = (p: Program, rows: number, heads: number): Tensor =>
  p.temp('log-sum-exp', p.tape ? [rows, heads] : [1], 'f32')
