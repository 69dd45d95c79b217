// The dynamics model (docs/model.md §4): logits for every token of a frame, from the frame's known and masked tokens, the past
// frames and the action that leads to the frame.

import { embedding } from '../../kernels/embedding/embedding.ts'
import { layerNorm } from '../../kernels/layer_norm/layer_norm.ts'
import { linear } from '../../kernels/linear/linear.ts'
import type { Gpu } from '../gpu/gpu.ts'
import type { Program } from '../gpu/program.ts'
import type { Tensor } from '../gpu/tensor.ts'
import { loadWeights, upload, type Weights } from '../weights/load.ts'
import type { ByteSource } from '../weights/safetensors.ts'
import { projectRows, unitVectors } from './codebook.ts'
import { type Config, patchCount } from './config.ts'
import { linearLayer, type ModelParameter, norm, onHost, SMALL, table, vector, weight } from './parameters.ts'
import { blockParameters, type ForwardContext, KvCache, stTransformer } from './st_transformer.ts'

/** Every tensor of dynamics.safetensors. */
export function dynamicsTensors({ frame, tokenizer, latent_action, dynamics: c }: Config): ModelParameter[] {
  const S = patchCount(frame, tokenizer.patch)
  return [
    ...onHost(table('token.weight', [tokenizer.codes, c.width]), vector('mask', [c.width], SMALL)),
    table('position', [S, c.width], SMALL),
    ...onHost(
      weight('action', [c.width, latent_action.code_width]),
      table('action_codebook', [latent_action.actions, latent_action.code_width], { constant: 0 }),
    ),
    ...blockParameters('', c.layers, c),
    ...norm('norm', c.width),
    ...linearLayer('head', [tokenizer.codes, c.width]),
  ]
}

export class Dynamics {
  private constructor(
    private readonly gpu: Gpu,
    readonly config: Config,
    private readonly weights: Weights,
    private readonly tokenTable: Tensor, // [K + 1, D], the last row the mask
    private readonly actionTable: Tensor, // [A, D]
  ) {}

  /** @throws FormatError as loadWeights does */
  static async load(gpu: Gpu, config: Config, source: ByteSource): Promise<Dynamics> {
    const { tokenizer, latent_action, dynamics } = config
    const weights = await loadWeights(gpu, source, dynamicsTensors(config))
    const tokens = new Float32Array((tokenizer.codes + 1) * dynamics.width)
    tokens.set(weights.values('token.weight'))
    tokens.set(weights.values('mask'), tokenizer.codes * dynamics.width)
    const unit = unitVectors(weights.values('action_codebook'), latent_action.code_width)
    const actions = projectRows(unit, weights.values('action.weight'), latent_action.code_width)
    weights.host.clear()
    const tokenTable = upload(
      gpu,
      `${source.name}: token.weight and mask`,
      [tokenizer.codes + 1, dynamics.width],
      tokens,
    )
    return new Dynamics(
      gpu,
      config,
      weights,
      tokenTable,
      upload(gpu, `${source.name}: action.weight of action_codebook`, [latent_action.actions, dynamics.width], actions),
    )
  }

  /** S: tokens per frame. */
  get tokens(): number {
    return patchCount(this.config.frame, this.config.tokenizer.patch)
  }

  /** A KV cache for chunks of up to `chunk` frames, on this model's Gpu or a scope of it. */
  kvCache(chunk: number, guidancePasses = 1, gpu = this.gpu): KvCache {
    const { dynamics } = this.config
    return new KvCache(gpu, 'dynamics', dynamics.layers, dynamics, this.tokens, chunk, guidancePasses)
  }

  /**
   * tokens i32 [F · S] (K = masked) and the actions in `ctx.frameInfo` → logits [guidance passes · F · S, K]. Writes the frames' keys
   * and values into the cache. With two guidance passes, F is 1 and both passes read the same tokens.
   */
  forward(p: Program, tokens: Tensor, ctx: ForwardContext): Tensor {
    const tables = { tokens: this.tokenTable, actions: this.actionTable }
    return dynamicsLogits(p, this.config, this.weights, tables, tokens, ctx)
  }
}

/** `forward` with given tables: tokens and mask [K + 1, D], and the projected unit codes of actions [A, D]. */
export function dynamicsLogits(
  p: Program,
  config: Config,
  w: Weights,
  tables: { tokens: Tensor; actions: Tensor },
  tokens: Tensor,
  ctx: ForwardContext,
): Tensor {
  const action = { actions: tables.actions, frameInfo: ctx.frameInfo, guidancePasses: ctx.guidancePasses ?? 1 }
  const embedded = embedding(p, tokens, tables.tokens, w.get('position'), action)
  const x = stTransformer(p, embedded, w, '', config.dynamics, ctx)
  const normed = layerNorm(p, x, w.get('norm.weight'), w.get('norm.bias'))
  return linear(p, normed, w.get('head.weight'), { bias: w.get('head.bias') })
}
