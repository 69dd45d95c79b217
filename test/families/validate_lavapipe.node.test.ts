// tinyworlds' golden case on the command line, in 32-bit and in 16-bit floats, on the adapter that Node has.

import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { vulkanDrivers } from '../../src/cli/dawn.ts'
import type { ComparisonRow } from '../../src/validation/comparison.ts'
import { djinn, ROOT, scratch } from '../cli/run.ts'

const GOLDEN = join(ROOT, 'test/golden/tinyworlds/tiny')
const model = join(scratch(), 'model')
const lavapipe = vulkanDrivers().find(driver => /lvp_icd/.test(driver))

beforeAll(() => {
  const checkpoints = readdirSync(GOLDEN).filter(name => name.endsWith('.pth'))
  expect(djinn(['convert', ...checkpoints.map(name => join(GOLDEN, name)), '--out', model]).code).toBe(0)
})

function rowsIn(precision: string): ComparisonRow[] {
  const env: Record<string, string> = lavapipe ? { VK_DRIVER_FILES: lavapipe, VK_ICD_FILENAMES: lavapipe } : {}
  const { out, err } = djinn(
    ['validate', model, join(GOLDEN, 'reference.safetensors'), '--precision', precision, '--json'],
    env,
  )
  expect(out, err).not.toBe('')
  return JSON.parse(out).rows
}

test.runIf(lavapipe)('in f32 every output holds and nothing differs', () => {
  const rows = rowsIn('f32')
  expect(rows.length).toBe(19)
  for (const { output, holds, differing = 0, worst = 0 } of rows) {
    expect([output, holds, differing]).toEqual([output, true, 0])
    expect(worst, output).toBeLessThan(5e-5)
  }
})

test.runIf(lavapipe)('in f16 floats stay within 2e-2 + 2e-2·|b|, and few tokens differ', () => {
  const rows = rowsIn('f16')
  for (const { output, holds, count, differing = 0 } of rows) {
    expect(holds, output).toBe(true)
    expect(differing, output).toBeLessThanOrEqual(0.05 * count)
  }
})

if (!lavapipe) console.warn('tinyworlds: not tested here on the command line: lavapipe is not installed')
