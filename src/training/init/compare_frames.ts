// An encoder of latent actions that begins by comparing each frame with what the operators found in the video (../action_codes) predict of
// it (reference/initialisation.py). The frame's content lies in the first channels. The temporal heads that attend to the previous frame fetch its
// content beside it. Hidden units of the first block come in pairs ±w · (frame - what kernel k predicts): together they are small where
// the picture did as k does.

import { dot } from '../linear_algebra.ts'
import type { Random } from '../random.ts'
import { type InitialWeights, POSITION_CHANNELS } from './initial_weights.ts'
import { embeddingScales, initPatchEmbedding, LEAST_DEVIATION, type PrincipalComponents } from './pca.ts'

/** Blocks per side of a patch, in which a hidden unit's pattern is constant. */
const SIDE = 4
/** Patches that the scale of the content is measured on. */
const SAMPLE = 1024

/** Kernels [D²], D = `side`, that give a pixel of a frame from the pixels around it in the frame before. */
export interface ConvolutionKernels {
  side: number
  values: readonly Float32Array[]
}

interface Sample {
  components: PrincipalComponents
  patches: Float32Array // [n, 3p²], whose principal components these are
  patch: number
  kernels: ConvolutionKernels
}

/**
 * Comes after attendPreviousFrame and attendNeighbours. Does nothing where there is no room: in an encoder of one block, with a width that
 * the positions take up, or with a window of one frame.
 */
export function compareFrames(
  m: InitialWeights,
  { heads, ...sample }: Sample & { heads: number },
  random: Pick<Random, 'normal'>,
): void {
  const { components, patches } = sample
  const position = m.get('encoder.position')
  const [tokens, width] = position.shape as [number, number]
  const firstPosition = width - POSITION_CHANNELS // the channels before it have content
  const block = 'encoder.blocks.0.'
  const hasSecond = m.names(/^encoder\.blocks\.1\./).length > 0
  if (!hasSecond || firstPosition < 2 || m.get(`${block}temporal.bias`).shape[1] === 1) return

  const content = firstPosition >> 1
  // Large positions, the same in every frame: the norms then divide every token by about the same.
  for (let i = 0; i < position.values.length; i++) if (i % width >= firstPosition) position.values[i]! *= 2.5
  const scales = embeddingScales(components, content)
  initPatchEmbedding(m, 'encoder.patch', components, scales)
  const [d, half] = [width / heads, heads >> 1]
  const fetched = Math.min(content, half * d)
  // The comparisons must stand out from the positions.
  m.scale(/^encoder\.blocks\.0\.ffn\.out\.weight$/, 4)
  m.scale(/^encoder\.blocks\.0\.(spatial|temporal)\.out\.weight$/, 0.1)
  m.fill(/^encoder\.blocks\.0\.(spatial|temporal)\.out\.bias$/, 0)
  const deviation = tokenStd(m, patches, tokens, width)

  const { values: qkv } = m.get(`${block}temporal.qkv.weight`)
  const { values: out } = m.get(`${block}temporal.out.weight`)
  const first = half * d // the first channel of the heads that attend to the previous frame
  for (let row = first; row < width; row++)
    for (let i = 0; i < width; i++)
      qkv[(2 * width + row) * width + i] = Number(row - first < fetched && i === row - first)
  for (let row = 0; row < width; row++)
    for (let i = 0; i < width; i++) {
      const isFetched = row >= content && row < content + fetched
      if (isFetched || i >= first) out[row * width + i] = isFetched && i - first === row - content ? deviation : 0
    }
  initHiddenUnits(m, { ...sample, scales, content, fetched, deviation }, random)
}

/** Mean over tokens of the deviation of their channels. */
function tokenStd(m: InitialWeights, patches: Float32Array, tokens: number, width: number): number {
  const { values: weight, shape } = m.get('encoder.patch.weight')
  const bias = m.get('encoder.patch.bias').values
  const position = m.get('encoder.position').values
  const size = shape[1]!
  const count = Math.min(SAMPLE, patches.length / size)
  let sum = 0
  for (let n = 0; n < count; n++) {
    const patch = patches.subarray(n * size, (n + 1) * size)
    const token = Array.from(
      bias,
      (b, o) => b + position[(n % tokens) * width + o]! + dot(patch, weight.subarray(o * size, (o + 1) * size)),
    )
    sum += deviationOf(token)
  }
  return sum / count
}

/** Hidden units of the first block's feed-forward, in pairs. */
function initHiddenUnits(
  m: InitialWeights,
  of: Sample & { scales: number[]; content: number; fetched: number; deviation: number },
  random: Pick<Random, 'normal'>,
): void {
  const { components, patches, patch, kernels, scales, content, fetched, deviation } = of
  const { mean, basis } = components
  const { values: weight, shape } = m.get('encoder.blocks.0.ffn.in.weight')
  const bias = m.get('encoder.blocks.0.ffn.in.bias').values
  const [hidden, width] = shape as [number, number]
  const size = 3 * patch ** 2
  const centred = patches.map((v, i) => v - mean[i % size]!)
  for (let row = 0; row + 1 < hidden; row += 2) {
    const kernel = kernels.values[(row >> 1) % kernels.values.length]!
    const { now, before } = pattern(patch, kernel, kernels.side, random)
    const response = new Float64Array(width)
    scales.forEach((scale, c) => {
      // The pixels that one unit of a channel stands for.
      response[c] = dot(now, basis[c]!) / scale
      if (c < fetched) response[content + c] = -dot(before, basis[c]!) / scale
    })
    const answers = Array.from({ length: patches.length / size }, (_, n) =>
      dot(now, centred.subarray(n * size, (n + 1) * size)),
    )
    const strength = (2 / Math.max(deviationOf(answers), LEAST_DEVIATION)) * deviation
    const offset = (strength / deviation) * (dot(now, mean) - dot(before, mean))
    for (const [i, sign] of [1, -1].entries()) {
      weight.set(
        response.map(r => sign * strength * r),
        (row + i) * width,
      )
      bias[row + i] = sign * offset
    }
  }
}

/** A random pattern of a patch [p, p, 3], faded where the kernel's sources lie outside it, and its image in the frame before (the transposed convolution). */
function pattern(patch: number, kernel: Float32Array, side: number, random: Pick<Random, 'normal'>) {
  const blocks = Float32Array.from({ length: SIDE * SIDE * 3 }, () => random.normal())
  const perBlock = Math.ceil(patch / SIDE)
  const reach = side >> 1
  const [now, before] = [new Float64Array(3 * patch ** 2), new Float64Array(3 * patch ** 2)]
  for (let y = 0; y < patch; y++)
    for (let x = 0; x < patch; x++) {
      const sources = Array.from(kernel, (weight, i) => {
        const [v, u] = [y + Math.floor(i / side) - reach, x + (i % side) - reach]
        return { weight, at: v >= 0 && v < patch && u >= 0 && u < patch ? v * patch + u : -1 }
      }).filter(({ at }) => at >= 0)
      const known = sources.reduce((sum, { weight }) => sum + weight, 0)
      for (let c = 0; c < 3; c++) {
        const block = blocks[(Math.floor(y / perBlock) * SIDE + Math.floor(x / perBlock)) * 3 + c]!
        const value = block * Math.min(Math.max(known, 0), 1)
        now[(y * patch + x) * 3 + c] = value
        for (const { weight, at } of sources) before[3 * at + c]! += weight * value
      }
    }
  return { now, before }
}

function deviationOf(values: readonly number[]): number {
  const mean = values.reduce((a, b) => a + b) / values.length
  return Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (values.length - 1))
}
