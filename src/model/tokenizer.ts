// The video tokenizer (docs/model.md §2): frames ↔ codes, by two ST-transformers and a codebook.

import { embedding } from '../../kernels/embedding/embedding.ts'
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
import { projectRows, unitVectors } from './codebook.ts'
import { type Config, patchCount } from './config.ts'
import { linearLayer, type ModelParameter, norm, onHost, SMALL, table } from './parameters.ts'
import { blockParameters, type ForwardContext, KvCache, stTransformer } from './st_transformer.ts'

/** Every tensor of tokenizer.safetensors. */
export function tokenizerTensors({ frame, tokenizer: c }: Config): ModelParameter[] {
  const S = patchCount(frame, c.patch)
  const values = 3 * c.patch ** 2
  return [
    ...linearLayer('encoder.patch', [c.width, values]),
    table('encoder.position', [S, c.width], SMALL),
    ...blockParameters('encoder.', c.encoder_layers, c),
    ...norm('encoder.norm', c.width),
    ...linearLayer('encoder.head', [c.code_width, c.width]),
    ...onHost(table('codebook', [c.codes, c.code_width])),
    ...onHost(...linearLayer('decoder.code', [c.width, c.code_width])),
    table('decoder.position', [S, c.width], SMALL),
    ...blockParameters('decoder.', c.decoder_layers, c),
    ...norm('decoder.norm', c.width),
    ...linearLayer('decoder.head', [values, c.width]),
  ]
}

export class Tokenizer {
  private constructor(
    private readonly gpu: Gpu,
    readonly config: Config,
    private readonly weights: Weights,
    /** f32 [K, C], unit rows. */
    readonly codebook: Float32Array,
    private readonly codes: Tensor, // the same on the GPU
    private readonly codeTable: Tensor, // [K, D], decoder.code of every unit code
  ) {}

  /** @throws FormatError as loadWeights does */
  static async load(gpu: Gpu, config: Config, source: ByteSource): Promise<Tokenizer> {
    const { codes, code_width, width } = config.tokenizer
    const weights = await loadWeights(gpu, source, tokenizerTensors(config))
    const unit = unitVectors(weights.values('codebook'), code_width)
    const table = projectRows(
      unit,
      weights.values('decoder.code.weight'),
      code_width,
      weights.values('decoder.code.bias'),
    )
    weights.host.clear()
    const codebook = upload(gpu, `${source.name}: codebook`, [codes, code_width], unit, 'f32')
    const codeTable = upload(gpu, `${source.name}: decoder.code of codebook`, [codes, width], table)
    return new Tokenizer(gpu, config, weights, unit, codebook, codeTable)
  }

  /** S: tokens per frame. */
  get tokens(): number {
    return patchCount(this.config.frame, this.config.tokenizer.patch)
  }

  /** The encoder's KV cache for chunks of up to `chunk` frames, on this model's Gpu or a scope of it. */
  encoderKvCache(chunk: number, gpu = this.gpu): KvCache {
    const { tokenizer } = this.config
    return new KvCache(gpu, 'tokenizer encoder', tokenizer.encoder_layers, tokenizer, this.tokens, chunk)
  }

  /** The same for the decoder. */
  decoderKvCache(chunk: number, gpu = this.gpu): KvCache {
    const { tokenizer } = this.config
    return new KvCache(gpu, 'tokenizer decoder', tokenizer.decoder_layers, tokenizer, this.tokens, chunk)
  }

  /**
   * frames u32 [F, H, W] RGBA8 → codes i32 [F · S], written into `codes`.
   * @returns the latents before quantisation, [F · S, C]
   */
  encode(p: Program, frames: Tensor, ctx: ForwardContext, codes: Tensor): Tensor {
    const latents = tokenizerLatents(p, this.config, this.weights, frames, ctx)
    vqLookup(p, latents, this.codes, codes)
    return latents
  }

  /** codes i32 [F · S] → pixels f32 [F, H, W, 3], written into `pixels`. */
  decode(p: Program, codes: Tensor, ctx: ForwardContext, pixels: Tensor): void {
    const embedded = embedding(p, codes, this.codeTable, this.weights.get('decoder.position'))
    const patches = tokenizerLogits(p, this.config, this.weights, embedded, ctx)
    unpatchify(p, patches, this.config.tokenizer.patch, pixels)
  }
}

/** frames u32 [F, H, W] RGBA8 → latents before quantisation, [F · S, C]. */
export function tokenizerLatents(
  p: Program,
  { tokenizer: c }: Config,
  w: Weights,
  frames: Tensor,
  ctx: ForwardContext,
): Tensor {
  const embedded = linear(p, patchify(p, frames, c.patch), w.get('encoder.patch.weight'), {
    bias: w.get('encoder.patch.bias'),
    residual: w.get('encoder.position'),
  })
  const x = stTransformer(p, embedded, w, 'encoder.', c, ctx)
  const normed = layerNorm(p, x, w.get('encoder.norm.weight'), w.get('encoder.norm.bias'))
  return linear(p, normed, w.get('encoder.head.weight'), { bias: w.get('encoder.head.bias') })
}

/** Codes embedded by decoder.code, with positions, [F · S, D] → logits of patches [F · S, 3p²]. */
export function tokenizerLogits(
  p: Program,
  { tokenizer: c }: Config,
  w: Weights,
  embedded: Tensor,
  ctx: ForwardContext,
): Tensor {
  const x = stTransformer(p, embedded, w, 'decoder.', c, ctx)
  const normed = layerNorm(p, x, w.get('decoder.norm.weight'), w.get('decoder.norm.bias'))
  return linear(p, normed, w.get('decoder.head.weight'), { bias: w.get('decoder.head.bias') })
}
