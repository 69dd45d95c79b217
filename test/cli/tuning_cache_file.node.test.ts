// Choices of kernel versions in a file: kept, added to, and begun anew where the file is no JSON.
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { fileStore } from '../../src/cli/tuning_cache_file.ts'

test('a choice outlives the store that kept it, beside others', () => {
  const path = join(mkdtempSync(join(tmpdir(), 'djinn-')), 'deep', 'versions.json')
  expect(fileStore(path).getItem('linear')).toBeNull()
  fileStore(path).setItem('linear', 'rows4')
  fileStore(path).setItem('layer_norm', 'rows')
  expect(fileStore(path).getItem('linear')).toBe('rows4')
  expect(fileStore(path).getItem('layer_norm')).toBe('rows')
})

test('a broken file counts as empty, and is written over', () => {
  const path = join(mkdtempSync(join(tmpdir(), 'djinn-')), 'versions.json')
  writeFileSync(path, '{ "linear": ')
  expect(fileStore(path).getItem('linear')).toBeNull()
  fileStore(path).setItem('linear', 'rows8')
  expect(fileStore(path).getItem('linear')).toBe('rows8')
})
