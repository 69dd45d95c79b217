// Replays and their keyframes.

import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parseConfig } from '../../src/families/parse_config.ts'
import { Keyframes } from '../../src/play_page/keyframes.ts'
import { Replay } from '../../src/play_page/replay.ts'
import type { World } from '../../src/world/world.ts'

const SAMPLING = { seed: 1, steps: 2, temperature: 1, choice_temperature: 1, guidance: 1 }

test('a replay gives the action and the sampling of each frame after the prompt, and then ends', () => {
  const other = { ...SAMPLING, steps: 5 }
  const played = [
    { sampling: SAMPLING, actions: [3, 4] },
    { sampling: other, actions: [0] },
  ]
  const config = parseConfig(readFileSync('test/golden/codebooks/config.json', 'utf8'))
  // Two frames of twelve positions with three codes each.
  const prompt = new Int32Array(2 * 12 * 3)
  const replay = new Replay({ model: config.name, codes: 23, prompt, played }, config)
  expect(replay.total).toBe(5)
  expect([2, 3, 4, 5].map(frame => replay.after(frame))).toEqual([
    { action: 3, sampling: SAMPLING },
    { action: 4, sampling: SAMPLING },
    { action: 0, sampling: other },
    undefined,
  ])
})

test('keyframes stay few, cover the whole replay, and are freed', () => {
  const living = new Set<number>()
  const world = {
    frame: 0,
    save() {
      const { frame } = this
      living.add(frame)
      return { frame, dispose: () => living.delete(frame) }
    },
  }
  const keyframes = new Keyframes()
  for (world.frame = 1; world.frame <= 3000; world.frame++) keyframes.onFrame(world as unknown as World)
  expect(living.size).toBeLessThanOrEqual(16)
  for (const frame of [1, 700, 1500, 3000]) {
    const before = keyframes.before(frame)!.frame
    expect(before).toBeLessThanOrEqual(frame)
    expect(frame - before).toBeLessThan(640)
  }
  // Frames that are played again add nothing.
  const count = living.size
  for (world.frame = 1; world.frame <= 3000; world.frame++) keyframes.onFrame(world as unknown as World)
  expect(living.size).toBe(count)
  keyframes.clear()
  expect(living.size).toBe(0)
})
