// The three models of tinyworlds. All their positions are absolute in the window, so a forward pass says which frame of the window its
// chunk begins with (`first`), and a window that moved is recomputed.

import { embedding } from '../../../kernels/embedding/embedding.ts'
import { layerNorm } from '../../../kernels/layer_norm/layer_norm.ts'
import { geluErf } from '../../../kernels/linear/gelu_erf.ts'
import { linear } from '../../../kernels/linear/linear.ts'
import type { Decoding } from '../../../kernels/maskgit/decoding.ts'
import type { Draws } from '../../../kernels/maskgit/sample.ts'
import { sampleFrames } from '../../../kernels/maskgit/sample_frames.ts'
import { patchifyChannelsFirst } from '../../../kernels/pixels/patchify_channels_first.ts'
import { shownPixels } from '../../../kernels/pixels/shown_pixels.ts'
import { signedPixels } from '../../../kernels/pixels/signed_pixels.ts'
import { unpatchifyChannelsFirst } from '../../../kernels/pixels/unpatchify_channels_first.ts'
import { framePairMeans } from '../../../kernels/rows/frame_pair_means.ts'
import { fsq } from '../../../kernels/vq/fsq.ts'
import type { Gpu } from '../../gpu/gpu.ts'
import type { Program } from '../../gpu/program.ts'
import type { Tensor } from '../../gpu/tensor.ts'
import { type BlockSpec, type ForwardContext, type KvCache, normNames } from '../../model/block.ts'
import { projectRows } from '../../model/codebook.ts'
import type { Config, SamplingConfig } from '../../model/config.ts'
import { fsqVectors } from '../../model/fsq.ts'
import { sinusoidPositions } from '../../model/sinusoid.ts'
import { type Step, unmaskingSteps } from '../../model/unmasking.ts'
import { upload, type Weights } from '../../weights/load.ts'
import { loadNamed } from '../../weights/named.ts'
import type { ByteSource } from '../../weights/safetensors.ts'
import { WindowComponent } from '../window/component.ts'
import type { WindowDynamics } from '../window/decoder.ts'
import { tinyBlock, unmaskingOf } from './block.ts'
import { actionNames, dynamicsNames, tokenizerNames } from './names.ts'

const silu = (v: number) => v / (1 + Math.exp(-v))

/** What the models share: positions, and the layer that embeds patches. */
abstract class Component extends WindowComponent {
  protected block(window: number, conditionWidth?: number): BlockSpec {
    return tinyBlock(this.sizes, window, conditionWidth)
  }

  protected get grid(): { rows: number; columns: number; width: number } {
    const { height, width } = this.config.frame
    const { patch } = this.sizes
    return { rows: Math.ceil(height / patch), columns: Math.ceil(width / patch), width: this.sizes.width }
  }

  /** Positions of frames `first` … of a window, [frames · S, D]. */
  protected positions(first: number, frames: number): Tensor {
    return this.positionTable(`${first} ${frames}`, frames, () => sinusoidPositions(this.grid, first, frames))
  }

  /** Frames f32 [F, H, W, 3] on the scale -1 … 1, or u32 RGBA8 [F, H, W], through the layer that embeds patches. */
  protected embedFrames(
    p: Program,
    frames: Tensor,
    prefix: string,
    positions = this.positions(0, frames.shape[0]!),
  ): Tensor {
    const signed = frames.type === 'u32' ? signedPixels(p, frames) : frames
    return linear(p, patchifyChannelsFirst(p, signed, this.sizes.patch), this.weights.get(`${prefix}.patch.weight`), {
      bias: this.weights.get(`${prefix}.patch.bias`),
      addend: positions,
    })
  }

  protected norm(p: Program, x: Tensor, name: string): Tensor {
    return layerNorm(p, x, this.weights.get(`${name}.weight`), this.weights.get(`${name}.bias`))
  }
}

/** Makes each FiLM norm's table [actions, 2D] of linear(silu(action vector)), γ and then β. */
function makeFilmTables(gpu: Gpu, weights: Weights, prefix: string, layers: number, spec: BlockSpec): void {
  const digits = spec.norm.conditionWidth!
  const actions = fsqVectors(2, digits).map(silu)
  for (const name of normNames(prefix, layers, spec)) {
    const [weight, bias] = [weights.values(`${name}.film.weight`), weights.values(`${name}.film.bias`)]
    const table = projectRows(actions, weight, digits, bias)
    const shape = [actions.length / digits, 2 * spec.width]
    weights.set(`${name}.film`, upload(gpu, `${weights.file}: ${name}.film`, shape, table, 'f32'))
  }
}

export class TinyTokenizer extends Component {
  private constructor(
    gpu: Gpu,
    config: Config,
    weights: Weights,
    private readonly codeTable: Tensor, // [K, D], decoder.code of every code's vector
  ) {
    super(gpu, config, weights, config.tokenizer)
  }

  /** @throws FormatError as loadWeights does */
  static async load(gpu: Gpu, config: Config, source: ByteSource): Promise<TinyTokenizer> {
    const weights = await loadNamed(gpu, source, tokenizerNames(config))
    const { levels, code_width, codes, width } = config.tokenizer
    const vectors = fsqVectors(levels!, code_width)
    const table = projectRows(
      vectors,
      weights.values('decoder.code.weight'),
      code_width,
      weights.values('decoder.code.bias'),
    )
    weights.host.clear()
    return new TinyTokenizer(
      gpu,
      config,
      weights,
      upload(gpu, `${source.name}: decoder.code of codes`, [codes, width], table),
    )
  }

  encoderKvCache(frames: number, gpu = this.gpu): KvCache {
    return this.cache('tokenizer encoder', this.config.tokenizer.encoder_layers, frames, gpu)
  }

  decoderKvCache(frames: number, gpu = this.gpu): KvCache {
    return this.cache('tokenizer decoder', this.config.tokenizer.decoder_layers, frames, gpu)
  }

  /** Frames f32 [F, H, W, 3] or u32 [F, H, W] → codes i32 [F · S], written into `codes`. Gives the latents before tanh, [F · S, n]. */
  encode(p: Program, frames: Tensor, ctx: ForwardContext, codes: Tensor): Tensor {
    const x = this.blocks(p, this.embedFrames(p, frames, 'encoder'), 'encoder.', ctx)
    const latents = this.layer(p, this.norm(p, x, 'encoder.norm'), 'encoder.head')
    fsq(p, latents, this.config.tokenizer.levels!, codes)
    return latents
  }

  /** codes i32 [F · S] of frames `first` … of the window → all of `frames`, f32 [F, H, W, 3] on the scale -1 … 1, unclamped. */
  decodeSigned(p: Program, codes: Tensor, ctx: ForwardContext, frames: Tensor, first = 0): void {
    const position = this.positions(first, codes.length / this.tokensPerFrame)
    const x = this.blocks(p, embedding(p, codes, this.codeTable, position), 'decoder.', ctx)
    unpatchifyChannelsFirst(p, this.layer(p, x, 'decoder.head'), this.config.tokenizer.patch, frames)
  }

  /** The same in 0 … 1, clamped. */
  decode(p: Program, codes: Tensor, ctx: ForwardContext, pixels: Tensor): void {
    const frames = p.temp('signed frames', pixels.shape, 'f32')
    this.decodeSigned(p, codes, ctx, frames)
    shownPixels(p, frames, pixels)
  }
}

export class TinyActionModel extends Component {
  private constructor(gpu: Gpu, config: Config, weights: Weights) {
    super(gpu, config, weights, config.latent_action)
  }

  /** @throws FormatError as loadWeights does */
  static async load(gpu: Gpu, config: Config, source: ByteSource): Promise<TinyActionModel> {
    const weights = await loadNamed(gpu, source, actionNames(config))
    const { decoder_layers, code_width } = config.latent_action
    makeFilmTables(gpu, weights, 'decoder.', decoder_layers, tinyBlock(config.latent_action, 1, code_width))
    return new TinyActionModel(gpu, config, weights)
  }

  encoderKvCache(frames: number, gpu = this.gpu): KvCache {
    return this.cache('latent action encoder', this.config.latent_action.encoder_layers, frames, gpu)
  }

  decoderKvCache(frames: number): KvCache {
    return this.cache('latent action decoder', this.config.latent_action.decoder_layers, frames, this.gpu)
  }

  /**
   * Frames f32 [F, H, W, 3] or u32 [F, H, W] → codes i32 [F]: codes[f] is the action that led to frame f; codes[0] is not written. Gives
   * the latents before tanh, [F - 1, A].
   */
  encode(p: Program, frames: Tensor, ctx: ForwardContext, codes: Tensor): Tensor {
    const x = this.blocks(p, this.embedFrames(p, frames, 'encoder'), 'encoder.', ctx)
    const pairs = this.norm(p, framePairMeans(p, x, this.tokensPerFrame), 'encoder.norm')
    const latents = this.layer(p, geluErf(p, this.layer(p, pairs, 'encoder.hidden')), 'encoder.head')
    fsq(p, latents, 2, codes)
    return latents
  }

  /**
   * Frames 0 … F-1 and the action that leaves from each (`ctx.conditions`) → all of `predicted`, f32 [F, H, W, 3] in -1 … 1: the frames
   * after them. With `isMasked` every frame but the first is hidden, as in training: it must be all 0.
   */
  predict(p: Program, frames: Tensor, ctx: ForwardContext, predicted: Tensor, isMasked = false): void {
    const { patch, code_width } = this.config.latent_action
    const positions = isMasked ? this.maskedPositions(frames.shape[0]!) : undefined
    const x = this.embedFrames(p, frames, 'decoder', positions)
    const y = this.blocks(p, x, 'decoder.', ctx, code_width)
    unpatchifyChannelsFirst(p, this.layer(p, this.norm(p, y, 'decoder.norm'), 'decoder.head'), patch, predicted, true)
  }

  /** The same for given actions i32 [F], in 0 … 1. */
  decode(p: Program, frames: Tensor, actions: Tensor, ctx: ForwardContext, pixels: Tensor): void {
    const predicted = p.temp('predicted frames', pixels.shape, 'f32')
    this.predict(p, frames, { ...ctx, conditions: actions }, predicted)
    shownPixels(p, predicted, pixels)
  }

  /**
   * What is added to embedded frames when all but the first are hidden. A hidden frame is all zeros, so its embedding is the layer's
   * bias. The sum replaces that by the mask and the position in time, without column and row.
   */
  private maskedPositions(count: number): Tensor {
    const { width } = this.config.latent_action
    const untimed = width - 2 * Math.floor(width / 6)
    const [mask, bias] = [this.weights.values('decoder.mask'), this.weights.values('decoder.patch_bias')]
    const values = sinusoidPositions(this.grid, 0, count)
    for (let i = this.tokensPerFrame * width; i < values.length; i++) {
      const channel = i % width
      values[i] = mask[channel]! - bias[channel]! + (channel < untimed ? 0 : values[i]!)
    }
    return upload(
      this.gpu,
      `${this.weights.file}: masked positions ${count}`,
      [count * this.tokensPerFrame, width],
      values,
    )
  }
}

export class TinyDynamics extends Component implements WindowDynamics {
  private constructor(
    gpu: Gpu,
    config: Config,
    weights: Weights,
    private readonly tokenTable: Tensor, // [K + 1, D], code of every code's vector, the last row the mask's
  ) {
    super(gpu, config, weights, { ...config.dynamics, patch: config.tokenizer.patch })
  }

  /** @throws FormatError as loadWeights does */
  static async load(gpu: Gpu, config: Config, source: ByteSource): Promise<TinyDynamics> {
    const weights = await loadNamed(gpu, source, dynamicsNames(config))
    const { dynamics, latent_action, tokenizer } = config
    makeFilmTables(gpu, weights, '', dynamics.layers, tinyBlock(dynamics, 1, latent_action.code_width))
    const { codes, levels, code_width } = tokenizer
    const vectors = new Float32Array((codes + 1) * code_width)
    vectors.set(fsqVectors(levels!, code_width))
    vectors.set(weights.values('mask'), codes * code_width)
    const table = projectRows(vectors, weights.values('code.weight'), code_width, weights.values('code.bias'))
    weights.host.clear()
    const label = `${source.name}: code of codes and mask`
    return new TinyDynamics(gpu, config, weights, upload(gpu, label, [codes + 1, dynamics.width], table))
  }

  kvCache(frames: number, gpu = this.gpu): KvCache {
    return this.cache('dynamics', this.config.dynamics.layers, frames, gpu)
  }

  /**
   * tokens i32 [F · S] (K = masked) of frames `first` … of the window and the action into each (`ctx.conditions`) → logits [F · S, K].
   * Writes the frames' keys and values into the cache.
   */
  forward(p: Program, tokens: Tensor, ctx: ForwardContext, first = 0): Tensor {
    const position = this.positions(first, tokens.length / this.tokensPerFrame)
    const { code_width } = this.config.latent_action
    return this.layer(p, this.blocks(p, embedding(p, tokens, this.tokenTable, position), '', ctx, code_width), 'head')
  }

  steps(positions: number, sampling: SamplingConfig): Step[] {
    return unmaskingSteps(positions, sampling, unmaskingOf(sampling.schedule_k!))
  }

  sample(p: Program, logits: Tensor, d: Decoding): Draws {
    return sampleFrames(p, logits, d, this.tokensPerFrame, 'largest')
  }
}
