// The tuning cache in a file of the user's cache folder: which kernel variants were fastest on this machine.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import type { TuningCache } from '../gpu/gpu.ts'

const cacheFolder = () => process.env.XDG_CACHE_HOME || join(homedir(), '.cache')

/** @param path a JSON file, created when first written; a file that is not JSON counts as empty */
export function fileTuningCache(path = join(cacheFolder(), 'djinn', 'tuning.json')): TuningCache {
  const read = (): Record<string, string> => {
    try {
      return JSON.parse(readFileSync(path, 'utf8'))
    } catch {
      return {}
    }
  }
  return {
    getItem: key => read()[key] ?? null,
    setItem(key, value) {
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, JSON.stringify({ ...read(), [key]: value }, undefined, 2))
    },
  }
}
