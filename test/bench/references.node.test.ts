// The reports beside which "Measure" shows a machine: every file has the format that `npm run bench -- --contribute` writes, and fills
// its row.

import { describe, expect, test } from 'vitest'
import { cellsOf, comparison, HEADINGS, REFERENCES } from '../../bench/references.ts'
import { benchCases } from '../../src/bench/cases.ts'

const CASES = benchCases(true)

test('SwiftShader and lavapipe are among the references', () => {
  const names = REFERENCES.map(({ file, report }) => `${file}: ${report.adapter.name}`)
  expect(names).toContainEqual(expect.stringMatching(/^bench\/results\/swiftshader\.json: google swiftshader/))
  expect(names).toContainEqual(expect.stringMatching(/^bench\/results\/lavapipe\.json: mesa .*llvmpipe/))
})

describe.each(REFERENCES)('$file', ({ file, report }) => {
  test('has the format', () => {
    const { adapter, peak, rows, peers, world } = report
    expect(adapter.name).toMatch(/^\S+ \S+/)
    expect(adapter.browser).not.toBe('')
    expect(adapter.precision).toMatch(/^f(16|32)$/)
    expect(new Date(adapter.date).toISOString()).toBe(adapter.date)
    expect(peak!.gflops * peak!.gbps).toBeGreaterThan(0)
    expect(world!.frame).toBeGreaterThan(0)
    expect(world!.steps).toBeGreaterThan(0)
    expect(peers).toBeInstanceOf(Array)
    for (const { kernel, version, shape, ms, correct, note } of rows) {
      const what = `${kernel} ${version} ${shape}`
      // A variant may have been deleted since.
      expect(
        CASES.some(c => c.kernel === kernel && c.shape === shape),
        what,
      ).toBe(true)
      if (ms === null) expect(note, what).toBeTruthy()
      else expect([ms > 0, correct], what).toEqual([true, true])
    }
  })

  test('fills every cell, the fastest variant of each kernel, and names its file', () => {
    const cells = cellsOf(report, file)
    expect(cells).toHaveLength(HEADINGS.length)
    expect(cells).not.toContain('')
    expect(cells.at(-1)).toBe(`${file}, ${report.adapter.date.slice(0, 10)}`)
    const times = report.rows.filter(row => row.kernel === 'linear' && row.shape === '64×192 · 192×576')
    const fastest = Math.min(...times.map(({ ms }) => ms ?? Number.POSITIVE_INFINITY))
    expect(cells[2]).toMatch(new RegExp(`^${fastest.toFixed(3)} ms \\(\\w+\\)$`))
  })
})

test('what was measured until Stop stands first, and what it lacks is empty', () => {
  const { adapter, rows, peers } = REFERENCES[0]!.report
  const [own, ...others] = comparison({ adapter, rows: rows.slice(0, 2), peers }, 'measured here')
  expect(own!.slice(0, 2)).toEqual([`${adapter.name}, ${adapter.precision}`, ''])
  expect(own![2]).toMatch(/ms \(\w+\)$/)
  expect(own!.slice(3, -1)).toEqual(['', '', '', ''])
  expect(others).toEqual(comparison(undefined, ''))
})
