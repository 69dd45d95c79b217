// Headers of 100 MB, made to exhaust memory, and of a million tensors; and inputs that other readers get wrong.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { checkHeader } from '../../src/weights/load.ts'
import {
  bytesSource,
  hostTensor,
  joined,
  readSafetensors,
  SafetensorsReader,
  writeSafetensors,
} from '../../src/weights/safetensors.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

describe('a header of 90 MB is refused within a heap of 64 MB', () => {
  // The header's parts, each a text or a text that fills so many bytes.
  test.each([
    ['nested without end', [['[', 9e7]], 'is not JSON'],
    ['a list of 44 million zeros', ['{"u":{"dtype":"F32","shape":[', ['0,', 8.8e7], '0]}}'], 'holds a value of'],
    ['a nest as a tensor', ['{"u":', ['[', 4e7], [']', 4e7], '}'], 'holds a value of'],
    ['millions of empty entries', ['{', ['"a":{},', 7e7], '"b":{}}'], 'has the unknown type undefined'],
  ])('%s', (_, parts, sentence) => {
    const code = `
      import { bytesSource, SafetensorsReader } from './src/weights/safetensors.ts'
      const parts = ${JSON.stringify(parts)}.map(part => (Array.isArray(part) ? Buffer.alloc(part[1], part[0]) : Buffer.from(part)))
      const header = Buffer.concat(parts)
      const length = Buffer.alloc(8)
      length.writeBigUInt64LE(BigInt(header.length))
      await SafetensorsReader.open(bytesSource('a', Buffer.concat([length, header]))).catch(error => console.log(error.message))`
    const args = ['--max-old-space-size=64', '--import', 'tsx', '--input-type=module', '-e', code]
    const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' })
    expect(stdout, stderr.slice(0, 500)).toContain(sentence)
  })
})

test('a million tensors open', async () => {
  const count = 1_000_000
  const entries = Array.from(
    { length: count },
    (_, i) => `"t${i}":{"dtype":"U8","shape":[1],"data_offsets":[${i},${i + 1}]}`,
  )
  const header = Buffer.from(`{${entries.join()}}`)
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(header.length))
  const reader = await SafetensorsReader.open(bytesSource('a', Buffer.concat([length, header, Buffer.alloc(count)])))
  await reader.close()
  expect(reader.header.tensors).toHaveLength(count)
})

describe('inputs', () => {
  const source = (name: string) => bytesSource(name, readFileSync(join(ROOT, 'test/inputs', name)))

  test('metadata of null are none', async () => {
    expect((await readSafetensors(source('meta_null.safetensors'))).metadata).toEqual({})
  })

  test('F8 tensors are listed, and refused by name as weights', async () => {
    const reader = await SafetensorsReader.open(source('f8.safetensors'))
    await reader.close()
    const [{ name, dtype, shape }] = reader.header.tensors
    expect(dtype).toMatch(/^F8_/)
    const specs = reader.header.tensors.map(({ name, shape }) => ({ name, shape, layout: 'vector' as const }))
    expect(shape).toEqual(expect.any(Array))
    expect(() => checkHeader(reader.header, specs, 'f8')).toThrow(`f8: ${name} is ${dtype}, expected F32, F16 or BF16`)
  })

  test('a byte order mark is named', async () => {
    await expect(readSafetensors(source('bom.safetensors'))).rejects.toThrow(
      'bom.safetensors: the header begins with a byte order mark, expected {',
    )
  })

  test('a shape that overflows on the way to zero, and a name twice', async () => {
    const file = (json: string) => {
      const length = Buffer.alloc(8)
      length.writeBigUInt64LE(BigInt(json.length))
      return readSafetensors(bytesSource('a', Buffer.concat([length, Buffer.from(json), Buffer.alloc(4)])))
    }
    const entry = '"u":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}'
    await expect(file(`{${entry},${entry}}`)).rejects.toThrow('a: the header has u twice')
    const metadata = '"__metadata__":{"a":"b"}'
    await expect(file(`{${metadata},${entry},${metadata}}`)).rejects.toThrow('a: the header has __metadata__ twice')
    const zero = '{"u":{"dtype":"F32","shape":[1099511627776,1099511627776,0],"data_offsets":[0,0]}}'
    await expect(file(zero)).rejects.toThrow('Infinity bytes, but its offsets span 0 bytes')
  })
})

test('a shape of many dimensions is refused in a short sentence', async () => {
  const name = 'tokenizer.codebook'
  const tensors = { [name]: hostTensor(new Float32Array(1), Array(60).fill(1)) }
  const reader = await SafetensorsReader.open(bytesSource('a', joined(writeSafetensors(tensors))))
  expect(() => checkHeader(reader.header, [{ name, shape: [1, 1], layout: 'table' }], 'a')).toThrow(
    /^a: tokenizer\.codebook is \[60 dimensions\], config\.json implies \[1, 1\]$/,
  )
})

test('a header of any length is one, also where its first bytes begin a pickle', async () => {
  for (const bytes of [640, 1152]) {
    const header = '{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}'.padEnd(bytes)
    const length = Buffer.alloc(8)
    length.writeBigUInt64LE(BigInt(bytes))
    const file = Buffer.concat([length, Buffer.from(header), Buffer.of(7)])
    const { tensors } = await readSafetensors(bytesSource('a', file))
    expect([...tensors.keys()], `${bytes} bytes`).toEqual(['a'])
  }
})

test.each([
  ['404: Not Found', 'a is text that begins "404: Not"'],
  ['Access to model x is restricted.', 'a is text that begins "Access t"'],
  ['\n\n <!-- saved --><html></html>', 'a is a web page'],
  ['\ufeff<!doctype html><html></html>', 'a is a web page'],
  ['<Error><Code>NoSuchKey</Code></Error>', 'a is a web page'],
  ['[{"message":"Not Found"}]', 'a is JSON'],
  ['\ufeff{"error":"gone"}', 'a is JSON'],
])('what a server answers in place of a file, %j, is named', async (body, sentence) => {
  await expect(SafetensorsReader.open(bytesSource('a', Buffer.from(body)))).rejects.toThrow(sentence)
})
