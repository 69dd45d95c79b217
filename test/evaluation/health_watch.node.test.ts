// When health is measured during a training, when the training starts over, and what the next one gets.

import { expect, test } from 'vitest'
import { HealthWatch } from '../../src/evaluation/health_watch.ts'
import { Attempt, hasCollapsed } from '../../src/training/attempt.ts'
import { warmUpShare } from '../../src/training/loop.ts'
import { warmUpSteps } from '../../src/training/resumable.ts'

/** A watch whose measurements take `duration` seconds and find `codeShares`. `after` says whether it measured. */
function watched(
  attempt: Attempt,
  codeShares: number[],
  duration = 1,
  component: 'latent_action' | 'tokenizer' = 'latent_action',
) {
  let now = 0
  const watch = new HealthWatch(
    component,
    attempt,
    step => step < 100,
    () => 1000 * now,
  )
  const told: { restarts: number; startsOver: boolean }[] = []
  return {
    watch,
    told,
    async after(seconds: number, step: number, progress = 0.5) {
      now += seconds
      const health = await watch.afterStep(step, progress, async restarts => {
        told.push(restarts)
        now += duration
        return { numbers: { codeShares } }
      })
      return health !== undefined
    },
  }
}

test('health is measured after the warm-up, after a minute, and before the last step', async () => {
  const { after } = watched(new Attempt(1), [0.5, 0.5])
  expect(await after(59, 200)).toBe(false)
  expect(await after(2, 99)).toBe(false)
  expect(await after(0, 100, 1)).toBe(false)
  expect(await after(0, 100)).toBe(true)
  expect(await after(59, 200)).toBe(false)
  expect(await after(1, 300)).toBe(true)
  expect(await watched(new Attempt(1), [0.5, 0.5], 1, 'tokenizer').after(100, 200)).toBe(false)
})

test('a measurement takes no more than a twentieth of the time', async () => {
  const { after } = watched(new Attempt(1), [0.5, 0.5], 10)
  expect(await after(60, 100)).toBe(true)
  expect(await after(199, 200)).toBe(false)
  expect(await after(1, 300)).toBe(true)
})

test('collapsed codes start a training over twice, with the next seeds, and not a third time', async () => {
  let attempt = new Attempt(5)
  const seeds: number[] = []
  for (const startsOver of [true, true, false]) {
    const { watch, told, after } = watched(attempt, [0.04, 0.96])
    await after(60, 100)
    expect(told).toEqual([{ restarts: seeds.length, startsOver }])
    expect(watch.startsOver).toBe(startsOver)
    seeds.push(attempt.seed)
    attempt = attempt.next(10, 60)
  }
  expect(seeds).toEqual([5, 6, 7])
  const even = watched(new Attempt(1), [0.5, 0.5])
  await even.after(60, 100)
  expect(even.watch.startsOver).toBe(false)
})

test('a training that starts over gets what is left, but at least half', () => {
  const first = new Attempt(1)
  expect([first.stepsOf(1001), first.secondsOf(600)]).toEqual([1001, 600])
  const early = first.next(100, 60)
  expect([early.stepsOf(1001), early.secondsOf(600)]).toEqual([901, 540])
  const late = early.next(800, 500)
  expect([late.stepsOf(1001), late.secondsOf(600)]).toEqual([501, 300])
})

test('a checkpoint says which attempt follows; one of an earlier version is of the first', () => {
  const second = new Attempt(1).next(100, 60)
  expect(Attempt.of(undefined, 3)).toEqual(new Attempt(3))
  expect(Attempt.of({ step: '7', seconds: '5' }, 1)).toEqual(new Attempt(1))
  const metadata: Record<string, string> = { ...second.metadata(false), step: '30', seconds: '20.5' }
  expect([metadata.seed, metadata.restarts, hasCollapsed(metadata)]).toEqual(['2', '1', false])
  expect(Attempt.of(metadata, 1)).toEqual(second)
  const collapsed = { ...second.metadata(true), step: '30', seconds: '20.5' }
  expect(hasCollapsed(collapsed)).toBe(true)
  expect(Attempt.of(collapsed, 1)).toEqual(second.next(30, 20.5))
})

test('the warm-up is a tenth of the steps, at most 100', () => {
  expect([4, 10, 995, 5000, undefined].map(steps => warmUpSteps(steps))).toEqual([1, 1, 100, 100, 100])
})

test('where the length is a time, the warm-up ends after 100 steps or a tenth of it', () => {
  const share = (step: number, progress: number) => warmUpShare({ step, progress }, warmUpSteps())
  expect([share(50, 0.001), share(100, 0.002), share(5000, 0.5)]).toEqual([0.5, 1, 1])
  expect([share(3, 0.05), share(6, 0.1), share(20, 0.4)]).toEqual([0.5, 1, 1])
  // Where the steps are known, both are one rule.
  for (const steps of [4, 15, 60, 995, 5000])
    for (let step = 1; step <= Math.min(steps, 110); step++)
      expect(warmUpShare({ step, progress: (step - 1) / steps }, warmUpSteps(steps))).toBe(
        Math.min(1, step / warmUpSteps(steps)),
      )
})
