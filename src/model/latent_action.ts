// The latent action model (docs/model.md §3). Its encoder infers the action between consecutive frames, one of A codes. Its decoder
// predicts the next frame from a frame and a code, in training only. Play needs neither. The frames are pixels, or in an ablation
// the tokenizer's codes.

import { addAction } from '../../kernels/embedding/add_action.ts'
import { embedding } from '../../kernels/embedding/embedding.ts'
import { prependToken } from '../../kernels/embedding/prepend_token.ts'
import { layerNorm } from '../../kernels/layer_norm/layer_norm.ts'
import { linear } from '../../kernels/linear/linear.ts'
import { patchify } from '../../kernels/pixels/patchify.ts'
import { unpatchify } from '../../kernels/pixels/unpatchify.ts'
import { vqLookup } from '../../kernels/vq/vq_lookup.ts'
import type { Gpu } from '../gpu/gpu.ts'
import type { Program } from '../gpu/program.ts'
import type { Tensor } from '../gpu/tensor.ts'
import { loadWeights, upload, type Weights } from '../weights/load.ts'
import type { ByteSource } from '../weights/safetensors.ts'
import { type ForwardContext, KvCache } from './block.ts'
import { projectRows, unitVectors } from './codebook.ts'
import { type Config, patchCount } from './config.ts'
import { linearLayer, type ModelParameter, norm, onHost, SMALL, table, vector, weight } from './parameters.ts'
import { blockParameters, djinnBlock, stTransformer } from './st_transformer.ts'

/** Every tensor of latent_action.safetensors. */
export function latentActionTensors(config: Config): ModelParameter[] {
  const { frame, latent_action: c } = config
  const S = patchCount(frame, c.patch)
  const ofTokens = c.input === 'tokens'
  const values = ofTokens ? config.tokenizer.codes : 3 * c.patch ** 2
  const stack = (prefix: string, layers: number, head: number): ModelParameter[] => [
    ...(ofTokens
      ? [table(`${prefix}token.weight`, [values, c.width])]
      : linearLayer(`${prefix}patch`, [c.width, values])),
    table(`${prefix}position`, [S, c.width], SMALL),
    ...blockParameters(prefix, layers, c),
    ...norm(`${prefix}norm`, c.width),
    ...linearLayer(`${prefix}head`, [head, c.width]),
  ]
  return [
    ...stack('encoder.', c.encoder_layers, c.code_width),
    vector('encoder.action_token', [c.width], SMALL),
    ...onHost(table('codebook', [c.actions, c.code_width])),
    ...stack('decoder.', c.decoder_layers, values),
    ...onHost(weight('decoder.action', [c.width, c.code_width])),
  ]
}

export class LatentActionModel {
  private constructor(
    private readonly gpu: Gpu,
    readonly config: Config,
    private readonly weights: Weights,
    /** f32 [A, C], unit rows. */
    readonly codebook: Float32Array,
    private readonly codes: Tensor, // the same on the GPU
    private readonly actionTable: Tensor, // [A, D], decoder.action of every unit code
  ) {}

  /** @throws FormatError as loadWeights does */
  static async load(gpu: Gpu, config: Config, source: ByteSource): Promise<LatentActionModel> {
    const { actions, code_width, width } = config.latent_action
    const weights = await loadWeights(gpu, source, latentActionTensors(config))
    const unit = unitVectors(weights.values('codebook'), code_width)
    const table = projectRows(unit, weights.values('decoder.action.weight'), code_width)
    weights.host.clear()
    const codebook = upload(gpu, `${source.name}: codebook`, [actions, code_width], unit, 'f32')
    return new LatentActionModel(
      gpu,
      config,
      weights,
      unit,
      codebook,
      upload(gpu, `${source.name}: decoder.action.weight of codebook`, [actions, width], table),
    )
  }

  private get tokensPerFrame(): number {
    return patchCount(this.config.frame, this.config.latent_action.patch)
  }

  /** A new input tensor of one frame: pixels u32 [1, H, W] RGBA8, or codes i32 [S]. */
  frame(): Tensor {
    const { frame, latent_action } = this.config
    return latent_action.input === 'tokens'
      ? this.gpu.tensor('tokens', [this.tokensPerFrame], 'i32')
      : this.gpu.tensor('picture', [1, frame.height, frame.width], 'u32')
  }

  encoderKvCache(chunk: number): KvCache {
    const { latent_action: sizes } = this.config
    return new KvCache(
      this.gpu,
      'latent action encoder',
      sizes.encoder_layers,
      djinnBlock(sizes),
      this.tokensPerFrame + 1,
      chunk,
    )
  }

  decoderKvCache(chunk: number): KvCache {
    const { latent_action: sizes } = this.config
    return new KvCache(
      this.gpu,
      'latent action decoder',
      sizes.decoder_layers,
      djinnBlock(sizes),
      this.tokensPerFrame,
      chunk,
    )
  }

  /**
   * frames u32 [F, H, W] RGBA8, or for a model of tokens i32 [F · S] → writes codes i32 [F]: codes[f] is the action that led to
   * frame f, so codes[0] of a clip means nothing. Gives the latents, [F, C].
   */
  encode(p: Program, frames: Tensor, ctx: ForwardContext, codes: Tensor): Tensor {
    const latents = latentActionLatents(p, this.config, this.weights, frames, ctx)
    vqLookup(p, latents, this.codes, codes)
    return latents
  }

  /** For a model of pixels: frames u32 [F, H, W] and the action that leaves from each, i32 [F] → writes pixels f32 [F, H, W, 3]: the frames after them. */
  decode(p: Program, frames: Tensor, actions: Tensor, ctx: ForwardContext, pixels: Tensor): void {
    unpatchify(p, this.predict(p, frames, actions, ctx), this.config.latent_action.patch, pixels)
  }

  /** Logits of the next frames: of pixels [F · S, 3p_a²], or with input `tokens` of codes [F · S, K]. */
  predict(p: Program, frames: Tensor, actions: Tensor, ctx: ForwardContext): Tensor {
    return latentActionLogits(p, this.config, this.weights, frames, { table: this.actionTable, codes: actions }, ctx)
  }
}

/** Frames as `encode` takes them → latents of the action into each frame, [F, C]. Those of a clip's first frame are meaningless. */
export function latentActionLatents(
  p: Program,
  config: Config,
  w: Weights,
  frames: Tensor,
  ctx: ForwardContext,
): Tensor {
  const features = latentActionFeatures(p, config, w, frames, ctx)
  return linear(p, features, w.get('encoder.head.weight'), { bias: w.get('encoder.head.bias') })
}

/** The input of the encoder's head: the action token after the last norm, [F, D]. */
export function latentActionFeatures(
  p: Program,
  config: Config,
  w: Weights,
  frames: Tensor,
  ctx: ForwardContext,
): Tensor {
  const tokens = w.get('encoder.position').rows
  const x = prependToken(p, embedFrames(p, config, w, frames, 'encoder.'), w.get('encoder.action_token'), tokens)
  const y = stTransformer(p, x, w, 'encoder.', config.latent_action, ctx)
  return layerNorm(p, y, w.get('encoder.norm.weight'), w.get('encoder.norm.bias'), tokens + 1)
}

/**
 * Frames, and the action that leaves each: a row, codes i32 [F], of a table [any, D] of projected unit codes → logits of the next
 * frames, as `predict` returns them.
 */
export function latentActionLogits(
  p: Program,
  config: Config,
  w: Weights,
  frames: Tensor,
  { table, codes }: { table: Tensor; codes: Tensor },
  ctx: ForwardContext,
): Tensor {
  const embedded = embedFrames(p, config, w, frames, 'decoder.')
  const x = addAction(p, embedded, table, codes, w.get('decoder.position').rows)
  const y = stTransformer(p, x, w, 'decoder.', config.latent_action, ctx)
  const normed = layerNorm(p, y, w.get('decoder.norm.weight'), w.get('decoder.norm.bias'))
  return linear(p, normed, w.get('decoder.head.weight'), { bias: w.get('decoder.head.bias') })
}

function embedFrames(p: Program, config: Config, w: Weights, frames: Tensor, prefix: string): Tensor {
  const { input, patch } = config.latent_action
  const position = w.get(`${prefix}position`)
  if (input === 'tokens') return embedding(p, frames, w.get(`${prefix}token.weight`), position)
  const bias = w.get(`${prefix}patch.bias`)
  return linear(p, patchify(p, frames, patch), w.get(`${prefix}patch.weight`), { bias, addend: position })
}
