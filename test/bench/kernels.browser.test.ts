// The kernel benchmark: complete rows, a wrong variant that is reported and not timed, a row that would take too long, and a lost
// device that costs one row.

import { expect, test } from 'vitest'
import { type BenchCase, layerNormCase, temporalCase } from '../../src/bench/cases.ts'
import { benchKernels } from '../../src/bench/kernels.ts'
import { Gpu } from '../../src/gpu/gpu.ts'

const OPTIONS = { full: false, budget: 5, browser: 'a test' }
const small = layerNormCase(7, 12)

test('reports the adapter, the peak and a row of numbers for each variant', async () => {
  const { adapter, peak, rows } = await benchKernels(Gpu.create, OPTIONS, [small])
  expect(adapter).toMatchObject({ browser: 'a test', precision: expect.stringMatching(/^f(32|16)$/) })
  expect(peak.gflops).toBeGreaterThan(0)
  expect(peak.gbps).toBeGreaterThan(0)
  expect(rows.map(({ version }) => version)).toEqual(['workgroupPerRow', 'threadPerRow'])
  for (const row of rows) {
    expect(row).toMatchObject({ kernel: 'layer_norm', shape: '7×12', correct: true })
    expect(row.ms).toBeGreaterThan(0)
    expect(row.gflops).toBeCloseTo(small.flops / row.ms! / 1e6, 9)
    const { gflops, gbps } = row.peak!
    expect(row.ofPeak).toBeCloseTo(100 * Math.max(row.gflops! / gflops, row.gbps! / gbps), 6)
  }
})

test('a variant that differs from the first variant is reported and not timed', async () => {
  const wrongVariant: BenchCase = {
    ...small,
    record: (p, make) => {
      if (p.gpu.variants.get('layer_norm') === 'threadPerRow') make([1]) // other random numbers
      return small.record(p, make)
    },
  }
  const { rows } = await benchKernels(Gpu.create, OPTIONS, [wrongVariant])
  expect(rows.map(({ correct }) => correct)).toEqual([true, false])
  expect(rows[1]).toMatchObject({ ms: null, note: expect.stringMatching(/^wrong: differs from the first variant by/) })
})

test('a row that would take too long is skipped with a note', async () => {
  const { peak, rows } = await benchKernels(Gpu.create, OPTIONS, [{ ...small, flops: 1e18 }])
  expect(peak.gflops).toBeGreaterThan(0)
  expect(rows[0]).toMatchObject({ ms: null, note: expect.stringMatching(/^skipped: a dispatch would take about \d+/) })
})

test('a lost device costs one row, and the next row is measured on a new device', async () => {
  let opened = 0
  const open = () => {
    opened++
    return Gpu.create()
  }
  const losing: BenchCase = {
    ...temporalCase(4, 32, 2),
    record(p) {
      p.gpu.device.destroy()
      throw new Error('the device is lost here')
    },
  }
  const { rows } = await benchKernels(open, OPTIONS, [losing, small])
  expect(rows.map(({ kernel, ms }) => [kernel, ms === null])).toEqual([
    ['temporal_attention', true],
    ['layer_norm', false],
    ['layer_norm', false],
  ])
  expect(opened).toBe(2)
})

test('onNext is called before each row, and a stopped run reports what was measured until then', async () => {
  const stopping = new AbortController()
  const told: [number, number, string][] = []
  const { rows, peak } = await benchKernels(
    Gpu.create,
    {
      ...OPTIONS,
      signal: stopping.signal,
      onNext: (...next) => told.push(next),
      onRow: () => stopping.abort(),
    },
    [small, small],
  )
  expect(rows.map(({ version }) => version)).toEqual(['workgroupPerRow'])
  expect(peak.gflops).toBeGreaterThan(0)
  expect(told).toEqual([
    [0, 4, 'the adapter’s roofline'],
    [0, 4, 'layer_norm workgroupPerRow, 7×12'],
  ])
})
