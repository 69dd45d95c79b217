// A model of three codes per position, in Node: every output of its bundles holds; it is inspected and played.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { NO_DRIVER } from '../../src/cli/dawn.ts'
import { bytesSource, readSafetensors } from '../../src/weights/safetensors.ts'
import { djinn, ROOT, scratch } from './run.ts'

const MODEL = join(ROOT, 'test/golden/codebooks')
const OUT = join(scratch(), 'play.safetensors')

const validate = (bundle: string) =>
  djinn(['validate', MODEL, join(MODEL, `${bundle}.safetensors`), '--precision', 'f32', '--json'])
const whole = validate('reference')

test('inspect says how many codes a position has', () => {
  expect(djinn(['inspect', MODEL]).out).toContain('tokenizer: 12 tokens per frame of 3 × 23 codes')
})

describe.runIf(!whole.err.includes(NO_DRIVER))('on an adapter', () => {
  test('every output of the bundle holds, and no code differs', () => {
    expect(whole.code).toBe(0)
    const { rows } = JSON.parse(whole.out) as { rows: { output: string; holds: boolean; differing?: number }[] }
    expect(rows.map(({ output, holds, differing = 0 }) => [output, holds, differing])).toEqual(
      ['codes', 'reconstruction', 'actions', 'prediction', 'logits', 'tokens'].map(name => [`out.${name}`, true, 0]),
    )
  })

  test.each(['greedy', 'threshold'])('the roll-out %s holds', bundle => {
    const { rows } = JSON.parse(validate(bundle).out)
    expect(rows).toMatchObject([{ output: 'out.tokens', count: 144, differing: 0, holds: true }])
  })

  test('it plays: every position has its codes in the file', async () => {
    const { code } = djinn([
      'play',
      MODEL,
      '--prompt',
      join(ROOT, 'weights/platformer/prompts/meadow.png'),
      '--actions',
      '2x3',
      '--out',
      OUT,
    ])
    expect(code).toBe(0)
    const { tensors } = await readSafetensors(bytesSource(OUT, readFileSync(OUT)))
    expect(tensors.get('tokens')!.shape).toEqual([4, 12, 3])
  })
})
