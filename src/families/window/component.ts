// The base class of the models of families that recompute their window: sizes, caches, positions and blocks.

import { linear } from '../../../kernels/linear/linear.ts'
import type { Gpu } from '../../gpu/gpu.ts'
import type { Program } from '../../gpu/program.ts'
import type { Tensor } from '../../gpu/tensor.ts'
import { type BlockSpec, type ForwardContext, KvCache, runBlocks } from '../../model/block.ts'
import { OTHER_OPERATIONS } from '../../model/block_operations.ts'
import { type Config, patchCount, type TransformerConfig } from '../../model/config.ts'
import { upload, type Weights } from '../../weights/load.ts'

/** The most frames of context in play. */
export const contextOf = (config: Config): number => config.dynamics.context!

export abstract class WindowComponent {
  private readonly positionTables = new Map<string, Tensor>()

  constructor(
    protected readonly gpu: Gpu,
    readonly config: Config,
    protected readonly weights: Weights,
    protected readonly sizes: TransformerConfig & { patch: number },
    /** Tokens of a frame before its patches: 1 for an action. */
    private readonly extra: 0 | 1 = 0,
  ) {}

  /** The block of its transformers. @param window frames of a forward pass @param conditionWidth numbers of a condition, if blocks take one */
  protected abstract block(window: number, conditionWidth?: number): BlockSpec

  /** Frames that play computes at once. */
  get windowFrames(): number {
    return contextOf(this.config) + 1
  }

  /** S, without the token of an action. */
  get tokensPerFrame(): number {
    return patchCount(this.config.frame, this.sizes.patch)
  }

  /** The same with that of an action. */
  protected get allTokens(): number {
    return this.tokensPerFrame + this.extra
  }

  /** A cache for windows of up to `frames` frames. */
  protected cache(label: string, layers: number, frames: number, gpu: Gpu): KvCache {
    return new KvCache(gpu, label, layers, this.block(frames), this.allTokens, 1)
  }

  /** A table of positions for `frames` frames, [frames · tokens, D], made once for every key. */
  protected positionTable(key: string, frames: number, values: () => Float32Array<ArrayBuffer>): Tensor {
    const shape = [frames * this.allTokens, this.sizes.width]
    const table =
      this.positionTables.get(key) ?? upload(this.gpu, `${this.weights.file}: positions ${key}`, shape, values())
    this.positionTables.set(key, table)
    return table
  }

  protected layer(p: Program, x: Tensor, name: string): Tensor {
    return linear(p, x, this.weights.get(`${name}.weight`), { bias: this.weights.get(`${name}.bias`) })
  }

  protected blocks(p: Program, x: Tensor, prefix: string, ctx: ForwardContext, conditionWidth?: number): Tensor {
    return runBlocks(
      p,
      x,
      this.weights,
      prefix,
      { ...this.block(1, conditionWidth), operations: OTHER_OPERATIONS },
      ctx,
    )
  }
}
