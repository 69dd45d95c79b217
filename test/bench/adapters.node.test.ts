// The reference adapters: every file has the format, and its cost model and errors are those of its own points. And the cost model
// itself, against numbers that are known.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { adapterFile, largestWorld, measured } from '../../src/bench/cost.ts'
import { fitCost, fitError } from '../../src/bench/cost_fit.ts'
import { configOf } from '../../src/bench/scaling.ts'
import { dynamicsTensors } from '../../src/model/dynamics.ts'
import { ADAPTERS, type AdapterFile, FORMAT } from '../../src/world/adapters.ts'
import { frameWork, PARTS, timeOf } from '../../src/world/cost.ts'

const FOLDER = fileURLToPath(new URL('../../src/world/adapters/', import.meta.url))
const FILES = readdirSync(FOLDER)

test('every file of the folder is in the list of src/world/adapters.ts', () => {
  expect(ADAPTERS).toHaveLength(FILES.length)
})

describe.each(FILES)('%s', file => {
  const adapter: AdapterFile = JSON.parse(readFileSync(join(FOLDER, file), 'utf8'))

  test('has the format', () => {
    expect(Object.keys(adapter).sort()).toEqual(
      ['browser', 'cost', 'date', 'error', 'format', 'name', 'points', 'precision', 'world'].sort(),
    )
    expect(adapter.format).toBe(FORMAT)
    expect(adapter.name).toMatch(/^\S+ \S+/)
    expect(adapter.browser).not.toBe('')
    expect(adapter.precision).toMatch(/^f(16|32)$/)
    expect(new Date(adapter.date).toISOString()).toBe(adapter.date)
    expect(adapter.points.length).toBeGreaterThanOrEqual(8)
    for (const { tokens, width, layers, steps, ms } of adapter.points) {
      expect([Math.sqrt(tokens) % 1, width % 32, layers % 1, steps % 1]).toEqual([0, 0, 0, 0])
      expect(ms).toBeGreaterThan(0)
    }
  })

  test('its cost and errors are those of its points', () => {
    const frames = adapter.points.map(measured)
    const fitted = fitCost(frames)
    // The file has four digits.
    for (const part of PARTS)
      expect(Math.abs(adapter.cost[part] - fitted[part])).toBeLessThanOrEqual(1e-3 * fitted[part])
    const { median, worst } = fitError(frames)
    expect([adapter.error.median, adapter.error.worst]).toEqual([expect.closeTo(median, 3), expect.closeTo(worst, 3)])
    expect(worst).toBeLessThan(1)
  })
})

test('multiply-adds of linear layers are the matrices of the weights, once per token and pass', () => {
  const config = configOf({ tokens: 64, width: 128, layers: 3, steps: 4 })
  const product = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1)
  const matrices = dynamicsTensors(config).filter(
    ({ name, shape }) => shape.length === 2 && /^(\d|blocks|head)/.test(name) && !/bias/.test(name),
  )
  const sum = (isHead: boolean) =>
    matrices
      .filter(({ name }) => name.startsWith('head') === isHead)
      .reduce((total, { shape }) => total + product(shape), 0)
  const none = { ...config, dynamics: { ...config.dynamics, layers: 0 } }
  const blocks = frameWork(config, config.sampling).linear - frameWork(none, config.sampling).linear
  expect(blocks * 1e9).toBeCloseTo(64 * 5 * sum(false), 0)
  expect(sum(true)).toBe(128 * 256)
  // A head per codebook, in each of the four steps.
  const five = { ...config, tokenizer: { ...config.tokenizer, codebooks: 5 } }
  const heads = frameWork(five, five.sampling).linear - frameWork(config, config.sampling).linear
  expect(heads * 1e9).toBeCloseTo(4 * 64 * 4 * sum(true), 0)
})

test('a fit finds the costs that made the times, and leaves out what costs nothing', () => {
  const cost = { frame: 0.5, blocks: 0.02, linear: 3, attention: 0 }
  const points = [
    { tokens: 16, width: 64, layers: 1, steps: 1 },
    { tokens: 64, width: 128, layers: 4, steps: 2 },
    { tokens: 64, width: 256, layers: 2, steps: 8 },
    { tokens: 256, width: 128, layers: 2, steps: 4 },
    { tokens: 144, width: 192, layers: 8, steps: 4 },
    { tokens: 64, width: 512, layers: 2, steps: 2 },
  ].map(size => ({ ...size, ms: timeOf(frameWork(configOf(size), configOf(size).sampling), cost) }))
  const fitted = fitCost(points.map(measured))
  for (const part of PARTS) expect(fitted[part]).toBeCloseTo(cost[part], 6)
  const about = { name: 'a b', browser: 'c', precision: 'f32' as const, date: '2026-11-29T00:00:00.000Z' }
  const world = { config: configOf(points[1]!), ms: points[1]!.ms }
  const file = adapterFile(about, points, world)
  expect(file.error.worst).toBeLessThan(0.01)
  expect(file.world.predicted / file.world.ms).toBeCloseTo(1, 2)
})

test('the largest world fits the time of a frame, and the next one does not', () => {
  const cost = { frame: 1, blocks: 0.1, linear: 5, attention: 5 }
  const at = (width: number, layers: number) => {
    const config = configOf({ tokens: 64, width, layers, steps: 4 })
    return timeOf(frameWork(config, config.sampling), cost)
  }
  const found = largestWorld(cost, 30, 64)!
  expect(found.ms).toBeCloseTo(at(found.width, found.layers), 9)
  expect(found.ms).toBeLessThanOrEqual(1000 / 30)
  expect(at(found.width + 32, 1 + Math.round((found.width + 32) / 64))).toBeGreaterThan(1000 / 30)
  expect(largestWorld(cost, 60, 64)!.parameters).toBeLessThan(found.parameters)
  expect(largestWorld({ ...cost, frame: 200 }, 10, 64)).toBe(undefined)
})
