// The robot arm: clips depend on (seed, index) alone, labels match the simulation, and the hand pushes blocks.
import { expect, test } from 'vitest'
import { ArmPolicy } from '../../arcade/arm/arm_policy.ts'
import { createTable } from '../../arcade/arm/arm_scene.ts'
import { ArmWorld, cornersOf, HAND_RADIUS } from '../../arcade/arm/arm_world.ts'
import { armClip } from '../../arcade/arm/clips.ts'
import { Pcg } from '../../src/random.ts'

test('one seed and index give the same clip twice; others, and held-out ones, are other tables', async () => {
  const first = await armClip(5, 3, 7, false)
  expect(await armClip(5, 3, 7, false)).toEqual(first)
  expect((await armClip(5, 4, 7, false)).frames).not.toEqual(first.frames)
  expect((await armClip(5, 3, 7, true)).frames).not.toEqual(first.frames)
})

test('moves are where the hand went, upwards counted up', async () => {
  const { hand, moves } = await armClip(1, 2, 20, false)
  for (let t = 0; t < 19; t++) {
    expect(moves[2 * t]).toBeCloseTo(hand[2 * t + 2]! - hand[2 * t]!, 4)
    expect(moves[2 * t + 1]).toBeCloseTo(hand[2 * t + 1]! - hand[2 * t + 3]!, 4)
  }
})

test('a hand that runs into a block takes it along and stays outside of it', () => {
  const world = new ArmWorld(new Pcg(1), { left: 4, top: 10, right: 60, bottom: 60 })
  const corners = [
    [-4, -4],
    [4, -4],
    [4, 4],
    [-4, 4],
  ] as const
  world.blocks.splice(0, world.blocks.length, { x: 30, y: 30, turn: [1, 0], corners, radius: 5 })
  world.hand = [18, 30]
  for (let i = 0; i < 6; i++) world.step(3, 0)
  expect(world.hand[0]).toBeCloseTo(36, 6)
  expect(world.blocks[0]!.x).toBeCloseTo(36 + HAND_RADIUS + 4, 6)
  expect(world.blocks[0]!.y).toBeCloseTo(30, 6)
})

test('a block that is hit off its middle turns', () => {
  const world = new ArmWorld(new Pcg(1), { left: 4, top: 10, right: 60, bottom: 60 })
  const corners = [
    [-8, -3],
    [8, -3],
    [8, 3],
    [-8, 3],
  ] as const
  world.blocks.splice(0, world.blocks.length, { x: 30, y: 30, turn: [1, 0], corners, radius: 8 })
  world.hand = [36, 40]
  for (let i = 0; i < 4; i++) world.step(0, -2)
  expect(Math.abs(world.blocks[0]!.turn[1])).toBeGreaterThan(0.1)
})

test('over many clips hand and blocks stay on the table, blocks stay apart, and most clips have a push', () => {
  let pushed = 0
  for (let seed = 0; seed < 30; seed++) {
    const random = new Pcg(seed)
    const world = new ArmWorld(random, createTable(random))
    const policy = new ArmPolicy(random)
    const { left, top, right, bottom } = world.table
    const before = world.blocks.map(({ x, y }) => [x, y] as const)
    for (let t = 0; t < 60; t++) {
      world.step(...policy.next(world))
      for (const [x, y] of [world.hand, ...world.blocks.map(b => [b.x, b.y] as const)]) {
        expect(x >= left && x <= right && y >= top && y <= bottom).toBe(true)
      }
      for (const [i, a] of world.blocks.entries())
        for (const b of world.blocks.slice(i + 1))
          expect(Math.hypot(a.x - b.x, a.y - b.y)).toBeGreaterThan(0.6 * (a.radius + b.radius))
      for (const { turn } of world.blocks) expect(Math.hypot(...turn)).toBeCloseTo(1, 9)
    }
    if (world.blocks.some((b, i) => Math.hypot(b.x - before[i]![0], b.y - before[i]![1]) > 3)) pushed++
    for (const block of world.blocks) expect(cornersOf(block).length).toBe(block.corners.length)
  }
  expect(pushed).toBeGreaterThan(22)
})
