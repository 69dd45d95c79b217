// A model's folder need hold no more than what is asked of it: its files, and the sections of its config.

import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { NO_DRIVER } from '../../src/cli/dawn.ts'
import { bytesSource, readSafetensors, writeSafetensors } from '../../src/weights/safetensors.ts'
import { djinn, ROOT, scratch } from './run.ts'

const TINY = join(ROOT, 'test/golden/tiny')
const FOLDER = scratch()

/** A folder with only these components of the tiny model, the others' sections taken out of the config as well. */
function model(name: string, components: string[]): string {
  const folder = join(FOLDER, name)
  mkdirSync(folder)
  const config = JSON.parse(readFileSync(join(TINY, 'config.json'), 'utf8'))
  for (const component of ['tokenizer', 'latent_action', 'dynamics'])
    if (components.includes(component))
      copyFileSync(join(TINY, `${component}.safetensors`), join(folder, `${component}.safetensors`))
    else delete config[component]
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config))
  return folder
}

/** The tiny bundle with some of its tensors. */
async function bundle(name: string, tensors: string[]): Promise<string> {
  const path = join(FOLDER, `${name}.safetensors`)
  const whole = join(TINY, 'reference.safetensors')
  const { tensors: all, metadata } = await readSafetensors(bytesSource(whole, readFileSync(whole)))
  writeFileSync(path, Buffer.concat(writeSafetensors(Object.fromEntries(tensors.map(t => [t, all.get(t)!])), metadata)))
  return path
}

const codes = await bundle('codes', ['in.frames', 'out.codes', 'out.reconstruction'])
const alone = model('tokenizer', ['tokenizer'])
const validated = djinn(['validate', alone, codes, '--json'])
const hasGpu = !validated.err.includes(NO_DRIVER)

describe.runIf(hasGpu)('validate', () => {
  test('needs no component whose outputs the bundle lacks', () => {
    expect(validated.code).toBe(0)
    const { rows } = JSON.parse(validated.out)
    expect(rows.map((row: { output: string }) => row.output)).toEqual(['out.codes', 'out.reconstruction'])
  })

  test('needs no file of a component whose section the config has', () => {
    const folder = model('no-file', ['tokenizer'])
    copyFileSync(join(TINY, 'config.json'), join(folder, 'config.json'))
    expect(djinn(['validate', folder, codes]).code).toBe(0)
  })

  test('names the section or the file that an output needs', async () => {
    const logits = await bundle('logits', ['in.tokens', 'in.actions', 'out.logits'])
    const complaint = (folder: string) => {
      const { code, out, err } = djinn(['validate', folder, logits])
      expect({ code, out }).toEqual({ code: 1, out: '' })
      // Dawn may have warnings of its own before it.
      return err.trimEnd().split('\n').at(-1)
    }
    expect(complaint(alone)).toBe(`djinn: ${join(alone, 'dynamics.safetensors')} does not exist`)
    copyFileSync(join(TINY, 'dynamics.safetensors'), join(alone, 'dynamics.safetensors'))
    expect(complaint(alone)).toBe(`djinn: ${join(alone, 'config.json')}: latent_action is missing`)
  })
})

test('inspect says what is absent, and what memory play takes where it can be played', () => {
  const { code, out } = djinn(['inspect', model('latent-action', ['latent_action'])])
  expect(code).toBe(0)
  expect(out).toMatch(/^tokenizer +absent$/m)
  expect(out).not.toContain('memory')
  expect(djinn(['inspect', TINY]).out).toMatch(/^f32 +[\d.]+ KiB +392\.0 KiB +[\d.]+ KiB +[\d.]+ KiB$/m)
})
