// The golden cases of other projects' families on the command line, in 32-bit and in 16-bit floats, on the adapter that Node has.

import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { vulkanDrivers } from '../../src/cli/dawn.ts'
import type { ComparisonRow } from '../../src/validation/comparison.ts'
import { writeSafetensors } from '../../src/weights/safetensors.ts'
import { djinn, ROOT, scratch } from '../cli/run.ts'

const lavapipe = vulkanDrivers().find(driver => /lvp_icd/.test(driver))
const folder = scratch()

describe.runIf(lavapipe).each([
  ['tinyworlds/tiny', /\.pth$/, 19],
  ['tinyworlds/context3', /\.pth$/, 19],
  ['tinyworlds/horizon2', /\.pth$/, 19],
  ['jasmine/tiny', /^world/, 12],
])('%s', (name, isCheckpoint, outputs) => {
  const golden = join(ROOT, 'test/golden', name)
  const model = join(folder, name)

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

test.runIf(lavapipe)('a tinyworlds world plays and is evaluated on the command line', () => {
  const model = join(folder, 'tinyworlds/tiny')
  const clips = join(folder, 'clips.safetensors')
  const [count, frames] = [4, 6]
  const data = Uint8Array.from({ length: count * frames * 28 * 28 * 3 }, (_, i) => (i * i) % 251)
  const tensor = { dtype: 'U8', shape: [count, frames, 28, 28, 3], data } as const
  writeFileSync(clips, Buffer.concat(writeSafetensors({ frames: { ...tensor, shape: [...tensor.shape] } })))
  const gif = join(folder, 'played.gif')
  const played = djinn(['play', model, '--prompt', `${clips}#0:1`, '--actions', '0x2,3', '--out', gif])
  expect([played.code, existsSync(gif)]).toEqual([0, true])
  const { out, err } = djinn(['evaluate', model, clips, '--clips', '1', '--json'])
  expect(out, err).not.toBe('')
  const { codeShares, actionFidelity, delta4, playPsnr } = JSON.parse(out)
  expect(codeShares.length).toBe(8)
  expect(codeShares.reduce((a: number, b: number) => a + b)).toBeCloseTo(1)
  for (const number of [actionFidelity, delta4, ...playPsnr]) expect(Number.isFinite(number)).toBe(true)
})

if (!lavapipe) console.warn('not tested here on the command line: lavapipe is not installed')
