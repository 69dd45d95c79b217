// Initial weights of a tokenizer of several codebooks: principal components in, k-means for the codes, least squares out. Before any step it
// reconstructs what a linear map of the codes can. The same in PyTorch: init_linear_weights in reference/recipe_tokenizer.py.

import { layerNorm } from '../../../kernels/layer_norm/layer_norm.ts'
import { linear } from '../../../kernels/linear/linear.ts'
import { patchify } from '../../../kernels/pixels/patchify.ts'
import type { Gpu } from '../../gpu/gpu.ts'
import { Program } from '../../gpu/program.ts'
import type { Tensor } from '../../gpu/tensor.ts'
import { type Config, codebooksOf } from '../../model/config.ts'
import { stTransformer } from '../../model/st_transformer.ts'
import { encoderConfig, tokenizerTensors } from '../../model/tokenizer.ts'
import type { Weights } from '../../weights/load.ts'
import { type Clips, readWindows, sampleWindows } from '../data/clips.ts'
import { dot, ridgeRegression } from '../linear_algebra.ts'
import { clipContexts } from '../losses.ts'
import type { Random } from '../random.ts'
import {
  attendNeighbours,
  InitialWeights,
  POSITION_CHANNELS,
  patchGrid,
  scaleResidualOutputs,
} from './initial_weights.ts'
import { nearestRow, residualKmeans } from './kmeans.ts'
import { embeddingScales, initPatchEmbedding, principalComponents } from './pca.ts'
import { uploadWeights } from './upload.ts'

/** Frames in which codes and linear maps are found. */
const FRAMES = 48
const RIDGE = 1e-4
/** Two channels of every token, + and -, so that norms divide every token by about the same and lengths are kept. */
const CONSTANT = 12

export async function linearTokenizer(gpu: Gpu, config: Config, clips: Clips, random: Random): Promise<InitialWeights> {
  const { frame, tokenizer: c } = config
  const { patch, code_width: C, width: D, codes: K } = c
  const N = codebooksOf(c)
  const m = new InitialWeights(tokenizerTensors(config), random)
  const frames = await readWindows(clips, sampleWindows(clips, random, FRAMES, 1), 1)
  const { rows, columns } = patchGrid(frame, patch)
  const count = FRAMES * rows * columns
  const patches = rowsOf(await featuresOf(gpu, config, m, frames, 'patches'), count)
  const size = 3 * patch ** 2
  const all = Float32Array.from({ length: count * size }, (_, i) => patches[Math.floor(i / size)]![i % size]!)
  const components = principalComponents(all, size, D, random)
  const { mean, basis, deviations } = components
  const whole = Math.max(Math.hypot(...deviations), 1e-6)
  const scales = embeddingScales(components, D)
  initPatchEmbedding(m, 'encoder.patch', components, scales)
  scaleResidualOutputs(m, 0.2)
  if (D >= C + 2 * POSITION_CHANNELS) attendNeighbours(m, { prefix: 'decoder.', rows, columns, heads: c.heads })
  for (const [name, channel] of [
    ['encoder.patch.bias', scales.length],
    ['decoder.position', C],
  ] as const) {
    const { values } = m.get(name)
    if (channel + 2 <= D) for (let at = channel; at < values.length; at += D) values.set([CONSTANT, -CONSTANT], at)
  }
  m.fill(/^decoder\.code\./, 0)
  for (let i = 0; i < Math.min(C, D); i++)
    m.get('decoder.code.weight').values[i * C + i] = 1 / ((deviations[i] ?? 0) / whole + 0.1)

  const encoded = rowsOf(await featuresOf(gpu, config, m, frames, 'encoder'), count)
  const wanted = patches.map(patch => {
    const centred = patch.map((v, i) => v - mean[i]!)
    return Float32Array.from({ length: C }, (_, i) => (basis[i] ? dot(centred, basis[i]!) / whole : 0))
  })
  fitLinear(m, 'encoder.head', encoded, wanted)
  const [weight, bias] = ['weight', 'bias'].map(name => m.get(`encoder.head.${name}`).values)
  const left = new Float32Array(count * C)
  for (const [r, row] of encoded.entries())
    for (let i = 0; i < C; i++) left[r * C + i] = bias![i]! + dot(row, weight!.subarray(i * D, (i + 1) * D))
  const latents = left.slice()
  for (let n = 0; n < N; n++) {
    const codebook = residualKmeans(left, C, K, random)
    m.get('codebook').values.set(codebook, n * K * C)
    for (let r = 0; r < count; r++) {
      const k = nearestRow(left, r, codebook, C)
      for (let i = 0; i < C; i++) left[r * C + i]! -= codebook[k * C + i]!
    }
  }
  const sums = latents.map((v, i) => v - left[i]!)
  const decoded = rowsOf(await featuresOf(gpu, config, m, sums, 'decoder'), count)
  fitLinear(m, 'decoder.head', decoded, patches)
  return m
}

const rowsOf = (values: Float32Array, count: number): Float32Array[] => {
  const width = values.length / count
  return Array.from({ length: count }, (_, r) => values.subarray(r * width, (r + 1) * width))
}

/** The layer becomes the least-squares map from rows to targets. */
function fitLinear(m: InitialWeights, layer: string, rows: Float32Array[], targets: Float32Array[]): void {
  const outputs = targets[0]!.length
  const wanted = Float64Array.from(
    { length: outputs },
    (_, o) => targets.reduce((sum, t) => sum + t[o]!, 0) / rows.length,
  )
  const { mean, weight } = ridgeRegression(rows, RIDGE, mean => {
    const products = Array.from({ length: outputs }, () => new Float64Array(mean.length))
    for (const [r, row] of rows.entries())
      for (let o = 0; o < outputs; o++) {
        const [sums, by] = [products[o]!, (targets[r]![o]! - wanted[o]!) / rows.length]
        for (let i = 0; i < mean.length; i++) sums[i]! += (row[i]! - mean[i]!) * by
      }
    return products
  })
  for (const [o, ofOutput] of weight.entries()) {
    m.get(`${layer}.weight`).values.set(ofOutput, o * mean.length)
    m.get(`${layer}.bias`).values[o] = wanted[o]! - dot(ofOutput, mean)
  }
}

/** The patches of frames, or what the head of encoder or decoder reads: of frames u32, of sums of codes [FRAMES · S, C]. */
function featuresOf(
  gpu: Gpu,
  config: Config,
  m: InitialWeights,
  input: Uint32Array<ArrayBuffer> | Float32Array<ArrayBuffer>,
  part: 'patches' | 'encoder' | 'decoder',
): Promise<Float32Array> {
  const { frame, tokenizer: c } = config
  const { rows, columns } = patchGrid(frame, c.patch)
  const S = rows * columns
  return gpu.withScope(async gpu => {
    const w = await uploadWeights(gpu, m, tokenizerTensors(config))
    const p = new Program(gpu, part)
    const shape = part === 'decoder' ? [S, c.code_width] : [1, frame.height, frame.width]
    const given = gpu.tensor('input', shape, part === 'decoder' ? 'f32' : 'u32')
    const context = clipContexts(p, { clips: 1, frames: 1 })
    const through = (x: Tensor, depth: number, stack: typeof c | ReturnType<typeof encoderConfig>) =>
      normed(p, w, stTransformer(p, x, w, `${part}.`, stack, context(part, depth, stack, S)), part)
    const layer = (x: Tensor, name: string, addend?: Tensor) =>
      linear(p, x, w.get(`${name}.weight`), { bias: w.get(`${name}.bias`), addend })
    let features: Tensor
    if (part === 'decoder')
      features = through(layer(given, 'decoder.code', w.get('decoder.position')), c.decoder_layers, c)
    else {
      features = patchify(p, given, c.patch)
      const position = c.encoder === 'patch' ? undefined : w.get('encoder.position')
      if (part === 'encoder')
        features = through(layer(features, 'encoder.patch', position), c.encoder_layers, encoderConfig(c))
    }
    p.output(features)
    await p.build()
    const size = input.length / FRAMES
    const all = new Float32Array(FRAMES * features.length)
    for (let f = 0; f < FRAMES; f++) {
      gpu.write(given, input.slice(f * size, (f + 1) * size))
      p.run()
      all.set(new Float32Array(await gpu.read(features)).subarray(0, features.length), f * features.length)
    }
    return all
  })
}

const normed = (p: Program, w: Weights, x: Tensor, part: string) =>
  layerNorm(p, x, w.get(`${part}.norm.weight`), w.get(`${part}.norm.bias`))
