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
import { type ForwardContext, KvCache } from './block.ts'
import { projectRows, unitVectors } from './codebook.ts'
import { type Config, codebooksOf, patchCount, type TokenizerConfig } from './config.ts'
import { linearLayer, type ModelParameter, norm, onHost, SMALL, table } from './parameters.ts'
import { type BlocksConfig, blockParameters, djinnBlock, stTransformer } from './st_transformer.ts'

/** Every tensor of tokenizer.safetensors. */
export function tokenizerTensors({ frame, tokenizer: c }: Config): ModelParameter[] {
  const S = patchCount(frame, c.patch)
  const values = 3 * c.patch ** 2
  return [
    ...linearLayer('encoder.patch', [c.width, values]),
    ...(c.encoder === 'patch' ? [] : [table('encoder.position', [S, c.width], SMALL)]),
    ...blockParameters('encoder.', c.encoder_layers, encoderConfig(c)),
    ...norm('encoder.norm', c.width),
    ...linearLayer('encoder.head', [c.code_width, c.width]),
    ...onHost(table('codebook', [codebooksOf(c) * c.codes, c.code_width])),
    ...onHost(...linearLayer('decoder.code', [c.width, c.code_width])),
    table('decoder.position', [S, c.width], SMALL),
    ...blockParameters('decoder.', c.decoder_layers, c),
    ...norm('decoder.norm', c.width),
    ...linearLayer('decoder.head', [values, c.width]),
  ]
}

/** The sizes of the encoder's blocks. */
export const encoderConfig = (c: TokenizerConfig): BlocksConfig =>
  c.encoder === 'patch' ? { ...c, variant: 'none' } : c

/** Writes codes of latents. */
type LookUp = (p: Program, latents: Tensor, codes: Tensor) => void

export class Tokenizer {
  private constructor(
    private readonly gpu: Gpu,
    readonly config: Config,
    private readonly weights: Weights,
    /** f32 [K, C], unit rows; with N codebooks [N·K, C], as in the file. */
    readonly codebook: Float32Array,
    private readonly lookUp: LookUp,
    private readonly codeTable: Tensor, // [N·K, D], decoder.code of every code; its bias only in the first codebook's
  ) {}

  /** @throws FormatError as loadWeights does */
  static async load(gpu: Gpu, config: Config, source: ByteSource): Promise<Tokenizer> {
    const { codes, code_width, width } = config.tokenizer
    const weights = await loadWeights(gpu, source, tokenizerTensors(config))
    const codebooks = codebooksOf(config.tokenizer)
    const given = weights.values('codebook') as Float32Array<ArrayBuffer>
    const rows = codebooks > 1 ? given : unitVectors(given, code_width)
    const table = projectRows(
      rows,
      weights.values('decoder.code.weight'),
      code_width,
      weights.values('decoder.code.bias'),
      codes,
    )
    weights.host.clear()
    const codebook = upload(gpu, `${source.name}: codebook`, [codebooks * codes, code_width], rows, 'f32')
    const codeTable = upload(gpu, `${source.name}: decoder.code of codebook`, [codebooks * codes, width], table)
    let lookUp: LookUp = (p, latents, out) => vqLookup(p, latents, codebook, out)
    if (codebooks > 1) lookUp = (await import('./residual_codes.ts')).residualLookup(gpu, codebook, rows, codebooks)
    return new Tokenizer(gpu, config, weights, rows, lookUp, codeTable)
  }

  /** S. */
  get tokensPerFrame(): number {
    return patchCount(this.config.frame, this.config.tokenizer.patch)
  }

  /** The encoder's KV cache for chunks of up to `chunk` frames, on this model's Gpu or a scope of it. */
  encoderKvCache(chunk: number, gpu = this.gpu): KvCache {
    const { tokenizer } = this.config
    return new KvCache(
      gpu,
      'tokenizer encoder',
      tokenizer.encoder_layers,
      djinnBlock(encoderConfig(tokenizer)),
      this.tokensPerFrame,
      chunk,
    )
  }

  /** The same for the decoder. */
  decoderKvCache(chunk: number, gpu = this.gpu): KvCache {
    const { tokenizer } = this.config
    return new KvCache(
      gpu,
      'tokenizer decoder',
      tokenizer.decoder_layers,
      djinnBlock(tokenizer),
      this.tokensPerFrame,
      chunk,
    )
  }

  /**
   * frames u32 [F, H, W] RGBA8 → codes i32 [F · S], or with N codebooks [F · S, N], written into `codes`.
   * @returns the latents before quantisation, [F · S, C]
   */
  encode(p: Program, frames: Tensor, ctx: ForwardContext, codes: Tensor): Tensor {
    const latents = tokenizerLatents(p, this.config, this.weights, frames, ctx)
    this.lookUp(p, latents, codes)
    return latents
  }

  /** codes as `encode` writes them → pixels f32 [F, H, W, 3], written into `pixels`. */
  decode(p: Program, codes: Tensor, ctx: ForwardContext, pixels: Tensor): void {
    const codebooks = codebooksOf(this.config.tokenizer)
    const embedded = embedding(p, codes, this.codeTable, this.weights.get('decoder.position'), undefined, codebooks)
    const patches = tokenizerLogits(p, this.config, this.weights, embedded, ctx)
    unpatchify(p, patches, this.config.tokenizer.patch, pixels, codebooks === 1)
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
    ...(c.encoder !== 'patch' && { addend: w.get('encoder.position') }),
  })
  const x = stTransformer(p, embedded, w, 'encoder.', encoderConfig(c), ctx)
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
