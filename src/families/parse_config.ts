// Parses config.json: what all families have in common here, the sections by the family that it names.

import type { ArgumentError } from '../gpu/errors.ts'
import { type Config, checkSampling, type SamplingConfig, Section } from '../model/config.ts'
import { describe, printable } from '../weights/printable.ts'
import { FormatError } from '../weights/safetensors.ts'
import { type Family, familyNamed } from './families.ts'

/**
 * Parses and checks config.json.
 * @throws FormatError in one sentence that names the file, the field and the value. A component's missing section throws only when
 * it is first read.
 */
export function parseConfig(text: string, file = 'config.json'): Config {
  let root: unknown
  try {
    root = JSON.parse(text)
  } catch {
    throw new FormatError(`${file} is not JSON`)
  }
  const top = new Section(root, file, '')
  if (top.value('format') !== 'genie-1')
    throw new FormatError(`${file}: format is ${describe(top.value('format'))}, this engine reads "genie-1"`)

  const family = familyNamed(top.value('family'), file)
  const frame = top.section('frame')
  const config = {
    format: 'genie-1',
    ...(top.value('family') !== undefined && { family: family.name }),
    name: typeof top.value('name') === 'string' ? (top.value('name') as string) : 'unnamed',
    frame: { height: frame.size('height'), width: frame.size('width'), rate: frame.positive('rate') },
    sampling: sampling(top.section('sampling'), family),
  } as Config
  const parts = family.sections
  for (const [name, parse] of Object.entries(parts)) {
    const isMissing = top.value(name) === undefined
    const part = isMissing
      ? { get: () => top.section(name) }
      : { value: parse(top.section(name), top), enumerable: true }
    Object.defineProperty(config, name, part)
  }
  const keys = top.value('keys')
  if (keys !== undefined) config.keys = checkKeys(keys, config.latent_action.actions, file)
  const words = top.value('actions')
  if (words !== undefined) config.actions = checkWords(words, config.latent_action.actions, file)
  return config
}

function sampling(s: Section, family: Family): SamplingConfig {
  const settings = family.sampling(s)
  try {
    return checkSampling(settings, s.path)
  } catch (error) {
    throw new FormatError((error as ArgumentError).message)
  }
}

function checkKeys(keys: unknown, actions: number, file: string): Record<string, number> {
  if (typeof keys !== 'object' || keys === null) throw new FormatError(`${file}: keys is not an object`)
  for (const [key, action] of Object.entries(keys))
    if (!Number.isInteger(action) || action < 0 || action >= actions)
      throw new FormatError(
        `${file}: keys.${printable(key, 80)} is ${describe(action)}, expected a latent action of 0 … ${actions - 1}`,
      )
  return keys as Record<string, number>
}

function checkWords(words: unknown, actions: number, file: string): string[] {
  if (!Array.isArray(words) || words.length !== actions || words.some(text => typeof text !== 'string'))
    throw new FormatError(`${file}: actions is not a list of ${actions} strings`)
  return words
}
