// The three models of jasmine. Their stem is the input layer between two norms; positions are added after it. All positions are absolute in
// the window, so a forward pass says which frame of the window its chunk begins with, and a window that moved is recomputed.

import { embedding } from '../../../kernels/embedding/embedding.ts'
import { prependToken } from '../../../kernels/embedding/prepend_token.ts'
import { flaxLayerNorm } from '../../../kernels/layer_norm/flax_layer_norm.ts'
import type { Decoding } from '../../../kernels/maskgit/decoding.ts'
import type { Draws } from '../../../kernels/maskgit/sample.ts'
import { sampleFrames } from '../../../kernels/maskgit/sample_frames.ts'
import { patchify } from '../../../kernels/pixels/patchify.ts'
import { unpatchify } from '../../../kernels/pixels/unpatchify.ts'
import { pickTokens } from '../../../kernels/rows/pick_tokens.ts'
import { vqLookup } from '../../../kernels/vq/vq_lookup.ts'
import { frameTokens } from '../../../kernels/window/frame_tokens.ts'
import type { Gpu } from '../../gpu/gpu.ts'
import type { Program } from '../../gpu/program.ts'
import type { Tensor } from '../../gpu/tensor.ts'
import type { BlockSpec, ForwardContext, KvCache } from '../../model/block.ts'
import { projectRows, unitVectors } from '../../model/codebook.ts'
import { type Config, patchCount, type SamplingConfig } from '../../model/config.ts'
import type { Step } from '../../model/unmasking.ts'
import { upload, type Weights } from '../../weights/load.ts'
import { loadNamed } from '../../weights/named.ts'
import type { ByteSource } from '../../weights/safetensors.ts'
import { contextOf, WindowComponent } from '../window/component.ts'
import type { WindowDynamics } from '../window/decoder.ts'
import { jasmineBlock, jasmineSteps, sinusoids, sinusoidsOfFrames } from './block.ts'
import { actionNames, dynamicsNames, tokenizerNames } from './names.ts'

/** What the models share: positions and the stem. */
abstract class Component extends WindowComponent {
  protected block(window: number): BlockSpec {
    return jasmineBlock(this.sizes, window)
  }

  /** Positions of the first frames of a window, [frames · tokens, D]. */
  protected positions(frames: number): Tensor {
    return this.positionTable(`${frames}`, frames, () => sinusoidsOfFrames(frames, this.allTokens, this.sizes.width))
  }

  /** Patches [F · tokens, 3p²] of the first F frames of a window → tokens with their positions, [F · tokens, D]. */
  protected stem(p: Program, x: Tensor, frames: number): Tensor {
    const norm = (y: Tensor, name: string, position?: Tensor) =>
      flaxLayerNorm(p, y, this.weights.get(`${name}.weight`), this.weights.get(`${name}.bias`), position)
    return norm(
      this.layer(p, norm(x, 'encoder.stem.norm_in'), 'encoder.stem.dense'),
      'encoder.stem.norm_out',
      this.positions(frames),
    )
  }
}

/** Rows [count, inputs] through the stem on the CPU, without positions, [count, D]. */
function stemRows(weights: Weights, prefix: string, rows: Float32Array, inputs: number): Float32Array<ArrayBuffer> {
  const norm = (values: Float32Array, name: string) => {
    const [weight, bias] = [weights.values(`${prefix}${name}.weight`), weights.values(`${prefix}${name}.bias`)]
    const width = weight.length
    const out = new Float32Array(values.length)
    for (let from = 0; from < values.length; from += width) {
      const row = values.subarray(from, from + width)
      const mean = row.reduce((sum, v) => sum + v, 0) / width
      const scale = 1 / Math.sqrt(row.reduce((sum, v) => sum + (v - mean) ** 2, 0) / width + 1e-6)
      row.forEach((v, i) => {
        out[from + i] = (v - mean) * scale * weight[i]! + bias[i]!
      })
    }
    return out
  }
  const dense = [weights.values(`${prefix}stem.dense.weight`), weights.values(`${prefix}stem.dense.bias`)] as const
  return norm(projectRows(norm(rows, 'stem.norm_in'), dense[0], inputs, dense[1]), 'stem.norm_out')
}

export class JasmineTokenizer extends Component {
  private constructor(
    gpu: Gpu,
    config: Config,
    weights: Weights,
    /** f32 [K, C], unit rows. */
    readonly codebook: Float32Array,
    private readonly codebookTensor: Tensor, // the same on the GPU
    private readonly codeTable: Tensor, // [K, D], every code as it is in the file, through the decoder's stem
  ) {
    super(gpu, config, weights, config.tokenizer)
  }

  /** @throws FormatError as loadWeights does */
  static async load(gpu: Gpu, config: Config, source: ByteSource): Promise<JasmineTokenizer> {
    const weights = await loadNamed(gpu, source, tokenizerNames(config))
    const { code_width, codes, width } = config.tokenizer
    const given = weights.values('codebook')
    const unit = unitVectors(given, code_width)
    const table = stemRows(weights, 'decoder.', given, code_width)
    weights.host.clear()
    const codebook = upload(gpu, `${source.name}: codebook`, [codes, code_width], unit, 'f32')
    const codeTable = upload(gpu, `${source.name}: stem of codes`, [codes, width], table)
    return new JasmineTokenizer(gpu, config, weights, unit, codebook, codeTable)
  }

  encoderKvCache(frames: number, gpu = this.gpu): KvCache {
    return this.cache('tokenizer encoder', this.config.tokenizer.encoder_layers, frames, gpu)
  }

  decoderKvCache(frames: number, gpu = this.gpu): KvCache {
    return this.cache('tokenizer decoder', this.config.tokenizer.decoder_layers, frames, gpu)
  }

  /** The first F frames of a window, u32 [F, H, W] → codes i32 [F · S], written into `codes`. Gives the latents, [F · S, C]. */
  encode(p: Program, frames: Tensor, ctx: ForwardContext, codes: Tensor): Tensor {
    const x = this.stem(p, patchify(p, frames, this.config.tokenizer.patch, true), frames.shape[0]!)
    const latents = this.layer(p, this.blocks(p, x, 'encoder.', ctx), 'encoder.head')
    vqLookup(p, latents, this.codebookTensor, codes)
    return latents
  }

  /** codes i32 [F · S] of the first F frames of a window → all of `pixels`, f32 [F, H, W, 3] in 0 … 1. */
  decode(p: Program, codes: Tensor, ctx: ForwardContext, pixels: Tensor): void {
    const x = embedding(p, codes, this.codeTable, this.positions(pixels.shape[0]!))
    unpatchify(
      p,
      this.layer(p, this.blocks(p, x, 'decoder.', ctx), 'decoder.head'),
      this.config.tokenizer.patch,
      pixels,
    )
  }
}

export class JasmineActionModel extends Component {
  private constructor(
    gpu: Gpu,
    config: Config,
    weights: Weights,
    /** f32 [A, C], unit rows. */
    readonly codebook: Float32Array,
    private readonly codebookTensor: Tensor, // the same on the GPU
  ) {
    super(gpu, config, weights, config.latent_action, 1)
  }

  /** @throws FormatError as loadWeights does */
  static async load(gpu: Gpu, config: Config, source: ByteSource): Promise<JasmineActionModel> {
    const weights = await loadNamed(gpu, source, actionNames(config))
    const { code_width, actions } = config.latent_action
    const unit = unitVectors(weights.values('codebook'), code_width)
    weights.host.clear()
    const codebook = upload(gpu, `${source.name}: codebook`, [actions, code_width], unit, 'f32')
    return new JasmineActionModel(gpu, config, weights, unit, codebook)
  }

  encoderKvCache(frames: number, gpu = this.gpu): KvCache {
    return this.cache('latent action encoder', this.config.latent_action.encoder_layers, frames, gpu)
  }

  /**
   * The first F frames of a window, u32 [F, H, W] → codes i32 [F], written into `codes`: codes[f] is the action that led to frame f;
   * codes[0] means nothing. Gives the latents, [F, C].
   */
  encode(p: Program, frames: Tensor, ctx: ForwardContext, codes: Tensor): Tensor {
    const patches = patchify(p, frames, this.config.latent_action.patch, true)
    const x = this.stem(
      p,
      prependToken(p, patches, this.weights.get('encoder.action'), this.tokensPerFrame),
      frames.shape[0]!,
    )
    const actions = pickTokens(p, this.blocks(p, x, 'encoder.', ctx), this.tokensPerFrame + 1, 0, 1)
    const latents = this.layer(p, actions, 'encoder.head')
    vqLookup(p, latents, this.codebookTensor, codes)
    return latents
  }
}

export class JasmineDynamics extends Component implements WindowDynamics {
  private constructor(
    gpu: Gpu,
    config: Config,
    weights: Weights,
    private readonly table: Tensor, // [K + 1 + A + 1, D]: codes, mask, actions and no action, through the stem
    private readonly tokenPositions: Tensor, // [S + 1, D], positions in a frame
    private readonly framePositions: Tensor, // [contextFrames + 1, D], positions of frames
  ) {
    super(gpu, config, weights, { ...config.dynamics, patch: config.tokenizer.patch }, 1)
  }

  /** @throws FormatError as loadWeights does */
  static async load(gpu: Gpu, config: Config, source: ByteSource): Promise<JasmineDynamics> {
    const weights = await loadNamed(gpu, source, dynamicsNames(config))
    const { codes, patch } = config.tokenizer
    const { actions, code_width } = config.latent_action
    const { width } = config.dynamics
    const [weight, bias] = [weights.values('action.weight'), weights.values('action.bias')]
    const rows = new Float32Array((codes + actions + 2) * width) // the last row, of no action, is 0
    rows.set(weights.values('tokens'))
    rows.set(weights.values('mask'), codes * width)
    rows.set(projectRows(weights.values('actions'), weight, code_width, bias), (codes + 1) * width)
    const table = stemRows(weights, '', rows, width)
    weights.host.clear()
    const tokens = patchCount(config.frame, patch) + 1
    const frames = contextOf(config) + 1
    const placed = (label: string, count: number, values: Float32Array<ArrayBuffer>) =>
      upload(gpu, `${source.name}: ${label}`, [count, width], values)
    return new JasmineDynamics(
      gpu,
      config,
      weights,
      placed('stem of tokens', codes + actions + 2, table),
      placed('positions of tokens', tokens, sinusoids(tokens, width)),
      placed('positions of frames', frames, sinusoids(frames, width)),
    )
  }

  kvCache(frames: number, gpu = this.gpu): KvCache {
    return this.cache('dynamics', this.config.dynamics.layers, frames, gpu)
  }

  /**
   * tokens i32 [F · S] (K = masked) and the action into each frame (`ctx.conditions`) → logits [F · S, K]. Writes the frames' keys and
   * values into the cache. With `first` 0 they are the first frames of a window; else frameInfo[2 + f] is the number of frame f in it.
   */
  forward(p: Program, tokens: Tensor, ctx: ForwardContext, first = 0): Tensor {
    const { tokenizer, latent_action } = this.config
    const sizes = { codes: tokenizer.codes, count: latent_action.actions, begins: first === 0 }
    const all = frameTokens(p, tokens, ctx.conditions!, sizes)
    // In frames that do not begin the window, frameInfo[2 + f] is the row of the frame's position.
    const x =
      first === 0
        ? embedding(p, all, this.table, this.positions(ctx.conditions!.length))
        : embedding(p, all, this.table, this.tokenPositions, {
            frameTable: this.framePositions,
            frameInfo: ctx.frameInfo,
            guidancePasses: 1,
          })
    const y = pickTokens(p, this.blocks(p, x, '', ctx), this.tokensPerFrame + 1, 1, this.tokensPerFrame)
    return this.layer(p, y, 'head')
  }

  steps(positions: number, sampling: SamplingConfig): Step[] {
    return jasmineSteps(positions, sampling)
  }

  sample(p: Program, logits: Tensor, d: Decoding): Draws {
    return sampleFrames(p, logits, d, this.tokensPerFrame, 'candidate')
  }
}
