// Which versions of kernels were fastest here, in a file of the user's cache: what localStorage is to a page.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import type { TuningCache } from '../gpu/autotune.ts'

const CACHE = process.env.XDG_CACHE_HOME || join(homedir(), '.cache')

/** @param path a JSON file, made when first written; what is no JSON counts as empty */
export function fileStore(path = join(CACHE, 'djinn', 'versions.json')): TuningCache {
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
