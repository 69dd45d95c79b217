// Which folder may import which, as docs/architecture.md says.

import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

const MODEL = ['kernels', 'kernels/common', 'src/gpu', 'src/weights', 'src/media', 'src/model']
const WORLD = [...MODEL, 'src/families', 'src/input', 'src/world']
const TRAINING = [...MODEL, 'src/training']
const EVALUATION = [...WORLD, 'src/evaluation']
const PAGES = [...new Set([...WORLD, ...TRAINING, ...EVALUATION, 'src/fine_tuning', 'src/validation', 'src/ui'])]
const ARCADE = ['arcade', 'arcade/drawing', 'arcade/game', 'arcade/policies', 'arcade/skins', 'arcade/arm']

/** By folder: the folders that it may import besides itself. Those that are not listed may import everything. */
const MAY_IMPORT: Record<string, string[]> = {
  'src/gpu': ['kernels/common'],
  kernels: ['src/gpu'],
  'src/media': [],
  'src/weights': ['src/gpu'],
  'src/model': MODEL,
  'src/families': [...WORLD, 'src/validation'],
  'src/input': [],
  'src/world': WORLD,
  'src/validation': [...TRAINING, 'src/families'],
  'src/training': TRAINING,
  'src/evaluation': EVALUATION,
  'src/fine_tuning': [...new Set([...TRAINING, ...EVALUATION])],
  'src/element': WORLD,
  'src/worker': WORLD,
  'src/ui': [...WORLD, 'src/training'],
  'src/play_page': [...EVALUATION, 'src/ui', ...ARCADE],
  'src/train_page': [...PAGES, 'arcade/evaluation', ...ARCADE],
  'src/bench': [...WORLD, ...TRAINING],
  'src/random.ts': [],
  'src/statistics.ts': [],
  'src/index.ts': [...WORLD, 'src/validation'],
  'src/cli': [
    ...PAGES.filter(folder => folder !== 'src/ui'),
    'src/bench',
    'arcade/agent',
    'arcade/evaluation',
    ...ARCADE,
  ],
  'arcade/agent': [...TRAINING, ...EVALUATION, ...ARCADE],
  'arcade/evaluation': [...EVALUATION, ...ARCADE],
  ...Object.fromEntries(ARCADE.map(folder => [folder, ARCADE])),
}

function folderOf(path: string): string {
  const parts = path.split('/')
  if (path.startsWith('kernels/common/')) return 'kernels/common'
  if (parts[0] !== 'src' && parts[0] !== 'arcade') return parts[0]!
  return parts.length > 2 || parts[0] === 'src' ? parts.slice(0, 2).join('/') : parts[0]!
}

const sources = ['src', 'kernels', 'arcade'].flatMap(folder =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.ts'))
    .map(name => `${folder}/${name.replaceAll('\\', '/')}`),
)

const importsOf = (path: string): string[] =>
  [...readFileSync(join(ROOT, path), 'utf8').matchAll(/(?:from|import\()\s*'(\.[^'?]+)/g)].map(([, name]) =>
    normalize(join(dirname(path), name!)).replaceAll('\\', '/'),
  )

test('every import leads to a folder that the importing folder may know', () => {
  const wrong = sources.flatMap(path => {
    const folder = folderOf(path)
    const allowed = MAY_IMPORT[folder === 'kernels/common' ? 'kernels' : folder]
    return importsOf(path)
      .filter(target => {
        const to = folderOf(target)
        if (['src/random.ts', 'src/statistics.ts'].includes(target)) return false // for every folder
        const same = to === folder || (folder.startsWith('kernels') && to.startsWith('kernels'))
        return allowed && !same && !allowed.includes(to)
      })
      .map(target => `${path} imports ${target}`)
  })
  expect(wrong).toEqual([])
})

test('only the command line imports Node', () => {
  const wrong = sources.filter(
    path => /from 'node:/.test(readFileSync(join(ROOT, path), 'utf8')) && !path.startsWith('src/cli/'),
  )
  expect(wrong).toEqual([])
})

test('only src/families compares the name of a family', () => {
  const wrong = sources.filter(
    path =>
      !path.startsWith('src/families/') &&
      /\bfamily(\.name)?\s*[!=]==|case 'tinyworlds'|=== 'tinyworlds'/.test(readFileSync(join(ROOT, path), 'utf8')),
  )
  expect(wrong).toEqual([])
})
