// docs/bring-your-own-model.md lists the fields of config.json that other families read. They are read here and compared with what
// `convert` writes and `parseConfig` takes.

import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { convertCheckpoints, readSafetensorsCheckpoint } from '../../src/families/convert.ts'
import { families } from '../../src/families/families.ts'
import { parseConfig } from '../../src/families/parse_config.ts'
import { readCheckpoint } from '../../src/weights/pytorch/checkpoint.ts'
import { bytesSource, joined } from '../../src/weights/safetensors.ts'
import { tableOf } from './doc_table.ts'

const ROOT = new URL('../../', import.meta.url)
const PAGE = 'docs/bring-your-own-model.md'
const GOLDEN = {
  tinyworlds: [
    'tiny_dynamics_step_7500_2025_09_18_11_25_52.pth',
    'tiny_latent_actions_step_5000_2025_09_18_11_25_51.pth',
    'tiny_video_tokenizer_step_2500_2025_09_18_11_25_50.pth',
  ],
  jasmine: ['world.safetensors'],
}
const NAMES = Object.keys(GOLDEN) as (keyof typeof GOLDEN)[]
const rows = tableOf(PAGE, await readFile(new URL(PAGE, ROOT), 'utf8'), 'field of a family')
/** Fields of docs/model.md §6. */
const COMMON = ['format', 'name', 'frame.height', 'frame.width', 'frame.rate']
/** What a parsed config has besides: it follows from the fields that are read. */
const DERIVED = [
  'tokenizer.window',
  'tokenizer.qk_norm',
  'tokenizer.codes',
  'latent_action.window',
  'latent_action.qk_norm',
  'latent_action.input',
  'latent_action.code_width',
  'latent_action.decoder_layers',
  'dynamics.window',
  'dynamics.qk_norm',
  'sampling.choice_temperature',
  'sampling.guidance',
]

type Json = Record<string, Record<string, unknown>>

/** The config that `convert` writes for the family's golden case. */
async function converted(family: keyof typeof GOLDEN): Promise<Json> {
  const checkpoints = GOLDEN[family].map(async name => {
    const source = bytesSource(name, await readFile(new URL(`test/golden/${family}/tiny/${name}`, ROOT)))
    return name.endsWith('.pth') ? readCheckpoint(source) : readSafetensorsCheckpoint(source)
  })
  const files = await convertCheckpoints(await Promise.all(checkpoints), 'tiny')
  return JSON.parse(new TextDecoder().decode(joined(files['config.json']!)))
}

const paths = (value: object, prefix = ''): string[] =>
  Object.entries(value).flatMap(([name, inner]) =>
    typeof inner === 'object' ? paths(inner, `${prefix}${name}.`) : [`${prefix}${name}`],
  )

/** The config with a field of another value; undefined: without it. */
function having(config: Json, field: string, value?: unknown): string {
  const copy = structuredClone(config)
  const [section, name] = field.split('.') as [string, string]
  copy[section]![name] = value
  return JSON.stringify(copy)
}

test('the table has a column for every family but djinn', () => {
  const others = families.map(({ name }) => name)
  expect(['djinn', ...NAMES].toSorted()).toEqual(others.toSorted())
  for (const row of rows) expect(row).toHaveLength(2 + NAMES.length)
})

for (const [column, family] of NAMES.entries()) {
  const config = await converted(family)
  const cells = rows.map(row => [row[0]!, row[2 + column]!] as const)
  const read = cells.filter(([, cell]) => cell !== '–').map(([field]) => field)

  test(`${family}: convert writes the fields of the table and no other`, () => {
    expect(paths(config).toSorted()).toEqual([...COMMON, ...read].toSorted())
  })

  test(`${family}: what is parsed comes from the fields of the table`, () => {
    const parsed = paths(parseConfig(JSON.stringify(config)))
    expect(parsed.filter(path => ![...COMMON, ...read, ...DERIVED].includes(path))).toEqual([])
  })

  test.each(cells.filter(([field]) => field !== 'family'))(`${family}: %s, %s`, (field, cell) => {
    const parsed = parseConfig(JSON.stringify(config))
    if (cell === '–') expect(parseConfig(having(config, field, 'nonsense'))).toEqual(parsed)
    else {
      expect(() => parseConfig(having(config, field, 'nonsense'))).toThrow(field.split('.')[1]!)
      const [section, name] = field.split('.') as [keyof typeof parsed, string]
      const without = () => (parseConfig(having(config, field))[section] as unknown as Record<string, unknown>)[name]
      if (cell === 'required') expect(without).toThrow(name)
      else expect(without()).toEqual(JSON.parse(cell))
    }
  })
}
