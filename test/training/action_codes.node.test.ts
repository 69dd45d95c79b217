// Steps of the search for action codes, compared with PyTorch's (reference/action_codes_bundle.py), and the choice of its codes.

import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import {
  assignEvenly,
  centreErrors,
  chooseTwo,
  objectMotion,
  saturatedErrors,
} from '../../src/training/action_codes/assignment.ts'
import { Generators } from '../../src/training/action_codes/generators.ts'
import { Operators } from '../../src/training/action_codes/operators.ts'
import { choosePatterns, codesOf } from '../../src/training/action_codes/patterns.ts'
import { weightsOfBlocks } from '../../src/training/action_codes/pictures.ts'
import { changingColour } from '../../src/training/action_codes/samples.ts'
import { fitSmoothing, NO_SMOOTHING, smoothed } from '../../src/training/action_codes/smoothing.ts'
import { Random } from '../../src/training/random.ts'
import { bytesSource, readSafetensors } from '../../src/weights/safetensors.ts'

const url = new URL('../golden/action_codes/steps.safetensors', import.meta.url)
const { tensors } = await readSafetensors(bytesSource('steps', await readFile(url)))
const floats = (name: string) => new Float32Array(tensors.get(name)!.data.slice().buffer)
const ints = (name: string) => new Int32Array(tensors.get(name)!.data.slice().buffer)
const [count, height, width] = tensors.get('in.before')!.shape as [number, number, number]
const [, blocks, perBlock] = tensors.get('in.rows')!.shape as [number, number, number]
const K = tensors.get('in.fit_weights')!.shape[2]!

const operators = () => new Operators(K, 2, floats('in.weights'))
const pictures = (name: string) => ({ values: floats(name), count, height, width })
const pixels = { rows: ints('in.rows'), columns: ints('in.columns'), blocks, perBlock }
const samples = operators().samples(pictures('in.before'), pictures('in.after'), pixels)
const means = Float32Array.from({ length: count * K }, (_, i) => {
  const [n, k] = [Math.floor(i / K), i % K]
  let sum = 0
  for (let block = 0; block < blocks; block++) sum += samples.errors[(n * blocks + block) * K + k]!
  return sum / blocks
})

/** Every number within a share of the largest. */
function expectClose(found: ArrayLike<number>, name: string, share = 1e-4) {
  const expected = floats(name)
  const largest = expected.reduce((most, v) => Math.max(most, Math.abs(v)), 0)
  const off = expected.reduce((worst, v, i) => Math.max(worst, Math.abs(v - found[i]!)), 0)
  expect(found).toHaveLength(expected.length)
  expect(off / largest, name).toBeLessThan(share)
}

test('the errors of operators are those of PyTorch', () => expectClose(samples.errors, 'out.errors'))

test('errors are centred by transition, and by operator within a clip, as in PyTorch', () =>
  expectClose(centreErrors(means, K, count / 2), 'out.centred'))

test('an even assignment is that of PyTorch', () => expect([...assignEvenly(means, K)]).toEqual([...ints('out.even')]))

const weights = weightsOfBlocks(samples.changes, perBlock)
const two = chooseTwo(samples.errors, weights, count)

test('the share of blocks that operators do not explain is that of PyTorch', () =>
  expectClose(saturatedErrors(samples.errors, weights, count), 'out.saturated'))

test('two operators, the share of each block, and where the second is the motion of an object', () => {
  expect([...two.a]).toEqual([...ints('out.a')])
  expect([...two.b]).toEqual([...ints('out.b')])
  expectClose(two.share, 'out.share')
  const errorsOfA = weights.map((_, block) => samples.errors[block * K + two.a[Math.floor(block / blocks)]!]!)
  const { b, hasObjectMotion } = objectMotion(errorsOfA, samples.errors, weights, count, 0.1)
  expect([...b]).toEqual([...ints('out.second')])
  expect(hasObjectMotion.map(Number)).toEqual([...ints('out.own')])
})

test('generators: the coefficients of transitions, what blocks count for, what they predict, and three updates', () => {
  const generators = new Generators(2, 1, floats('in.generators'))
  const shared = weights.map((weight, block) => weight * two.share[block]!)
  for (let update = 1; update <= 3; update++) {
    const generated = generators.samples(pictures('in.before'), pictures('in.after'), pixels)
    const found = generators.coefficientsOf(generated, shared, count)
    if (update === 1) {
      expectClose(found.coefficients, 'out.amounts')
      expectClose(found.fitWeights, 'out.amounts.fit_weights')
      const large = found.coefficients.map(coefficient => 3 * coefficient)
      expectClose(
        generators.apply(pictures('in.before'), generated, generators.atMostAPixel(large)).values,
        'out.small',
      )
    }
    generators.learn(pictures('in.before'), pixels, generated, found)
  }
  expectClose(generators.weights, 'out.generators')
})

test('a coordinate that is nonzero only once is not kept, however well the halves agree on it', () => {
  const random = new Random(5)
  const whole = Array.from({ length: 500 }, (_, n) => [n === 9 ? 1 : 0, ...[1, 2, 3].map(() => random.integer(3) - 1)])
  // One half in ten differs in the second coordinate, two of three in the others.
  const half = () =>
    whole.map(([once, ...v]) => [once!, ...v.map((x, d) => (random.integer(30) < [3, 20, 20][d]! ? 1 : x))])
  expect(choosePatterns(whole, [half(), half()], 1, 3).kept).toEqual([1])
})

test('a dead zone is as wide as the noise, and no wider than what moves', () => {
  const random = new Random(2, 0)
  const motion = Array.from({ length: 600 }, () => [random.integer(3) - 1, random.integer(3) - 1] as const)
  const noise = (size: number) => (size * (random.integer(201) - 100)) / 100
  const half = () => motion.map(([large, small]) => [4 * large + noise(0.35), 0.28 * small + noise(0.05)])
  const { deadZones, signs } = choosePatterns(half(), [half(), half()], 1, 9)
  expect(deadZones).toEqual([0.4, 0.15])
  expect(signs).toHaveLength(9)
})

test('the smoothing of coordinates and smoothed runs are those of PyTorch', () => {
  const [count, length] = tensors.get('in.runs')!.shape as [number, number, number]
  const values = floats('in.runs')
  const runs = Array.from({ length: count }, (_, r) =>
    Array.from({ length }, (_, t) => [...values.subarray(4 * (r * length + t), 4 * (r * length + t + 1))]),
  )
  const smoothing = [0, 1, 2, 3].map(d => fitSmoothing(runs.map(run => run.map(v => v[d]!))))
  expectClose(smoothing.flat(), 'out.smoothing')
  expectClose(runs.flatMap(run => smoothed(run, smoothing)).flat(), 'out.smoothed')
  // What is drawn at whole pixels takes from its neighbours, what is exact does not.
  expect(smoothing[0]![1]).toBeGreaterThan(0.1)
  expect(smoothing[1]).toEqual([expect.closeTo(1), expect.closeTo(0)])
  expect(smoothing[3]).toEqual(NO_SMOOTHING)
})

test('a slow motion that is drawn at whole pixels has one code, not three', () => {
  const random = new Random(4, 0)
  // Runs of 0.4 pixels to the left or to the right per frame, and of none.
  const speeds = Array.from({ length: 240 }, () => 0.4 * (random.integer(3) - 1))
  const runs = speeds.map(speed => {
    const start = random.integer(1000) / 1000
    const place = (t: number) => Math.round(start + speed * t)
    return Array.from({ length: 8 }, (_, t) => [place(t + 1) - place(t)])
  })
  const all = runs.flat()
  const patterns = choosePatterns(all, [all, all], 8, 3)
  const share = (of: typeof patterns) => {
    const right = runs.map((run, r) => codesOf(run, of).map(code => of.signs[code]![0] === Math.sign(speeds[r]!)))
    return right.flat().filter(Boolean).length / all.length
  }
  expect(share(patterns)).toBeGreaterThan(0.85)
  expect(share({ ...patterns, smoothing: [NO_SMOOTHING] })).toBeLessThan(0.7)
})

test('the colour that changes most is that of PyTorch', () => {
  const frames = Uint8Array.from(ints('in.colours'))
  const size = frames.length / 3
  expectClose(
    [0, 1, 2].flatMap(n => changingColour(frames.subarray(n * size, (n + 1) * size))),
    'out.colours',
  )
})

test('operators after four updates and after eight, what they predict, and their moments are those of PyTorch', () => {
  const layer = operators()
  for (let update = 1; update <= 8; update++) {
    layer.learn(samples, floats('in.fit_weights'), 2)
    if (update === 4) expectClose(layer.weights, 'out.weights.4')
  }
  expectClose(layer.weights, 'out.weights.8')
  expectClose(layer.apply(pictures('in.before'), ints('in.chosen')).values, 'out.predicted')
  expectClose(Array.from({ length: K }, (_, k) => layer.moment(k)).flat(), 'out.moments')
})
