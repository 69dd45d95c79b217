// What the documentation mentions exists: links, files, folders, commands and their options. And the README stays short.

import { spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8')

/** What is in no repository, as .gitignore has it. */
const IGNORED = /^(dist|lib|data|runs|artifacts|docs\/api)$|(^|\/)(node_modules|__\w+__|\.(?!ci$)[^/]*)$/
/** Every file of the repository, by its path from the root. */
const files = (folder = ''): string[] =>
  readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap(entry => {
    const path = folder ? `${folder}/${entry.name}` : entry.name
    if (IGNORED.test(path)) return []
    return entry.isDirectory() ? files(path) : [path]
  })
const FILES = files()
const PAGES = FILES.filter(path => path.endsWith('.md'))

/** Prose alone: what stands in fenced or indented blocks is code. */
const proseOf = (text: string) => text.replace(/^```[\s\S]*?^```/gm, '').replace(/^ {4}.*$/gm, '')

test('the README has fewer than 150 lines', () => {
  expect(read('README.md').split('\n').length).toBeLessThan(150)
})

describe.each(PAGES)('%s', page => {
  const text = read(page)

  test('every link leads to a file, and to a heading that is there', () => {
    const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, target]) => target!)
      .filter(target => !/^\w+:/.test(target))
    const broken = links.filter(link => {
      const [path, heading] = link.split('#') as [string, string?]
      const target = path === '' ? page : normalize(join(dirname(page), path))
      if (!existsSync(join(ROOT, target))) return true
      return heading !== undefined && !headingsOf(target).includes(heading)
    })
    expect(broken).toEqual([])
  })

  test('every file and folder that it mentions exists', () => {
    const code = [...proseOf(text).matchAll(/`([^`\s]+)`/g)].map(([, name]) => name!)
    expect([...new Set(code)].filter(name => isPath(name) && !isKnown(page, name))).toEqual([])
  })

  test('every command line is one that djinn, npm or the reference takes', () => {
    const wrong = commandsIn(text).filter(({ isGood }) => !isGood)
    expect(wrong.map(({ line }) => line)).toEqual([])
  })
})

/** Anchors of a page's headings, as GitHub makes them. */
function headingsOf(path: string): string[] {
  return [...read(path).matchAll(/^#+ (.*)$/gm)].map(([, title]) =>
    title!
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/ /g, '-'),
  )
}

const FOLDERS = [...new Set(FILES.filter(path => path.includes('/')).map(path => path.split('/')[0]!))]
/** Patterns, what commands write, and the files of a new kernel: none of them is in the repository. */
const NOT_HERE =
  /[*]|^[./_]|^(https?:|[A-Z]+[._/])|square|NAME|^(play\.gif|gpu(_f16)?\.json|go\.sh|lib\/|docs\/api\/|djinn-[\d.]+\.tgz)$/

const isPath = (name: string) =>
  !NOT_HERE.test(name) &&
  (/\.(ts|mjs|py|wgsl|md|html|css|json|safetensors|png|gif|svg)$/.test(name) ||
    FOLDERS.some(folder => name.startsWith(`${folder}/`)))

/** A path from the root or from the page's folder, or the end of one that is not ambiguous to a reader: `loop.ts`. */
function isKnown(page: string, name: string): boolean {
  const path = name.replace(/\/$/, '')
  const candidates = [path, normalize(join(dirname(page), path))]
  return FILES.some(
    file =>
      candidates.some(candidate => file === candidate || file.startsWith(`${candidate}/`)) || file.endsWith(`/${path}`),
  )
}

interface CommandLine {
  line: string
  isGood: boolean
}

const SCRIPTS = Object.keys(JSON.parse(read('package.json')).scripts)
/** The reference's scripts, some of which share their options. */
const PYTHON = FILES.filter(path => /^reference\/\w+\.py$/.test(path))
  .map(read)
  .join('\n')
const help = new Map<string, string>()

/** What `djinn WORD --help` says; empty where there is no such command. */
function helpOf(word: string): string {
  const known = help.get(word)
  if (known !== undefined) return known
  const { status, stdout } = spawnSync(process.execPath, [join(ROOT, 'bin/djinn.mjs'), word, '--help'], {
    encoding: 'utf8',
  })
  help.set(word, status === 0 ? stdout : '')
  return help.get(word)!
}

/** Lines of code blocks that call djinn, npm or the reference, and mentions of them in prose. */
function commandsIn(text: string): CommandLine[] {
  const blocks = [...text.matchAll(/^ {4}(.*)$/gm)].map(([, line]) => line!.replace(/ {2,}#.*/, ''))
  const inline = [...proseOf(text).matchAll(/`((?:npx )?djinn [^`]+|npm run [^`]+)`/g)].map(([, line]) => line!)
  return [...blocks, ...inline].flatMap(line => {
    const [, script] = /\bnpm run ([\w:]+)/.exec(line) ?? []
    if (script) return [{ line, isGood: SCRIPTS.includes(script) }]
    const [, given] = /\bpython3 reference\/\w+\.py(.*)/.exec(line) ?? []
    if (given) return [{ line, isGood: optionsIn(given).every(option => PYTHON.includes(`'--${option}'`)) }]
    const [, word, rest] = /(?:^|&& |`)(?:npx )?djinn ([a-z][\w-]*)(.*)/.exec(line) ?? []
    if (!word) return []
    return [{ line, isGood: helpOf(word) !== '' && optionsIn(rest!).every(o => helpOf(word).includes(`--${o} `)) }]
  })
}

const optionsIn = (line: string) => [...line.matchAll(/--([a-z][\w-]*)/g)].map(([, option]) => option!)

test('no file cites shared/, which readers do not have', () => {
  const text = /\.(ts|mjs|py|wgsl|md|html|css|json|yml|yaml|sh)$|^\.ci\//
  const own = 'test/docs/links.node.test.ts'
  const citing = FILES.filter(path => text.test(path) && path !== own && /\bshared\/(\w+\.md|\w+\/)/.test(read(path)))
  expect(citing).toEqual([])
})

test('code that cites a section of model.md cites one that is there', () => {
  const sections = [...read('docs/model.md').matchAll(/^## (\d+)\./gm)].map(([, number]) => Number(number))
  const citing = FILES.filter(path => /\.(ts|py|wgsl|mjs)$/.test(path)).flatMap(path => {
    const cited = [...read(path).matchAll(/model\.md`? ?§(\d+)/g)].map(([, number]) => Number(number))
    return cited.filter(number => !sections.includes(number)).map(number => `${path}: §${number}`)
  })
  expect(citing).toEqual([])
})

test('the kernel of CONTRIBUTING.md type-checks with its reference and its test, and its mutation applies', () => {
  const RECIPE = [
    'kernels/square/square.wgsl',
    'kernels/square/square.ts',
    'test/reference/square.ts',
    'test/kernels/cases/square.ts',
  ]
  const blocks = [...read('CONTRIBUTING.md').matchAll(/^```(?:wgsl|ts)\n([\s\S]*?)^```/gm)].map(([, code]) => code!)
  expect(blocks).toHaveLength(RECIPE.length)
  const mutation = /^ {4}square: \[\['.*', '(.*)', '(.*)', '.*'\]\],$/m.exec(read('CONTRIBUTING.md'))!
  expect(blocks[3]).toContain(`'${mutation[1]}'`)
  expect(blocks[0]!.split(mutation[2]!)).toHaveLength(2)
  // A repository of links to this one, in which the new files lie beside the others.
  const root = mkdtempSync(join(tmpdir(), 'djinn-recipe-'))
  try {
    const kernels = readdirSync(join(ROOT, 'kernels')).map(name => `kernels/${name}`)
    for (const path of ['src', ...kernels, 'test/helpers', 'node_modules', 'tsconfig.json']) {
      mkdirSync(join(root, dirname(path)), { recursive: true })
      symlinkSync(join(ROOT, path), join(root, path))
    }
    RECIPE.forEach((file, i) => {
      mkdirSync(join(root, dirname(file)), { recursive: true })
      writeFileSync(join(root, file), blocks[i]!)
    })
    const config = {
      extends: './tsconfig.json',
      compilerOptions: { preserveSymlinks: true },
      include: [],
      files: RECIPE.slice(1),
    }
    writeFileSync(join(root, 'tsconfig.recipe.json'), JSON.stringify(config))
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc')
    const { stdout, status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.recipe.json'], {
      cwd: root,
      encoding: 'utf8',
    })
    expect(stdout).toBe('')
    expect(status).toBe(0)
  } finally {
    rmSync(root, { recursive: true })
  }
})
