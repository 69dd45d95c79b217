// A whole search for action codes: it finds which way a scene scrolls, resumes where it was interrupted, and fits into the given seconds.

import { expect, test } from 'vitest'
import type { CodesFile } from '../../src/training/action_codes/saved_search.ts'
import { findActionCodes, type SearchOptions } from '../../src/training/action_codes/search.ts'
import { FULL_SEARCH, shortened } from '../../src/training/action_codes/search_size.ts'
import { discoveredTargets } from '../../src/training/action_codes/targets.ts'
import { TransitionCoder } from '../../src/training/action_codes/transition_coder.ts'
import type { Clips } from '../../src/training/data/clips.ts'
import { PRESETS } from '../../src/training/presets.ts'
import { Random } from '../../src/training/random.ts'
import { bytesSource, joined, readSafetensors, writeSafetensors } from '../../src/weights/safetensors.ts'

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
  await refused(search({ from, searchSize: { ...SHORT, twoOperatorSteps: 7 } }), `${saved} used {"operators`)
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
    /^codes\.file: the saved search for actions used \{"operators":.*\}, but .* is requested: delete it$/,
  )
  await expect(find({ tensors: new Map(), metadata: {} })).rejects.toThrow(
    'codes.file: the action codes have no tensor operators.weight: they are damaged, or written by an earlier version: delete it',
  )
})
