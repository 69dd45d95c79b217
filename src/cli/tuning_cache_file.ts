// The tuning cache in a file of the user's cache folder: which kernel variants were fastest on this machine.
import { mkdirSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import type { TuningCache } from '../gpu/device.ts'
import { writeWholeSync } from './whole_file.ts'

const cacheFolder = () => process.env.XDG_CACHE_HOME || join(homedir(), '.cache')

/** @param path a JSON file, created when first written; a file that is not JSON counts as empty */
export function fileTuningCache(path = join(cacheFolder(), 'djinn', 'tuning.json')): TuningCache {
  const read = (): Record<string, string> => {
    try {
      const known: unknown = JSON.parse(readFileSync(path, 'utf8'))
      return typeof known === 'object' && known !== null ? (known as Record<string, string>) : {}
    } catch {
      return {}
    }
  }
  return {
    getItem: key => read()[key] ?? null,
    setItem(key, value) {
      mkdirSync(dirname(path), { recursive: true })
      writeWholeSync(path, JSON.stringify({ ...read(), [key]: value }, undefined, 2))
    },
  }
}
