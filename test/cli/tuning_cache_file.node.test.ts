// The tuning cache file: choices are kept and added to, and a file that is not JSON counts as empty.
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { fileTuningCache } from '../../src/cli/tuning_cache_file.ts'

test('a choice outlives the store that kept it, beside others', () => {
  const path = join(mkdtempSync(join(tmpdir(), 'djinn-')), 'deep', 'versions.json')
  expect(fileTuningCache(path).getItem('linear')).toBeNull()
  fileTuningCache(path).setItem('linear', 'register8x4')
  fileTuningCache(path).setItem('layer_norm', 'rows')
  expect(fileTuningCache(path).getItem('linear')).toBe('register8x4')
  expect(fileTuningCache(path).getItem('layer_norm')).toBe('rows')
})

test('a broken file counts as empty, and is written over', () => {
  const path = join(mkdtempSync(join(tmpdir(), 'djinn-')), 'versions.json')
  writeFileSync(path, '{ "linear": ')
  expect(fileTuningCache(path).getItem('linear')).toBeNull()
  fileTuningCache(path).setItem('linear', 'quad')
  expect(fileTuningCache(path).getItem('linear')).toBe('quad')
})
