// An encoder of latent actions that begins by comparing frames (reference/starts.py): the motion energies of Adelson and Bergen, 1985,
// in its first block. Content of the frame lies in the first channels, that of the frame before is fetched beside it by the temporal
// heads that look back, and hidden units come in pairs ±w·(frame - shifted frame before): together they are small where the picture
// moved by that shift, a quarter of a patch or none.

import { dot } from '../linear_algebra.ts'
import type { Random } from '../random.ts'
import { type InitialWeights, POSITION_CHANNELS } from './initial_weights.ts'
import { embeddingScales, initPatchEmbedding, LEAST_DEVIATION, type PrincipalComponents } from './pca.ts'

const SHIFTS = [
  [0, 0],
  [-1, 0],
  [1, 0],
  [0, -1],
  [0, 1],
] as const
/** Patches whose embeddings tell how loud the content is. */
const SAMPLE = 1024

/**
 * Comes after attendPreviousFrame and attendNeighbours. Does nothing where it has no room: no second block in which the action token could gather what
 * the first has found, a width of no more than the positions take, a window of one frame, or a patch that 4, 3 and 2 do not divide.
 * @param of patches f32 [n, 3p²] are a sample, with their principal components
 */
export function lookForMotion(
  m: InitialWeights,
  of: { components: PrincipalComponents; patches: Float32Array; patch: number; heads: number },
  random: Pick<Random, 'normal'>,
): void {
  const { components, patches, patch, heads } = of
  const position = m.get('encoder.position')
  const [tokens, width] = position.shape as [number, number]
  const waves = width - POSITION_CHANNELS
  const side = [4, 3, 2].find(blocks => patch % blocks === 0) // blocks of a patch, either way
  const block = 'encoder.blocks.0.'
  const hasSecond = m.names(/^encoder\.blocks\.1\./).length > 0
  if (!hasSecond || waves < 2 || !side || m.get(`${block}temporal.bias`).shape[1] === 1) return

  const content = waves >> 1
  // A loud constant: the norms then divide every token by about the same.
  for (let i = 0; i < position.values.length; i++) if (i % width >= waves) position.values[i]! *= 2.5
  const scales = embeddingScales(components, content)
  initPatchEmbedding(m, 'encoder.patch', components, scales)
  const [d, half] = [width / heads, heads >> 1]
  const fetched = Math.min(content, half * d)
  // The energies must be heard over the positions.
  m.scale(/^encoder\.blocks\.0\.ffn\.out\.weight$/, 4)
  m.scale(/^encoder\.blocks\.0\.(spatial|temporal)\.out\.weight$/, 0.1)
  m.fill(/^encoder\.blocks\.0\.(spatial|temporal)\.out\.bias$/, 0)
  const loudness = loudnessOf(m, patches, tokens, width)

  const { values: qkv } = m.get(`${block}temporal.qkv.weight`)
  const { values: out } = m.get(`${block}temporal.out.weight`)
  const first = half * d // the first channel of the heads that look back
  for (let row = first; row < width; row++)
    for (let i = 0; i < width; i++)
      qkv[(2 * width + row) * width + i] = Number(row - first < fetched && i === row - first)
  for (let row = 0; row < width; row++)
    for (let i = 0; i < width; i++) {
      const isFetched = row >= content && row < content + fetched
      if (isFetched || i >= first) out[row * width + i] = isFetched && i - first === row - content ? loudness : 0
    }
  energies(m, { components, patches, patch, side, scales, content, fetched, loudness }, random)
}

/** Mean over tokens of the deviation of their channels. */
function loudnessOf(m: InitialWeights, patches: Float32Array, tokens: number, width: number): number {
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
    sum += deviation(token)
  }
  return sum / count
}

/** Hidden units of the first block's feed-forward, in pairs. */
function energies(
  m: InitialWeights,
  of: {
    components: PrincipalComponents
    patches: Float32Array
    patch: number
    side: number
    scales: number[]
    content: number
    fetched: number
    loudness: number
  },
  random: Pick<Random, 'normal'>,
): void {
  const { components, patches, patch, side, scales, content, fetched, loudness } = of
  const { mean, basis } = components
  const { values: weight, shape } = m.get('encoder.blocks.0.ffn.in.weight')
  const bias = m.get('encoder.blocks.0.ffn.in.bias').values
  const [hidden, width] = shape as [number, number]
  const size = 3 * patch ** 2
  const centred = patches.map((v, i) => v - mean[i % size]!)
  for (let row = 0; row + 1 < hidden; row += 2) {
    const [dx, dy] = SHIFTS[(row >> 1) % SHIFTS.length]!
    const { now, past } = texture(patch, side, dx, dy, random)
    const response = new Float64Array(width)
    scales.forEach((scale, c) => {
      // A unit of a channel, as pixels.
      response[c] = dot(now, basis[c]!) / scale
      if (c < fetched) response[content + c] = -dot(past, basis[c]!) / scale
    })
    const answers = Array.from({ length: patches.length / size }, (_, n) =>
      dot(now, centred.subarray(n * size, (n + 1) * size)),
    )
    const strength = (2 / Math.max(deviation(answers), LEAST_DEVIATION)) * loudness
    const offset = (strength / loudness) * (dot(now, mean) - dot(past, mean))
    for (const [i, sign] of [1, -1].entries()) {
      weight.set(
        response.map(r => sign * strength * r),
        (row + i) * width,
      )
      bias[row + i] = sign * offset
    }
  }
}

/** A patch of random blocks, and what of it was there before it moved by (dx, dy) blocks: what both patches show. */
function texture(patch: number, side: number, dx: number, dy: number, random: Pick<Random, 'normal'>) {
  const framed = side + 2
  const blocks = Float32Array.from({ length: framed * framed * 3 }, () => random.normal())
  const value = (y: number, x: number, c: number) => {
    const inside = (v: number, d: number) => v >= 1 + Math.max(0, d) && v < 1 + side + Math.min(0, d)
    return inside(y, dy) && inside(x, dx) ? blocks[(y * framed + x) * 3 + c]! : 0
  }
  const drawn = (down: number, right: number) =>
    Float64Array.from({ length: 3 * patch * patch }, (_, i) => {
      const [y, x] = [Math.floor(i / (3 * patch)), Math.floor(i / 3) % patch]
      const block = (v: number) => 1 + Math.floor((v * side) / patch)
      return value(block(y) + down, block(x) + right, i % 3)
    })
  return { now: drawn(0, 0), past: drawn(dy, dx) }
}

function deviation(values: readonly number[]): number {
  const mean = values.reduce((a, b) => a + b) / values.length
  return Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (values.length - 1))
}
