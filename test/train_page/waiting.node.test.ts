// Parts of the training page that show and pause long work: the estimate of what is left, clips that can be paused, and what to do after
// a failure.

import { expect, test } from 'vitest'
import { GpuError } from '../../src/gpu/errors.ts'
import { PausableClips } from '../../src/train_page/pausable_clips.ts'
import { whatNext } from '../../src/train_page/what_next.ts'
import { OtherSearch } from '../../src/training/action_codes/saved_search.ts'
import { TrainingError } from '../../src/training/step.ts'
import { Remaining } from '../../src/ui/remaining.ts'
import { FormatError } from '../../src/weights/format_error.ts'

test('what is left follows the pace, and a pause does not count', () => {
  let now = 0
  const remaining = new Remaining(() => now)
  expect(remaining.after(0.1)).toBe(undefined)
  now = 10_000
  expect(remaining.after(0.3)).toBeCloseTo(35, 9)
  remaining.pause()
  now = 1_000_000
  expect(remaining.after(0.3)).toBe(undefined)
  now += 5_000
  expect(remaining.after(0.4)).toBeCloseTo(30, 9)
  expect(remaining.after(1)).toBe(0)
})

test('pausable clips make a reader wait where that is allowed, and give the same frames afterwards', async () => {
  const told: string[] = []
  const source = { clips: 2, length: 3, frames: async (clip: number) => Uint8Array.of(clip), moves: Int32Array.of(1) }
  const clips = new PausableClips(source, () => told.push('paused'))
  expect([clips.clips, clips.length, clips.moves]).toEqual([2, 3, source.moves])
  clips.pause()
  // A training step must not wait.
  expect(await clips.frames(1, 0, 1)).toEqual(Uint8Array.of(1))
  clips.mayWait = true
  const reading = clips.frames(0, 0, 1).then(frames => told.push(`read ${frames}`))
  await new Promise(resolve => setTimeout(resolve))
  expect(told).toEqual(['paused'])
  clips.resume()
  await reading
  expect(told).toEqual(['paused', 'read 0'])
  expect(await clips.frames(1, 0, 1)).toEqual(Uint8Array.of(1))
})

test('what to do next depends on what went wrong', () => {
  expect(whatNext(new GpuError('full', 'out-of-memory'))).toMatch(/^Close other tabs .* smaller size\.$/)
  expect(whatNext(new TrainingError('not finite', 3))).toMatch(/^Press “Resume” to train from the last checkpoint/)
  expect(whatNext(new OtherSearch('in another video'))).toMatch(/^Choose again the video .* press “Start over”\.$/)
  expect(whatNext(new FormatError('broken'))).toMatch(/“Start over”/)
  expect(whatNext(new DOMException('', 'NotFoundError'))).toMatch(/choose it again/)
  expect(whatNext(new Error('anything'))).toMatch(/^Press “Resume” to try again/)
})
