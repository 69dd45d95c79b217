// A search for action codes that collapses is repeated. The search itself is replaced here by one that always collapses.

import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { SearchOptions } from '../../src/training/action_codes/search.ts'
import { discoveredTargets } from '../../src/training/action_codes/targets.ts'
import type { Clips } from '../../src/training/data/clips.ts'
import { PRESETS } from '../../src/training/presets.ts'

let now = 0 // milliseconds
let took = 0 // seconds of each search
const searches: { seed: number; seconds: number | undefined }[] = []

vi.mock('../../src/training/action_codes/search.ts', () => ({
  findActionCodes: async (_: Clips, __: unknown, ___: number, seed: number, { seconds }: SearchOptions) => {
    searches.push({ seed, seconds })
    now += 1000 * took
    return { kernels: [], encode: async () => new Int32Array(5) }
  },
}))

beforeEach(() => {
  searches.length = notices.length = 0
  vi.spyOn(performance, 'now').mockImplementation(() => now)
})
afterEach(() => void vi.restoreAllMocks())

const clips: Clips = { clips: 2, length: 6, frames: async (_, __, count) => new Uint8Array(count * 64 * 64 * 3) }

const notices: string[] = []

async function secondsOfSearches(searchSeconds?: number) {
  const context = { config: PRESETS.nano.config, clips, onNotice: (sentence: string) => notices.push(sentence) }
  await discoveredTargets(searchSeconds === undefined ? context : { ...context, searchSeconds })
  expect(searches.map(({ seed }) => seed)).toEqual([1, 2, 3])
  return searches.map(({ seconds }) => seconds)
}

test('it gets what is left of the seconds', async () => {
  took = 20
  expect(await secondsOfSearches(90)).toEqual([90, 70, 50])
})

test('it gets a third of the seconds at the least', async () => {
  took = 80
  expect(await secondsOfSearches(90)).toEqual([90, 30, 30])
})

test('without a number of seconds it has none, either', async () => {
  expect(await secondsOfSearches()).toEqual([undefined, undefined, undefined])
})

test('each time it says so, and after the last what to do', async () => {
  await secondsOfSearches()
  const collapsed = 'the search has collapsed to code 0, 100 % of all transitions: '
  expect(notices).toEqual([
    `${collapsed}looking again with seed 2`,
    `${collapsed}looking again with seed 3`,
    `${collapsed}record a video in which more happens`,
  ])
})
