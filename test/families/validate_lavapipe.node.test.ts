// The golden cases of other projects' families on the command line, in 32-bit and in 16-bit floats, on the adapter that Node has.

import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { vulkanDrivers } from '../../src/cli/dawn.ts'
import type { ComparisonRow } from '../../src/validation/comparison.ts'
import { djinn, ROOT, scratch } from '../cli/run.ts'

const lavapipe = vulkanDrivers().find(driver => /lvp_icd/.test(driver))
const folder = scratch()

describe.runIf(lavapipe).each([
  ['tinyworlds', /\.pth$/, 19],
  ['jasmine', /^world/, 12],
])('%s', (family, isCheckpoint, outputs) => {
  const golden = join(ROOT, 'test/golden', family, 'tiny')
  const model = join(folder, family)

  beforeAll(() => {
    const checkpoints = readdirSync(golden).filter(name => isCheckpoint.test(name))
    expect(djinn(['convert', ...checkpoints.map(name => join(golden, name)), '--out', model]).code).toBe(0)
  })

  function rowsIn(precision: string): ComparisonRow[] {
    const reference = join(golden, 'reference.safetensors')
    const env = { VK_DRIVER_FILES: lavapipe!, VK_ICD_FILENAMES: lavapipe! }
    const { out, err } = djinn(['validate', model, reference, '--precision', precision, '--json'], env)
    expect(out, err).not.toBe('')
    return JSON.parse(out).rows
  }

  test('in f32 every output holds and nothing differs', () => {
    const rows = rowsIn('f32')
    expect(rows.length).toBe(outputs)
    for (const { output, holds, differing = 0, worst = 0 } of rows) {
      expect([output, holds, differing]).toEqual([output, true, 0])
      expect(worst, output).toBeLessThan(5e-5)
    }
  })

  test('in f16 floats stay within 2e-2 + 2e-2·|b|, and few tokens differ', () => {
    const rows = rowsIn('f16')
    for (const { output, holds, count, differing = 0 } of rows) {
      expect(holds, output).toBe(true)
      expect(differing, output).toBeLessThanOrEqual(0.05 * count)
    }
  })
})

if (!lavapipe) console.warn('not tested here on the command line: lavapipe is not installed')
