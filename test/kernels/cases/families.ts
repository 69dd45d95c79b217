// The kernels of networks that only other families than Djinn's own use: norms, activations, pixels, codes.

import { filmNorm } from '../../../kernels/layer_norm/film_norm.ts'
import { flaxLayerNorm } from '../../../kernels/layer_norm/flax_layer_norm.ts'
import { rmsNorm } from '../../../kernels/layer_norm/rms_norm.ts'
import { geluErf } from '../../../kernels/linear/gelu_erf.ts'
import { swiglu } from '../../../kernels/linear/swiglu.ts'
import { patchifyChannelsFirst } from '../../../kernels/pixels/patchify_channels_first.ts'
import { shownPixels } from '../../../kernels/pixels/shown_pixels.ts'
import { signedPixels } from '../../../kernels/pixels/signed_pixels.ts'
import { unpatchifyChannelsFirst } from '../../../kernels/pixels/unpatchify_channels_first.ts'
import { framePairMeans } from '../../../kernels/rows/frame_pair_means.ts'
import { pickTokens } from '../../../kernels/rows/pick_tokens.ts'
import { fsq } from '../../../kernels/vq/fsq.ts'
import type { Gpu } from '../../../src/gpu/gpu.ts'
import { expectClose, expectEqual, TOLERANCE } from '../../helpers/compare.ts'
import type { Cases } from '../../helpers/kernel_tests.ts'
import { randomNumbers } from '../../helpers/random_model.ts'
import { floats, ints, runKernel, words } from '../../helpers/run_kernel.ts'
import * as reference from '../../reference/families.ts'

async function rmsHolds(gpu: Gpu, rows: number, width: number, scale = 1) {
  const random = randomNumbers(1)
  const x = floats(gpu, [rows, width], () => scale * random())
  const weight = floats(gpu, [width], random, 'f32')
  const { y } = await runKernel(gpu, { x, weight }, (p, t) => ({ y: rmsNorm(p, t.x, t.weight) }))
  expectClose(`rms norm of width ${width}`, y, reference.rmsNorm(x.values, weight.values), TOLERANCE[gpu.precision])
}

export const rmsNormCases: Cases = {
  'rows 33 and 7, widths from 1 to 129': async gpu => {
    for (const width of [50, 12, 1, 129]) for (const rows of [33, 7]) await rmsHolds(gpu, rows, width)
  },
  'small numbers, where eps counts': gpu => rmsHolds(gpu, 7, 52, 0.004),
  'more rows than one dimension of a grid': gpu => rmsHolds(gpu, 32771, 4),
}

async function filmHolds(gpu: Gpu, conditions: number[], tokens: number, width: number) {
  const random = randomNumbers(2)
  const x = floats(gpu, [conditions.length * tokens, width], random)
  const table = floats(gpu, [4, 2 * width], random, 'f32')
  const inputs = { x, table, conditions: ints([conditions.length], conditions) }
  const { y } = await runKernel(gpu, inputs, (p, t) => ({ y: filmNorm(p, t.x, t.table, t.conditions) }))
  const expected = reference.filmNorm(x.values, table.values, conditions, width)
  expectClose(`film norm of width ${width}`, y, expected, TOLERANCE[gpu.precision])
}

export const filmNormCases: Cases = {
  'each frame has the scale and shift of its condition': async gpu => {
    for (const width of [50, 12, 129]) await filmHolds(gpu, [2, 0, 3], 7, width)
  },
  'frames without a condition are normalised and nothing else': gpu => filmHolds(gpu, [-1, 1, -1], 5, 18),
}

export const swigluCases: Cases = {
  '33 rows of 33, and of 4': async gpu => {
    for (const width of [33, 4]) {
      const random = randomNumbers(3)
      const x = floats(gpu, [33, 2 * width], () => 6 * random())
      const { y } = await runKernel(gpu, { x }, (p, t) => ({ y: swiglu(p, t.x) }))
      expectClose('swiglu', y, reference.swiglu(x.values, width), TOLERANCE[gpu.precision])
    }
  },
  'gates of ±1000': async gpu => {
    const x = floats(gpu, [1, 4], [1000, -1000, 0.5, 0.5])
    const { y } = await runKernel(gpu, { x }, (p, t) => ({ y: swiglu(p, t.x) }))
    expectClose('swiglu', y, [500, 0], TOLERANCE[gpu.precision])
  },
}

export const geluErfCases: Cases = {
  'numbers from -6 to 6': async gpu => {
    const x = floats(gpu, [13, 50], i => -6 + (12 * i) / 649)
    const { y } = await runKernel(gpu, { x }, (p, t) => ({ y: geluErf(p, t.x) }))
    expectClose('gelu', y, reference.geluErf(x.values), TOLERANCE[gpu.precision])
  },
  'numbers of ±1000': async gpu => {
    const x = floats(gpu, [1, 2], [1000, -1000])
    const { y } = await runKernel(gpu, { x }, (p, t) => ({ y: geluErf(p, t.x) }))
    expectClose('gelu', y, [1000, 0], TOLERANCE[gpu.precision])
  },
}

const SIZES = [
  { count: 2, height: 10, width: 15, patch: 5 },
  { count: 3, height: 10, width: 14, patch: 4 },
]

async function patchifyHolds(gpu: Gpu, { count, height, width, patch }: (typeof SIZES)[number]) {
  const frames = floats(gpu, [count, height, width, 3], randomNumbers(4), 'f32')
  const { y } = await runKernel(gpu, { frames }, (p, t) => ({ y: patchifyChannelsFirst(p, t.frames, patch) }))
  const S = Math.ceil(height / patch) * Math.ceil(width / patch)
  const values = 3 * patch ** 2
  const expected = Array.from({ length: count * S * values }, (_, i) => {
    const [frame, s] = [Math.floor(i / values / S), Math.floor(i / values) % S]
    const { at } = reference.channelsFirstValue({ height, width }, patch, s, i % values)
    return frames.values[frame * height * width * 3 + at]!
  })
  expectClose('patches', y, expected, TOLERANCE[gpu.precision])
}

export const patchifyChannelsFirstCases: Cases = {
  'frames that patches fill': gpu => patchifyHolds(gpu, SIZES[0]!),
  'frames that they do not': gpu => patchifyHolds(gpu, SIZES[1]!),
}

async function unpatchifyHolds(gpu: Gpu, { count, height, width, patch }: (typeof SIZES)[number], tanh = false) {
  const S = Math.ceil(height / patch) * Math.ceil(width / patch)
  const values = 3 * patch ** 2
  const random = randomNumbers(5)
  const patches = floats(gpu, [count * S, values], () => 2 * random())
  const blank = floats(gpu, [count, height, width, 3], () => Number.NaN, 'f32')
  const { frames } = await runKernel(gpu, { patches, blank }, (p, t) => {
    unpatchifyChannelsFirst(p, t.patches, patch, t.blank, tanh)
    return { frames: t.blank }
  })
  const expected = new Array<number>(frames.length).fill(Number.NaN)
  patches.values.forEach((v, i) => {
    const [frame, s] = [Math.floor(i / values / S), Math.floor(i / values) % S]
    const { at, isPadding } = reference.channelsFirstValue({ height, width }, patch, s, i % values)
    if (!isPadding) expected[frame * height * width * 3 + at] = tanh ? Math.tanh(v) : v
  })
  expectClose('frames', frames, expected, TOLERANCE.f32)
}

export const unpatchifyChannelsFirstCases: Cases = {
  'frames that patches fill': gpu => unpatchifyHolds(gpu, SIZES[0]!),
  'frames that they do not': gpu => unpatchifyHolds(gpu, SIZES[1]!),
  'values through tanh': gpu => unpatchifyHolds(gpu, SIZES[1]!, true),
}

export const signedPixelsCases: Cases = {
  'every byte of every channel': async gpu => {
    const pictures = words([1, 16, 16], i => i + 256 * (255 - i) + 65536 * ((7 * i) % 256) + 0xab000000)
    const { frames } = await runKernel(gpu, { pictures }, (p, t) => ({ frames: signedPixels(p, t.pictures) }))
    const expected = Array.from({ length: 256 }, (_, i) => [i, 255 - i, (7 * i) % 256]).flat()
    expectClose(
      'frames',
      frames,
      expected.map(byte => byte / 127.5 - 1),
      TOLERANCE.f32,
    )
  },
}

export const shownPixelsCases: Cases = {
  'from -1 … 1 to 0 … 1, and no further': async gpu => {
    const frames = floats(gpu, [1, 2, 1, 3], [-1, 1, 0.5, -3, 1.5, 0], 'f32')
    const blank = floats(gpu, [1, 2, 1, 3], () => Number.NaN, 'f32')
    const { pixels } = await runKernel(gpu, { frames, blank }, (p, t) => {
      shownPixels(p, t.frames, t.blank)
      return { pixels: t.blank }
    })
    expectClose('pixels', pixels, [0, 1, 0.75, 0, 1, 0.5], TOLERANCE.f32)
  },
}

async function fsqHolds(gpu: Gpu, latents: number[], width: number, levels: number, skip = 0) {
  const z = floats(gpu, [latents.length / width, width], latents)
  const codes = ints([skip + latents.length / width], () => 77)
  const got = await runKernel(gpu, { z, codes }, (p, t) => {
    fsq(p, t.z, levels, t.codes)
    return { codes: t.codes }
  })
  const kept = new Array<number>(skip).fill(77)
  expectEqual('codes', got.codes, [...kept, ...reference.fsq(z.values, width, levels)])
}

/** Latents that are far from the edges between digits. */
function clearLatents(count: number, levels: number): number[] {
  const random = randomNumbers(6)
  return Array.from({ length: count }, () => {
    const digit = Math.floor(((random() + 1) / 2) * levels)
    return Math.atanh(Math.max(-0.999, Math.min(0.999, (2 * (digit + 0.3 * random())) / (levels - 1) - 1)))
  })
}

export const fsqCases: Cases = {
  'codes of 3 digits of 3, of 1 digit of 9, of 6 digits of 4': async gpu => {
    for (const [width, levels] of [
      [3, 3],
      [1, 9],
      [6, 4],
    ] as const)
      await fsqHolds(gpu, clearLatents(67 * width, levels), width, levels)
  },
  'halves round to even: 0 is digit 0 of 2, and 2 of 4': async gpu => {
    await fsqHolds(gpu, [0, 0], 2, 2)
    await fsqHolds(gpu, [0], 1, 4)
  },
  'latents of ±1000 are the first and the last digit': gpu => fsqHolds(gpu, [-1000, 1000], 1, 5),
  'the first codes stay as they are': gpu => fsqHolds(gpu, clearLatents(6, 2), 2, 2, 2),
}

export const framePairMeansCases: Cases = {
  '4 frames of 35 tokens of 50': async gpu => {
    const x = floats(gpu, [4 * 35, 50], randomNumbers(7))
    const { y } = await runKernel(gpu, { x }, (p, t) => ({ y: framePairMeans(p, t.x, 35) }))
    expectClose('means', y, reference.framePairMeans(x.values, 35, 50), TOLERANCE[gpu.precision])
  },
}

async function flaxLayerNormHolds(gpu: Gpu, [rows, width, positions]: [number, number, number], scale = 1) {
  const random = randomNumbers(9)
  const inputs = {
    x: floats(gpu, [rows, width], () => scale * random()),
    weight: floats(gpu, [width], random, 'f32'),
    bias: floats(gpu, [width], random, 'f32'),
    position: floats(gpu, [Math.max(positions, 1), width], random),
  }
  const { y } = await runKernel(gpu, inputs, (p, t) => ({
    y: flaxLayerNorm(p, t.x, t.weight, t.bias, positions > 0 ? t.position : undefined),
  }))
  const { x, weight, bias, position } = inputs
  const expected = reference.flaxLayerNorm(
    x.values,
    weight.values,
    bias.values,
    positions > 0 ? position.values : undefined,
  )
  expectClose(`layer norm of width ${width}`, y, expected, TOLERANCE[gpu.precision])
}

export const flaxLayerNormCases: Cases = {
  '33 rows of widths from 1 to 129, without positions': async gpu => {
    for (const width of [50, 12, 1, 129]) await flaxLayerNormHolds(gpu, [33, width, 0])
  },
  'positions of 7 rows that repeat': gpu => flaxLayerNormHolds(gpu, [33, 50, 7]),
  'small numbers, where eps counts': gpu => flaxLayerNormHolds(gpu, [7, 52, 0], 0.002),
}

export const pickTokensCases: Cases = {
  'one token of 7, or all but it, of 5 frames of width 50': async gpu => {
    const x = floats(gpu, [5 * 7, 50], randomNumbers(10))
    for (const [first, count] of [
      [0, 1],
      [1, 6],
      [2, 3],
    ] as const) {
      const { y } = await runKernel(gpu, { x }, (p, t) => ({ y: pickTokens(p, t.x, 7, first, count) }))
      expectClose('tokens', y, reference.pickTokens(x.values, 50, 7, first, count), TOLERANCE[gpu.precision])
    }
  },
}
