// Initial weights, random numbers and target codes.

import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { dynamicsTensors } from '../../src/model/dynamics.ts'
import { tokenizerTensors } from '../../src/model/tokenizer.ts'
import { patchWeights, pixelWeights } from '../../src/training/data/pixel_weights.ts'
import { compareFrames } from '../../src/training/init/compare_frames.ts'
import { attendNeighbours, attendPreviousFrame, InitialWeights } from '../../src/training/init/initial_weights.ts'
import { sphericalKmeans } from '../../src/training/init/kmeans.ts'
import { leastSquares } from '../../src/training/init/least_squares_head.ts'
import { embeddingScales, initPatchEmbedding, initPixelHead, principalComponents } from '../../src/training/init/pca.ts'
import { Random } from '../../src/training/random.ts'
import { drawMask } from '../../src/training/recipe_dynamics.ts'
import { bytesSource, readSafetensors } from '../../src/weights/safetensors.ts'
import { smallConfig } from '../helpers/random_model.ts'

describe('random numbers', () => {
  test('are the same for the same seeds, and differ between seeds', () => {
    const draw = (...seeds: number[]) =>
      Array.from(
        { length: 5 },
        (
          random => () =>
            random.uniform()
        )(new Random(...seeds)),
      )
    expect(draw(1, 7)).toEqual(draw(1, 7))
    expect(draw(1, 7)).not.toEqual(draw(7, 1))
    expect(draw(1, 7)).not.toEqual(draw(1, 8))
  })

  test('are uniform between 0 and 1, and normal with deviation 1', () => {
    const random = new Random(3)
    const mean = (next: () => number) => Array.from({ length: 20000 }, next).reduce((a, b) => a + b) / 20000
    expect(mean(() => random.uniform())).toBeCloseTo(0.5, 1.7)
    expect(mean(() => random.uniform() ** 2)).toBeCloseTo(1 / 3, 1.7)
    expect(mean(() => random.normal())).toBeCloseTo(0, 1.3)
    expect(mean(() => random.normal() ** 2)).toBeCloseTo(1, 1.2)
  })
})

test('the head inverts the embedding: a patch survives both', () => {
  const config = smallConfig({ tokenizer: { patch: 2, width: 12, code_width: 6 } })
  const random = new Random(1)
  // Patches of 12 values that vary in 5 ways.
  const ways = Array.from({ length: 5 }, () => Array.from({ length: 12 }, () => 0.03 * random.normal()))
  const patches = Float32Array.from({ length: 300 * 12 }, () => 0)
  for (let n = 0; n < 300; n++) {
    const amounts = ways.map(() => random.normal())
    for (let i = 0; i < 12; i++)
      patches[n * 12 + i] = 0.5 + amounts.reduce((sum, amount, way) => sum + amount * ways[way]![i]!, 0)
  }
  const m = new InitialWeights(tokenizerTensors(config), random)
  const components = principalComponents(patches, 12, 12, random)
  expect(components.deviations[4]).toBeGreaterThan(0.01)
  expect(components.deviations[5]).toBeLessThan(1e-4)
  const scales = embeddingScales(components, 12)
  initPatchEmbedding(m, 'encoder.patch', components, scales)
  initPixelHead(m, 'decoder.head', components, scales)
  const layer = (name: string, x: number[]) => {
    const { shape, values } = m.get(`${name}.weight`)
    const bias = m.get(`${name}.bias`).values
    return Array.from(bias, (b, o) => x.reduce((sum, v, i) => sum + v * values[o * shape[1]! + i]!, b))
  }
  let [error, spread] = [0, 0]
  for (let n = 0; n < 300; n++) {
    const patch = Array.from(patches.subarray(n * 12, (n + 1) * 12))
    const drawn = layer('decoder.head', layer('encoder.patch', patch)).map(v => 1 / (1 + Math.exp(-v)))
    patch.forEach((v, i) => {
      error += (v - drawn[i]!) ** 2
      spread += (v - 0.5) ** 2
    })
  }
  expect(error / spread).toBeLessThan(0.01)
})

test('k-means finds the centre of every cluster of latents', () => {
  const random = new Random(2)
  const clusters = [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, -1],
    [-0.6, 0.8, 0],
  ]
  const latents = Float32Array.from({ length: 400 * 3 })
  for (let n = 0; n < 400; n++) {
    const near = clusters[n % 4]!.map(v => v + 0.05 * random.normal())
    latents.set(
      near.map(v => v / Math.hypot(...near)),
      3 * n,
    )
  }
  const codes = sphericalKmeans(latents, 3, 4, random)
  for (const cluster of clusters) {
    const products = [0, 1, 2, 3].map(k => cluster.reduce((sum, v, i) => sum + v * codes[3 * k + i]!, 0))
    expect(Math.max(...products)).toBeGreaterThan(0.999)
  }
})

test('spatial heads attend to their neighbours at first, temporal heads to the previous frame', () => {
  const config = smallConfig({
    dynamics: { width: 96, heads: 4, layers: 1, window: 3 },
    frame: { height: 20, width: 24 },
  })
  const m = new InitialWeights(dynamicsTensors(config), new Random(1))
  const [rows, columns] = [5, 6]
  m.fill(/qkv/, 0) // without random values
  attendNeighbours(m, { rows, columns, heads: 4 })
  const position = (s: number) => m.get('position').values.subarray(s * 96 + 72, (s + 1) * 96)
  const { values } = m.get('blocks.0.spatial.qkv.weight')
  const project = (s: number, part: number, head: number) =>
    Array.from({ length: 24 }, (_, i) =>
      position(s).reduce((sum, v, c) => sum + v * values[(part * 96 + head * 24 + i) * 96 + 72 + c]!, 0),
    )
  const here = 2 * columns + 2
  const seen = [0, 1, 2, 3].map(head => {
    const query = project(here, 0, head)
    const scores = Array.from({ length: rows * columns }, (_, s) =>
      project(s, 1, head).reduce((sum, k, i) => sum + k * query[i]!, 0),
    )
    return scores.indexOf(Math.max(...scores))
  })
  expect(seen).toEqual([here - 1, here + 1, here - columns, here + columns])
  attendPreviousFrame(m)
  expect(Array.from(m.get('blocks.0.temporal.bias').values)).toEqual([0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 4, 0])
})

test('the residuals of least squares are uncorrelated with the features, and the classes are separated', () => {
  const random = new Random(3)
  const rows = Array.from({ length: 200 }, () => Float32Array.from({ length: 5 }, () => 2 + random.normal()))
  const classes = rows.map(([a, b, c]) => (a! > b! ? 0 : b! > c! ? 1 : 2))
  const { weight, bias } = leastSquares(rows, classes, 3)
  const scores = rows.map(row => Array.from(weight, (w, k) => row.reduce((sum, v, i) => sum + v * w[i]!, bias[k]!)))
  const right = scores.filter((s, n) => s.indexOf(Math.max(...s)) === classes[n]).length
  expect(right / rows.length).toBeGreaterThan(0.8)
  for (const k of [0, 1, 2]) {
    const share = classes.filter(c => c === k).length / classes.length
    const errors = scores.map((s, n) => Number(classes[n] === k) - share - s[k]!)
    for (const feature of [0, 1, 2, 3, 4])
      expect(Math.abs(errors.reduce((sum, e, n) => sum + e * rows[n]![feature]!, 0)) / rows.length).toBeLessThan(1e-4)
  }
})

test('an encoder that compares frames is the reference’s', async () => {
  const url = new URL('../golden/starts/compare_frames.safetensors', import.meta.url)
  const { tensors, metadata } = await readSafetensors(bytesSource('starts', await readFile(url)))
  const given = (name: string) => new Float32Array(tensors.get(name)!.data.slice().buffer)
  const [patch, heads] = [Number(metadata.patch), Number(metadata.heads)]
  const size = 3 * patch ** 2
  const names = [...tensors.keys()].flatMap(name => (name.startsWith('out.') ? [name.slice(4)] : []))
  const init = { constant: 0 }
  const specs = names.map(name => ({ name, shape: tensors.get(`in.${name}`)!.shape, init }))
  const second = { name: 'encoder.blocks.1.ffn.out.bias', shape: [1], init }
  const m = new InitialWeights(
    [...specs, second, { ...second, name: 'encoder.blocks.1.ffn.out.weight' }],
    new Random(1),
  )
  for (const name of names) m.get(name).values.set(given(`in.${name}`))
  const basis = given('in.basis')
  const components = {
    mean: Float64Array.from(given('in.mean')),
    basis: Array.from({ length: size }, (_, i) => Float64Array.from(basis.subarray(i * size, (i + 1) * size))),
    deviations: [...given('in.deviations')],
  }
  let drawn = 0
  const chance = { normal: () => 2 * Math.sin(12.9898 * drawn++) }
  const flat = given('in.kernels')
  const kernels = { side: 3, values: [0, 1, 2].map(k => flat.slice(9 * k, 9 * (k + 1))) }
  compareFrames(m, { components, patches: given('in.patches'), patch, kernels, heads }, chance)
  for (const name of names) {
    const [before, expected] = [given(`in.${name}`), given(`out.${name}`)]
    const largest = expected.reduce((a, b) => Math.max(a, Math.abs(b)), 0)
    const off = m.get(name).values.reduce((worst, v, i) => Math.max(worst, Math.abs(v - expected[i]!)), 0)
    expect(off, name).toBeLessThanOrEqual(2e-5 * largest)
    const isChanged = /position|patch|blocks\.0\.(spatial\.out|temporal\.(qkv|out)|ffn\.(in|out\.weight))/.test(name)
    expect(
      expected.some((v, i) => v !== before[i]),
      `${name} changes`,
    ).toBe(isChanged)
  }
})

test('frame 0 is never masked, a batch always has a mask, and four in ten frames have none', () => {
  const random = new Random(4)
  let clean = 0
  for (let n = 0; n < 200; n++) {
    const mask = drawMask(2, 4, 10, random)
    const frames = Array.from({ length: 8 }, (_, f) => mask.subarray(f * 10, (f + 1) * 10).reduce((a, b) => a + b, 0))
    expect([frames[0], frames[4]]).toEqual([0, 0])
    expect(frames.reduce((a, b) => a + b)).toBeGreaterThan(0)
    clean += [5, 6, 7].filter(f => frames[f] === 0).length
  }
  expect(clean / 600).toBeGreaterThan(0.35)
  expect(clean / 600).toBeLessThan(0.55)
})

test('pixels that change between frames weigh six times as much as others', () => {
  const config = smallConfig({ frame: { height: 5, width: 6 } })
  const frames = new Uint32Array(3 * 30).fill(0x404040)
  frames[30 + 2 * 6 + 3] = 0x4040ff // one pixel of the second frame
  const weights = pixelWeights(config, frames, 3)
  expect(weights.reduce((a, b) => a + b) / weights.length).toBeCloseTo(1, 5)
  expect([...weights].flatMap((weight, i) => (weight > 1 ? [i] : []))).toEqual([15, 45, 75])
  expect(weights[15]! / weights[0]!).toBeCloseTo(6, 4)
  expect(new Set(pixelWeights(config, frames, 1))).toEqual(new Set([1]))
  // Patches of 3 pixels: the pixel is in the fourth, and more than a twentieth of it.
  const patches = patchWeights(config, frames, 3, 3)
  expect([...patches].map(weight => Math.round(weight / patches[0]!))).toEqual([1, 6, 1, 1, 1, 6, 1, 1, 1, 6, 1, 1])
})
