// The models of a world as evaluation uses them, whatever their family.

import type { Program } from '../gpu/program.ts'
import type { Tensor } from '../gpu/tensor.ts'
import type { ForwardContext, KvCache } from './block.ts'
import type { Config } from './config.ts'

interface Component {
  readonly config: Config
  /**
   * The most frames that it sees at once, if positions are counted in the window: every pass then begins at frame 0 of a window. Without
   * it passes follow one another over the cache.
   */
  readonly windowFrames?: number
}

export interface VideoTokenizer extends Component {
  /** S. */
  readonly tokensPerFrame: number
  encoderKvCache(chunk: number): KvCache
  decoderKvCache(chunk: number): KvCache
  /** frames u32 [F, H, W] RGBA8 → codes i32 [F · S], with N codebooks [F · S, N], written into `codes`. */
  encode(p: Program, frames: Tensor, ctx: ForwardContext, codes: Tensor): void
  /** codes i32 [F · S] → pixels f32 [F, H, W, 3] in 0 … 1, written into `pixels`. */
  decode(p: Program, codes: Tensor, ctx: ForwardContext, pixels: Tensor): void
}

export interface ActionModel extends Component {
  encoderKvCache(chunk: number): KvCache
  /** frames u32 [F, H, W], or for a model of tokens i32 [F · S] → codes i32 [F]: codes[f] is the action that led to frame f. */
  encode(p: Program, frames: Tensor, ctx: ForwardContext, codes: Tensor): void
  /** Absent, like `decode`, where the model has no decoder. */
  decoderKvCache?(chunk: number): KvCache
  /** For a model of pixels: frames u32 [F, H, W] and the action that leaves from each, i32 [F] → pixels f32 [F, H, W, 3]: the frames after them. */
  decode?(p: Program, frames: Tensor, actions: Tensor, ctx: ForwardContext, pixels: Tensor): void
}

export interface DynamicsModel extends Component {
  readonly tokensPerFrame: number
  kvCache(chunk: number): KvCache
  /** tokens i32 [F · S] (K = masked) and the action into each frame (`ctx.conditions`, `ctx.frameInfo`) → logits [F · S, K]. */
  forward(p: Program, tokens: Tensor, ctx: ForwardContext): Tensor
  /** With N codebooks: tokens i32 [F · S, N] → N × logits [F · S, K], given the codes that each depends on, `known` i32 [F · S, N]. */
  codebookLogits?(p: Program, tokens: Tensor, ctx: ForwardContext, known: Tensor): Tensor[]
}
