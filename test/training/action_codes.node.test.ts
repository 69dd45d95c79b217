// Action codes: steps without random numbers are compared with PyTorch's (reference/action_codes_bundle.py), and a whole search finds
// which way a scene scrolls.

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
import type { CodesFile } from '../../src/training/action_codes/saved_search.ts'
import { findActionCodes, type SearchOptions } from '../../src/training/action_codes/search.ts'
import { FULL_SEARCH, shortened } from '../../src/training/action_codes/search_size.ts'
import { fitSmoothing, NO_SMOOTHING, smoothed } from '../../src/training/action_codes/smoothing.ts'
import { discoveredTargets } from '../../src/training/action_codes/targets.ts'
import { TransitionCoder } from '../../src/training/action_codes/transition_coder.ts'
import type { Clips } from '../../src/training/data/clips.ts'
import { PRESETS } from '../../src/training/presets.ts'
import { Random } from '../../src/training/random.ts'
import { bytesSource, joined, readSafetensors, writeSafetensors } from '../../src/weights/safetensors.ts'

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

test('the errors of operators', () => expectClose(samples.errors, 'out.errors'))

test('errors centred by transition, and by operator within a clip', () =>
  expectClose(centreErrors(means, K, count / 2), 'out.centred'))

test('an even assignment', () => expect([...assignEvenly(means, K)]).toEqual([...ints('out.even')]))

const weights = weightsOfBlocks(samples.changes, perBlock)
const two = chooseTwo(samples.errors, weights, count)

test('the share of blocks that operators do not explain', () =>
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

test('the smoothing of coordinates, and smoothed runs', () => {
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

test('the colour that changes most', () => {
  const frames = Uint8Array.from(ints('in.colours'))
  const size = frames.length / 3
  expectClose(
    [0, 1, 2].flatMap(n => changingColour(frames.subarray(n * size, (n + 1) * size))),
    'out.colours',
  )
})

test('operators after four updates and after eight, what they predict, and their moments', () => {
  const layer = operators()
  for (let update = 1; update <= 8; update++) {
    layer.learn(samples, floats('in.fit_weights'), 2)
    if (update === 4) expectClose(layer.weights, 'out.weights.4')
  }
  expectClose(layer.weights, 'out.weights.8')
  expectClose(layer.apply(pictures('in.before'), ints('in.chosen')).values, 'out.predicted')
  expectClose(Array.from({ length: K }, (_, k) => layer.moment(k)).flat(), 'out.moments')
})

const SIZE = 16
/** Clips of a scene that goes 2 pixels to the left, stays, or goes to the right, at random in every frame. */
const scrolling = (clip: number) => {
  const random = new Random(7, clip)
  const places = [64]
  while (places.length < 10) places.push(places.at(-1)! + 2 * (random.integer(3) - 1))
  return { places, texture: Array.from({ length: 128 * SIZE * 3 }, () => 40 + random.integer(180)) }
}
const clips: Clips = {
  clips: 60,
  length: 10,
  async frames(clip, first, count) {
    const { places, texture } = scrolling(clip)
    return Uint8Array.from({ length: count * SIZE * SIZE * 3 }, (_, i) => {
      const [c, x, y, t] = [
        i % 3,
        Math.floor(i / 3) % SIZE,
        Math.floor(i / 3 / SIZE) % SIZE,
        Math.floor(i / 3 / SIZE ** 2),
      ]
      return texture[(y * 128 + x + places[first + t]!) * 3 + c]!
    })
  },
}

test('finds which way a scene goes, and writes it so that it can be read again', async () => {
  const frame = { height: SIZE, width: SIZE }
  const found = await findActionCodes(clips, frame, 8, 1)
  const again = TransitionCoder.restore(new Map(Object.entries(found.toTensors())), frame)
  const counts = Array.from({ length: 8 }, () => [0, 0, 0])
  for (let clip = 0; clip < 20; clip++) {
    const codes = await found.encode(clips, clip)
    expect(await again.encode(clips, clip)).toEqual(codes)
    const { places } = scrolling(clip)
    codes.forEach((code, t) => {
      counts[code]![1 + Math.sign(places[t + 1]! - places[t]!)]!++
    })
  }
  // Every code stands for one way: the best map from codes to ways is right for nearly all transitions.
  const right = counts.reduce((sum, ways) => sum + Math.max(...ways), 0)
  expect(right / (20 * 9), JSON.stringify(counts)).toBeGreaterThan(0.9)
})

test('clips that are too small are refused in one sentence', async () => {
  await expect(findActionCodes(clips, { height: 8, width: 16 }, 8, 1)).rejects.toThrow(
    'the clips have 10 frames of 8×16 pixels, finding actions needs at least 2 of 16×16',
  )
})

const FRAME = { height: SIZE, width: SIZE }
/** A search that takes a moment. */
const SHORT = {
  operators: { count: 4, radius: 2 },
  generators: { count: 2, radius: 1 },
  oneOperatorSteps: 12,
  twoOperatorSteps: 6,
  generatorSteps: 4,
  codeTransitions: 130,
}
const search = (options: SearchOptions) => findActionCodes(clips, FRAME, 8, 1, { searchSize: SHORT, ...options })

/** The codes that a search finds, and its state after every step, as files. */
async function watched(options: SearchOptions = {}) {
  const files: Uint8Array[] = []
  const save = async ({ tensors, metadata }: CodesFile) => {
    files.push(joined(writeSafetensors(Object.fromEntries(tensors), metadata)))
  }
  const found = await search({ saveSeconds: 0, save, ...options })
  const states = await Promise.all(files.map(file => readSafetensors(bytesSource('state', file))))
  return { tensors: found.toTensors(), codes: await found.encode(clips, 3), states }
}
const whole = await watched()

test.each([
  ['its first steps', 4],
  ['steps with two operators', 15],
  ['steps of generators', 20],
  ['choosing the codes', 23],
])('a search that is interrupted in %s resumes from there to the same codes', async (_, steps) => {
  const shares: number[] = []
  const again = await search({ from: whole.states[steps - 1]!, onProgress: share => shares.push(share) })
  expect(again.toTensors()).toEqual(whole.tensors)
  expect(await again.encode(clips, 3)).toEqual(whole.codes)
  expect(shares).toHaveLength(whole.states.length - steps + 1)
  expect(shares[0]).toBeGreaterThan(0.8 * (Math.min(steps, 22) / 22) - 1e-9)
})

test('a search keeps the seconds that it began with', async () => {
  const hurried = await watched({ seconds: 0 })
  expect(hurried.states.length).toBe(12 + 1 + 1 + 1)
  for (const steps of [4, 13])
    expect((await search({ from: hurried.states[steps]! })).toTensors()).toEqual(hurried.tensors)
})

test('what there is time for follows the pace of the first steps, and a pause does not count', () => {
  const times = [1, 2, 1, 2, 1, 2, 1, 2, 1, 2]
  const half = shortened(FULL_SEARCH, 1.5 * (40 + (220 + 96 + 125) / 2), times)
  expect(half).toEqual({ ...FULL_SEARCH, twoOperatorSteps: 100, generatorSteps: 60, codeTransitions: 1024 })
  expect(shortened(FULL_SEARCH, 1e9, times)).toEqual(FULL_SEARCH)
  expect(shortened(FULL_SEARCH, 0, times)).toEqual({
    ...FULL_SEARCH,
    twoOperatorSteps: 20,
    generatorSteps: 12,
    codeTransitions: 205,
  })
  expect(shortened(FULL_SEARCH, 1.5 * (40 + (220 + 96 + 125) / 2), times.with(5, 1000))).toEqual(half)
})

test('a search in another video, by another seed or setting, or a damaged one is refused in one sentence', async () => {
  const from = whole.states[3]!
  const other = {
    ...clips,
    frames: async (...at: Parameters<Clips['frames']>) => (await clips.frames(...at)).fill(9, 0, 5),
  }
  const options = { searchSize: SHORT, from }
  const refused = (run: Promise<unknown>, sentence: string) => expect(run).rejects.toThrow(sentence)
  const saved = 'the saved search for actions'
  await refused(findActionCodes(other, FRAME, 8, 1, options), `${saved} was made in another video`)
  await refused(
    findActionCodes({ ...clips, clips: 50 }, FRAME, 8, 1, options),
    `${saved} used 60 clips of 10 frames of 16×16 pixels, but 50 clips of 10 frames of 16×16 pixels are given`,
  )
  await refused(findActionCodes(clips, FRAME, 8, 2, options), `${saved} used seed 1, but seed 2 is requested`)
  await refused(findActionCodes(clips, FRAME, 6, 1, options), `${saved} was for 8 actions, but 6 are requested`)
  await refused(search({ from, searchSize: { ...SHORT, twoOperatorSteps: 7 } }), `${saved} has another size`)
  const { progress: _, ...metadata } = from.metadata
  await refused(search({ from: { ...from, metadata } }), 'the saved search for actions is damaged')
  const short = new Map([...from.tensors]).set('generators.sums', from.tensors.get('runs')!)
  await refused(
    search({ from: { ...from, tensors: short } }),
    'generators.sums of the saved search for actions has 0 bytes, expected 2736',
  )
})

test('a file of codes that is refused is named, with what to do', async () => {
  const { latent_action, ...rest } = PRESETS.nano.config
  const config = { ...rest, frame: { ...FRAME, rate: 10 }, latent_action }
  const find = (kept: CodesFile) =>
    discoveredTargets({
      config,
      clips,
      codeStore: { name: 'codes.file', advice: 'delete it', read: async () => kept, write: async () => undefined },
    })
  const { progress: _, ...metadata } = whole.states[3]!.metadata
  const damaged = { ...whole.states[3]!, metadata }
  await expect(find(damaged)).rejects.toThrow('codes.file: the saved search for actions is damaged: delete it')
  await expect(find(whole.states[3]!)).rejects.toThrow(
    'codes.file: the saved search for actions has another size: delete it',
  )
  await expect(find({ tensors: new Map(), metadata: {} })).rejects.toThrow(
    'codes.file: the action codes have no tensor operators.weight: they are damaged, or written by an earlier version: delete it',
  )
})
