// docs/model.md says what the engine does: its tensor lists, its configuration table and its random numbers are read here and compared.

import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parseConfig } from '../../src/families/parse_config.ts'
import { type Config, patchCount } from '../../src/model/config.ts'
import { dynamicsTensors } from '../../src/model/dynamics.ts'
import { latentActionTensors } from '../../src/model/latent_action.ts'
import { tokenizerTensors } from '../../src/model/tokenizer.ts'
import { gumbelOf, pcg } from '../reference/maskgit.ts'
import { tableOf } from './doc_table.ts'

const ROOT = new URL('../../', import.meta.url)
const SPEC = readFileSync(new URL('docs/model.md', ROOT), 'utf8')

/** The lines of the fenced block that begins with ```info. */
function fenced(info: string): string[] {
  const [, body] = new RegExp(`^\`\`\`${info}\\n([^]*?)^\`\`\``, 'm').exec(SPEC) ?? []
  if (body === undefined) throw new Error(`docs/model.md has no block \`\`\`${info}`)
  return body.trim().split('\n')
}

const tableWith = (head: string) => tableOf('docs/model.md', SPEC, head)

const EXAMPLE = fenced('json').join('\n')

describe('tensors', () => {
  const ENGINE = { tokenizer: tokenizerTensors, latent_action: latentActionTensors, dynamics: dynamicsTensors }
  type Component = keyof typeof ENGINE
  type Sizes = Record<string, number>

  /** What the symbols of a component's list stand for. */
  function sizesOf(component: Component, config: Config): Sizes {
    const c = config[component]
    const ofTokens = component === 'dynamics' || config.latent_action.input === 'tokens'
    const patch = component === 'latent_action' && !ofTokens ? config.latent_action.patch : config.tokenizer.patch
    return {
      p: patch,
      S: patchCount(config.frame, patch),
      D: c.width,
      h: c.heads,
      d: c.width / c.heads,
      F: c.ffn,
      W: c.window,
      C: component === 'tokenizer' ? config.tokenizer.code_width : config.latent_action.code_width,
      N: config.tokenizer.codebooks!,
      K: config.tokenizer.codes,
      A: config.latent_action.actions,
    }
  }

  /** `[3D, D]` as numbers: a factor, a symbol, perhaps squared, and products of them such as `N·K`. */
  function shapeOf(text: string, sizes: Sizes): number[] {
    const sizeOf = (term: string) => {
      const [, factor, symbol, square] = /^(\d*)([A-Za-z])(²?)$/.exec(term) ?? []
      const size = sizes[symbol ?? '']
      if (size === undefined) throw new Error(`docs/model.md has the size ${term}, whose symbol is unknown`)
      return Number(factor || 1) * (square ? size * size : size)
    }
    return text.split(', ').map(term => term.split('·').reduce((product, part) => product * sizeOf(part), 1))
  }

  /** Lines `NAME [SHAPE] only WORD, …` → names and shapes, of those lines whose condition holds. */
  function listed(lines: string[], sizes: Sizes, holds: (word: string) => boolean): [string, number[]][] {
    return lines.flatMap((line): [string, number[]][] => {
      const [, name, shape, only] = /^(\S+) +\[([^\]]+)\](?: +only (.+))?$/.exec(line) ?? []
      if (name === undefined || shape === undefined)
        throw new Error(`docs/model.md has a line that is no tensor: ${line}`)
      return only && !only.split(', ').some(holds) ? [] : [[name, shapeOf(shape, sizes)]]
    })
  }

  const sublayersOf = (variant: string): string[] => {
    const row = tableWith('variant').find(([name]) => name!.replace(/` \(default\)$/, '').replace(/`/g, '') === variant)
    return [...row![1]!.replace(/`/g, '').split(', ')]
  }

  /** Everything that the page lists for a component's file. */
  function documented(component: Component, config: Config): [string, number[]][] {
    const sizes = sizesOf(component, config)
    const { variant = 'st-vivit' } = config[component]
    /** What a line may be limited to: a setting's value (`pixels`), or a setting that is on (`qk_norm`). */
    const settings = Object.entries(config[component]).map(([name, value]) => (value === true ? name : value))
    const ffn = listed(fenced('tensors ffn'), sizes, () => true)
    const block = [
      ...sublayersOf(variant).flatMap(a =>
        listed(fenced('tensors attention'), sizes, word => word === a || settings.includes(word)).map(
          ([name, shape]): [string, number[]] => [name.replace('{a}', a), shape],
        ),
      ),
      ...ffn,
    ]
    return fenced(`tensors ${component}`).flatMap(line => {
      const [, prefix, field] = /^(\S*blocks\.\{i\}) +(\w+) blocks$/.exec(line) ?? []
      if (prefix === undefined) return listed([line], sizes, word => settings.includes(word))
      const layers = (config[component] as unknown as Record<string, number>)[field!]!
      return Array.from({ length: layers }, (_, i) => prefix.replace('{i}', String(i))).flatMap(of =>
        (prefix.startsWith('encoder.') && settings.includes('patch') ? ffn : block).map(
          ([name, shape]): [string, number[]] => [`${of}.${name}`, shape],
        ),
      )
    })
  }

  const golden = (name: string) => readFileSync(new URL(`test/golden/${name}/config.json`, ROOT), 'utf8')
  const withQkNorm = (text: string) => {
    const config = JSON.parse(text)
    return JSON.stringify({ ...config, tokenizer: { ...config.tokenizer, qk_norm: true } })
  }
  const CONFIGS = {
    'the example of §6': EXAMPLE,
    'tiny, all of patch 8': golden('tiny'),
    'padded, whose frames are no multiple of the patch': golden('padded'),
    'vit, with latent actions of tokens': golden('vit'),
    'c-vivit': golden('c-vivit'),
    'three codebooks, an encoder of patches alone': golden('codebooks'),
    'c-vivit with QK-norm in the tokenizer': withQkNorm(golden('c-vivit')),
  }

  describe.each(Object.entries(CONFIGS))('of %s', (_, text) => {
    test.each(Object.keys(ENGINE) as Component[])('%s.safetensors: the page lists what the engine loads', component => {
      const config = parseConfig(text)
      const page = documented(component, config)
      const engine = ENGINE[component](config).map(({ name, shape }): [string, number[]] => [name, shape])
      expect(new Map(page).size).toBe(page.length)
      expect(Object.fromEntries(page)).toEqual(Object.fromEntries(engine))
    })
  })
})

describe('config.json', () => {
  /** Paths of all values: `tokenizer.patch`, …; `keys` is one value. */
  const paths = (value: object, prefix = ''): string[] =>
    Object.entries(value).flatMap(([name, inner]) =>
      typeof inner === 'object' && name !== 'keys' && name !== 'actions'
        ? paths(inner, `${prefix}${name}.`)
        : [`${prefix}${name}`],
    )
  const rows = tableWith('field')

  test('the example is read as it stands, and has every field of the table and no other', () => {
    const config = parseConfig(EXAMPLE)
    expect(config).toEqual(JSON.parse(EXAMPLE))
    expect(paths(config).sort()).toEqual(rows.map(([field]) => field!).sort())
  })

  /** The example without a field. */
  function without(field: string): string {
    const root = JSON.parse(EXAMPLE)
    const names = field.split('.')
    const last = names.pop()!
    delete names.reduce((at, name) => at[name], root)[last]
    return JSON.stringify(root)
  }

  test.each(rows)('%s, %s: without it, %s', (field, _, standard) => {
    const read = () =>
      field!.split('.').reduce((at, name) => (at as never)[name], parseConfig(without(field!)) as unknown)
    if (standard === 'required') expect(read).toThrow(field!)
    else expect(read()).toEqual(standard === 'none' ? undefined : JSON.parse(standard!))
  })
})

describe('the random numbers of §5', () => {
  const vectors = fenced('random')
    .slice(1)
    .map(line => line.split(/ +/).map(Number) as [number, number, number, number, number, number, number])
  type Pcg = (v: number) => number
  const bitsOf = (pcg: Pcg, [seed, frame, step, i, k]: readonly number[]) =>
    pcg(pcg(pcg(pcg(pcg(seed!) ^ frame!) ^ step!) ^ i!) ^ k!)

  /** Each `fn pcg` in kernels/, by its file, as a function of JavaScript: its statements in BigInt, cut to 32 bits. */
  const inKernels = readdirSync(new URL('kernels/', ROOT), { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.wgsl'))
    .flatMap((file): [string, Pcg][] => {
      const text = readFileSync(new URL(`kernels/${file}`, ROOT), 'utf8')
      const [, body] = /fn pcg\(v: u32\) -> u32 \{([^}]*)\}/.exec(text) ?? []
      if (body === undefined) return []
      const statements = body
        .replace(/(\d+)u/g, '$1n')
        .replace(/let (\w+) = (.*);/g, 'const $1 = BigInt.asUintN(32, $2);')
        .replace(/return (.*);/, 'return BigInt.asUintN(32, $1);')
      const compute = new Function('v', statements) as (v: bigint) => bigint
      return [[file, v => Number(compute(BigInt(v >>> 0)))]]
    })

  test.each(inKernels)('pcg of kernels/%s gives the bits of the table', (_, pcg) => {
    for (const vector of vectors) expect(bitsOf(pcg, vector)).toBe(vector[5])
  })

  test.each(vectors)('seed %d, frame %d, step %d, position %d, code %d', (...vector) => {
    // test/kernels/cases/sample.ts holds what the kernel draws to this function.
    const bits = bitsOf(pcg, vector)
    expect(bits).toBe(vector[5])
    expect(gumbelOf(bits)).toBeCloseTo(vector[6], 6)
  })

  test('are drawn by a kernel, and seven are in the table', () => {
    expect(inKernels.length).toBeGreaterThan(0)
    expect(vectors).toHaveLength(7)
  })
})
