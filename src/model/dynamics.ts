// The dynamics model (docs/model.md §4): logits for every token of a frame, from the frame's known and masked tokens, the past
// frames and the action that leads to the frame.

import { embedding } from '../../kernels/embedding/embedding.ts'
import { layerNorm } from '../../kernels/layer_norm/layer_norm.ts'
import { linear } from '../../kernels/linear/linear.ts'
import type { Decoding } from '../../kernels/maskgit/decoding.ts'
import { type Draws, sample } from '../../kernels/maskgit/sample.ts'
import type { Gpu } from '../gpu/gpu.ts'
import type { Program } from '../gpu/program.ts'
import type { Tensor } from '../gpu/tensor.ts'
import { loadWeights, upload, type Weights } from '../weights/load.ts'
import type { ByteSource } from '../weights/safetensors.ts'
import { type ForwardContext, KvCache } from './block.ts'
import { projectRows, unitVectors } from './codebook.ts'
import { type Config, codebooksOf, patchCount } from './config.ts'
import { linearLayer, type ModelParameter, norm, onHost, SMALL, table, vector, weight } from './parameters.ts'
import type { CodebookHeads } from './residual_codes.ts'
import { blockParameters, djinnBlock, stTransformer } from './st_transformer.ts'

/** Every tensor of dynamics.safetensors. */
export function dynamicsTensors({ frame, tokenizer, latent_action, dynamics: c }: Config): ModelParameter[] {
  const S = patchCount(frame, tokenizer.patch)
  const [codebooks, rows] = [codebooksOf(tokenizer), codebooksOf(tokenizer) * tokenizer.codes]
  const head = linearLayer('head', [rows, c.width])
  return [
    ...onHost(table('token.weight', [rows, c.width]), vector('mask', [c.width], SMALL)),
    table('position', [S, c.width], SMALL),
    ...onHost(
      weight('action', [c.width, latent_action.code_width]),
      table('action_codebook', [latent_action.actions, latent_action.code_width], { constant: 0 }),
    ),
    ...blockParameters('', c.layers, c),
    ...norm('norm', c.width),
    ...(codebooks > 1 ? onHost(...head) : head),
  ]
}

export class Dynamics {
  private constructor(
    private readonly gpu: Gpu,
    readonly config: Config,
    private readonly weights: Weights,
    private readonly tokenTable: Tensor, // [N·K + 1, D], the last row the mask
    private readonly actionTable: Tensor, // [A, D]
    private readonly heads?: CodebookHeads, // of more than one codebook
  ) {}

  /** @throws FormatError as loadWeights does */
  static async load(gpu: Gpu, config: Config, source: ByteSource): Promise<Dynamics> {
    const { tokenizer, latent_action, dynamics } = config
    const weights = await loadWeights(gpu, source, dynamicsTensors(config))
    const codebooks = codebooksOf(tokenizer)
    const rows = codebooks * tokenizer.codes
    const tokens = new Float32Array((rows + 1) * dynamics.width)
    tokens.set(weights.values('token.weight'))
    tokens.set(weights.values('mask'), rows * dynamics.width)
    const unit = unitVectors(weights.values('action_codebook'), latent_action.code_width)
    const actions = projectRows(unit, weights.values('action.weight'), latent_action.code_width)
    const tokenTable = upload(gpu, `${source.name}: token.weight and mask`, [rows + 1, dynamics.width], tokens)
    const heads =
      codebooks > 1
        ? (await import('./residual_codes.ts')).CodebookHeads.create(gpu, weights, tokenTable, codebooks)
        : undefined
    weights.host.clear()
    return new Dynamics(
      gpu,
      config,
      weights,
      tokenTable,
      upload(gpu, `${source.name}: action.weight of action_codebook`, [latent_action.actions, dynamics.width], actions),
      heads,
    )
  }

  /** S. */
  get tokensPerFrame(): number {
    return patchCount(this.config.frame, this.config.tokenizer.patch)
  }

  /** A KV cache for chunks of up to `chunk` frames, on this model's Gpu or a scope of it. */
  kvCache(chunk: number, guidancePasses = 1, gpu = this.gpu): KvCache {
    const { dynamics } = this.config
    return new KvCache(
      gpu,
      'dynamics',
      dynamics.layers,
      djinnBlock(dynamics),
      this.tokensPerFrame,
      chunk,
      guidancePasses,
    )
  }

  /**
   * With one codebook: tokens i32 [F · S] (K = masked) and the actions in `ctx.frameInfo` → logits [guidance passes · F · S, K]. Writes the
   * frames' keys and values into the cache. With two guidance passes, F is 1 and both passes read the same tokens.
   */
  forward(p: Program, tokens: Tensor, ctx: ForwardContext): Tensor {
    return this.logits(p, this.hidden(p, tokens, ctx))
  }

  /** The same with N codebooks, tokens i32 [F · S, N] → N × [F · S, K]. Each depends on the codes before it in `known`, i32 [F · S, N]. */
  codebookLogits(p: Program, tokens: Tensor, ctx: ForwardContext, known: Tensor): Tensor[] {
    return this.heads!.logits(p, this.hidden(p, tokens, ctx), known)
  }

  /** A decoding step of `d`: draws candidates from the logits of `tokens`, which are those of `d` or a pair. */
  draw(p: Program, d: Decoding, ctx: ForwardContext, tokens = d.tokens): Draws {
    p.stage = 'dynamics'
    const hidden = this.hidden(p, tokens, ctx)
    if (this.heads) return this.heads.draw(p, hidden, d)
    const logits = this.logits(p, hidden)
    p.stage = 'sampling'
    return sample(p, logits, d)
  }

  private logits(p: Program, hidden: Tensor): Tensor {
    return linear(p, hidden, this.weights.get('head.weight'), { bias: this.weights.get('head.bias') })
  }

  /** The input of the head, [guidance passes · F · S, D], for a pair [S, D]. Writes the frames' keys and values into the cache. */
  hidden(p: Program, tokens: Tensor, ctx: ForwardContext): Tensor {
    const tables = { tokens: this.tokenTable, actions: this.actionTable }
    return dynamicsHidden(p, this.config, this.weights, tables, tokens, ctx)
  }
}

/** `hidden` with given tables: tokens and mask [N·K + 1, D], and the projected unit codes of actions [A, D]. */
export function dynamicsHidden(
  p: Program,
  config: Config,
  w: Weights,
  tables: { tokens: Tensor; actions: Tensor },
  tokens: Tensor,
  ctx: ForwardContext,
): Tensor {
  const frame = { frameTable: tables.actions, frameInfo: ctx.frameInfo, guidancePasses: ctx.guidancePasses ?? 1 }
  const embedded = embedding(p, tokens, tables.tokens, w.get('position'), frame, codebooksOf(config.tokenizer))
  const x = stTransformer(p, embedded, w, '', config.dynamics, ctx)
  return layerNorm(p, x, w.get('norm.weight'), w.get('norm.bias'))
}
