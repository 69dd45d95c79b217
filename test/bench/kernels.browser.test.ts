// The bench itself: rows in full, a wrong version told and not timed, a row too long skipped aloud, a lost device losing one row.

import { expect, test } from 'vitest'
import { benchKernels } from '../../bench/kernels.ts'
import { layerNormSubject, type Subject, temporalSubject } from '../../bench/subjects.ts'
import { Gpu } from '../../src/gpu/gpu.ts'

const OPTIONS = { full: false, budget: 5, browser: 'a test' }
const small = layerNormSubject(7, 12)

test('gives adapter, peak and a row of numbers for each version', async () => {
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

test('a version that gives something else than version 1 is told and not timed', async () => {
  const twofaced: Subject = {
    ...small,
    record: (p, make) => {
      if (p.gpu.variants.get('layer_norm') === 'threadPerRow') make([1]) // other random numbers
      return small.record(p, make)
    },
  }
  const { rows } = await benchKernels(Gpu.create, OPTIONS, [twofaced])
  expect(rows.map(({ correct }) => correct)).toEqual([true, false])
  expect(rows[1]).toMatchObject({ ms: null, note: expect.stringMatching(/^wrong: off by/) })
})

test('a row that would take too long is skipped, and says so', async () => {
  const { peak, rows } = await benchKernels(Gpu.create, OPTIONS, [{ ...small, flops: 1e18 }])
  expect(peak.gflops).toBeGreaterThan(0)
  expect(rows[0]).toMatchObject({ ms: null, note: expect.stringMatching(/^skipped: it would take about \d+/) })
})

test('a lost device loses its row, and the next is measured on another', async () => {
  let opened = 0
  const open = () => {
    opened++
    return Gpu.create()
  }
  const losing: Subject = {
    ...temporalSubject(4, 32, 2),
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
