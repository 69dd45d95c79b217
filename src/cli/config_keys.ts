// Keys, and words for latent actions, in a world's config.json.

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseConfig } from '../families/parse_config.ts'
import { readConfig } from './model_files.ts'
import { writeWhole } from './whole_file.ts'

/** Values whose names are in quotes: an object of numbers, and a list of words. Neither is nested. */
const VALUES = {
  keys: /"keys"\s*:\s*\{(?:[^"{}]|"(?:[^"\\]|\\.)*")*\}/,
  actions: /"actions"\s*:\s*\[(?:[^"[\]]|"(?:[^"\\]|\\.)*")*\]/,
}

/** Makes a latent action that of no key, in a world without keys. */
export async function bindNoKey(directory: string, action: number): Promise<void> {
  const { keys } = await readConfig(directory)
  if (!keys) await writeKeys(directory, { keys: { '': action } })
}

/**
 * Replaces the keys, and the words if there are any; everything else in config.json, spaces too, stays.
 * @returns the file's path
 */
export async function writeKeys(
  directory: string,
  values: { keys: Record<string, number>; actions?: string[] },
): Promise<string> {
  const file = join(directory, 'config.json')
  let text = await readFile(file, 'utf8')
  for (const [name, value] of Object.entries(values)) {
    const field = `"${name}": ${JSON.stringify(value, undefined, 1).replace(/\n ?/g, ' ')}`
    const place = VALUES[name as keyof typeof VALUES]
    text = place.test(text) ? text.replace(place, () => field) : text.replace(/\s*\}\s*$/, end => `,\n  ${field}${end}`)
  }
  parseConfig(text, file)
  await writeWhole(file, text)
  return file
}
