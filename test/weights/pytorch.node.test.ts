// Checkpoints of torch.save: what is read comes out right, and what is not allowed is refused by name.

import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { toFloat32 } from '../../src/weights/floats.ts'
import { FormatError } from '../../src/weights/format_error.ts'
import { type ModelCheckpoint, readCheckpoint, readCheckpointFolder } from '../../src/weights/pytorch/checkpoint.ts'
import { bytesSource, joined } from '../../src/weights/safetensors.ts'
import { randomNumbers } from '../helpers/random_model.ts'
import { globalOpcode, type Picklable, pickle, pickled, storedZip, torchFile } from '../helpers/torch_file.ts'

const GOLDEN = new URL('../golden/tinyworlds/tiny/', import.meta.url)
const golden = async (file: string) => bytesSource(file, await readFile(new URL(file, GOLDEN)))
const read = (bytes: Uint8Array, name = 'a.pth') => readCheckpoint(bytesSource(name, bytes))

function values(checkpoint: ModelCheckpoint, name: string): number[] {
  const t = checkpoint.tensors.get(name)!.read()
  return [...toFloat32(t, name)]
}

const tensor = (changes = {}) => ({
  storage: 'FloatStorage',
  entry: '0',
  count: 6,
  offset: 0,
  shape: [2, 3],
  stride: [3, 1],
  ...changes,
})
const state = (tensors: Record<string, Picklable>): Map<string, Picklable> => new Map(Object.entries(tensors))
const SIX = new Uint8Array(Float32Array.of(0, 1, 2, 3, 4, 5).buffer)

test('the published form and the later form of one model hold the same tensors', async () => {
  const whole = await readCheckpoint(await golden('tiny_dynamics_step_7500_2025_09_18_11_25_52.pth'))
  const parts = await readCheckpointFolder(
    'dynamics_step_7500',
    await golden('dynamics_step_7500/model_state_dict.pt'),
    await golden('dynamics_step_7500/state.pt'),
  )
  expect([...parts.tensors.keys()].sort()).toEqual([...whole.tensors.keys()].sort())
  for (const [name, t] of whole.tensors) expect(parts.tensors.get(name)!.read(), name).toEqual(t.read())
  for (const { config } of [whole, parts]) expect(config).toMatchObject({ num_heads: 4, frame_size: 28, n_actions: 8 })
})

test('a checkpoint of PyTorch with parameters, sizes, types, devices and the states of an optimizer', async () => {
  const file = new URL('../golden/pytorch/checkpoint.pth', import.meta.url)
  const checkpoint = await read(await readFile(file))
  const base = Array.from({ length: 24 }, (_, i) => i)
  const column = (c: number) => [0, 6, 12, 18].map(row => row + c)
  expect(checkpoint.config).toEqual({ num_heads: 4 })
  expect([...checkpoint.tensors].map(([name, { dtype, shape }]) => `${name} ${dtype} ${shape}`)).toEqual([
    'a F32 6,4',
    'b F32 2',
    'row F32 6',
    'col F32 4',
    'half F16 2,6',
    'bf BF16 4,6',
    'e F32 0,3',
    's F32 ',
  ])
  expect(values(checkpoint, 'a')).toEqual([0, 1, 2, 3, 4, 5].flatMap(column))
  expect(values(checkpoint, 'b')).toEqual([1.5, -2])
  expect(values(checkpoint, 'row')).toEqual(base.slice(6, 12))
  expect(values(checkpoint, 'col')).toEqual(column(2))
  expect(values(checkpoint, 'half')).toEqual([...base.slice(0, 6), ...base.slice(12, 18)])
  expect(values(checkpoint, 'bf')).toEqual(base)
})

test('64-bit records, big-endian numbers, and other names for the state dict', async () => {
  const model = state({ a: tensor({ shape: [3, 2], stride: [1, 3] }) })
  const swapped = new Uint8Array(24)
  for (let i = 0; i < 6; i++) new DataView(swapped.buffer).setFloat32(4 * i, i)
  const storages = { 0: SIX }
  for (const bytes of [
    torchFile(model, storages, { isWide: true }),
    torchFile(model, { 0: swapped }, { byteorder: 'big' }),
    torchFile(state({ state_dict: model, optimizer: state({ x: tensor() }) }), storages),
    torchFile(state({ model_state_dict: model }), storages),
  ])
    expect(values(await read(bytes), 'a')).toEqual([0, 3, 1, 4, 2, 5])
  await expect(read(torchFile(model, storages, { byteorder: 'odd' }))).rejects.toThrow(
    'a.pth: its byteorder is odd, expected little or big',
  )
})

test('views: offsets, transposes, gaps, repeats, and storages that are shared', async () => {
  const checkpoint = await read(
    torchFile(
      state({
        whole: tensor(),
        transposed: tensor({ shape: [3, 2], stride: [1, 3] }),
        row: tensor({ offset: 3, shape: [3], stride: [1] }),
        column: tensor({ offset: 1, shape: [2], stride: [3] }),
        repeated: tensor({ offset: 2, shape: [2, 2], stride: [0, 1] }),
        scalar: tensor({ offset: 4, shape: [], stride: [] }),
        empty: tensor({ shape: [0, 3], stride: [3, 1] }),
      }),
      { 0: SIX },
    ),
  )
  expect(values(checkpoint, 'whole')).toEqual([0, 1, 2, 3, 4, 5])
  expect(values(checkpoint, 'transposed')).toEqual([0, 3, 1, 4, 2, 5])
  expect(values(checkpoint, 'row')).toEqual([3, 4, 5])
  expect(values(checkpoint, 'column')).toEqual([1, 4])
  expect(values(checkpoint, 'repeated')).toEqual([2, 3, 2, 3])
  expect(values(checkpoint, 'scalar')).toEqual([4])
  expect(values(checkpoint, 'empty')).toEqual([])
})

test('16-bit floats of both kinds, also where they lie apart', async () => {
  const half = (name: string, stride = [1]) => tensor({ storage: name, entry: name, count: 4, shape: [2], stride })
  const checkpoint = await read(
    torchFile(state({ f16: half('HalfStorage', [2]), bf16: half('BFloat16Storage') }), {
      HalfStorage: new Uint8Array(Uint16Array.of(0x3c00, 0, 0xc000, 0).buffer),
      BFloat16Storage: new Uint8Array(Uint16Array.of(0x3fc0, 0xbf80, 0, 0).buffer),
    }),
  )
  expect(values(checkpoint, 'f16')).toEqual([1, -2])
  expect(values(checkpoint, 'bf16')).toEqual([1.5, -1])
})

test('prefixes of torch.compile and DDP are stripped, and must not make two tensors one', async () => {
  const of = (...names: string[]) =>
    read(torchFile(state(Object.fromEntries(names.map(n => [n, tensor()]))), { 0: SIX }))
  const names = ['_orig_mod.a', 'module._orig_mod.b', '_orig_mod.module.c', 'd._orig_mod.e', 'f.module.g']
  expect([...(await of(...names)).tensors.keys()]).toEqual(['a', 'b', 'c', 'd.e', 'f.module.g'])
  await expect(of('a', '_orig_mod.a')).rejects.toThrow('a.pth: has two tensors a')
})

test('the file config is read, whatever else lies beside it', async () => {
  const config = state({ num_heads: 4, rate: 0.001, amp: true, path: 'x', none: null, list: [1, 2] })
  const checkpoint = await read(torchFile(state({ model: state({ a: tensor() }), step: 3, config }), { 0: SIX }))
  expect(checkpoint.config).toEqual({ num_heads: 4, rate: 0.001, amp: true, path: 'x', none: null })
})

/** A checkpoint whose pickle is these opcodes. */
const crafted = (...opcodes: number[]) => storedZip({ 'x/data.pkl': pickle(...opcodes) })
const call = (module: string, name: string) => [...globalOpcode(module, name), ...pickled(['echo']), 82]

test('whatever could run something is refused by its name', async () => {
  await expect(read(crafted(...call('posix', 'system')))).rejects.toThrow(/posix system, which is not allowed/)
  await expect(read(crafted(...call('torch', '_utils')))).rejects.toThrow(/torch _utils, which is not allowed/)
  await expect(read(crafted(...call('torch', 'device'), ...call('torch', 'float32')))).rejects.toThrow(
    /torch float32, which is not allowed/,
  )
  await expect(read(crafted(...call('torch._utils', '_rebuild_parameter')))).rejects.toThrow(
    'a.pth: data.pkl: the pickle calls torch._utils _rebuild_parameter with arguments that torch.save does not write',
  )
  await expect(read(crafted(...globalOpcode('builtins', 'eval')))).rejects.toThrow(/builtins eval/)
  await expect(read(crafted(40, ...globalOpcode('a', 'b'), 111))).rejects.toThrow(/a b, which is not allowed/)
  for (const [opcode, name] of [
    [147, 'STACK_GLOBAL'],
    [105, 'INST'],
    [130, 'EXT1'],
    [50, 'DUP'],
    [255, '0xff'],
  ] as const)
    await expect(read(crafted(78, opcode))).rejects.toThrow(
      new FormatError(`a.pth: data.pkl: the pickle has the opcode ${name} at byte 3, which is not allowed`),
    )
})

test('state.pt: objects of unknown classes are skipped, functions still refused', async () => {
  const model = bytesSource('model_state_dict.pt', torchFile(state({ a: tensor() }), { 0: SIX }))
  const folder = (...opcodes: number[]) =>
    readCheckpointFolder(
      'f',
      model,
      bytesSource(
        'state.pt',
        crafted(
          125,
          40,
          ...pickled('config'),
          125,
          40,
          ...pickled('num_heads'),
          74,
          2,
          0,
          0,
          0,
          ...pickled('odd'),
          ...opcodes,
          117,
          117,
        ),
      ),
    )
  const made = [...globalOpcode('some.where', 'Thing'), 41, 129, ...pickled(new Map([['x', 1]])), 98]
  expect((await folder(...made)).config).toEqual({ num_heads: 2 })
  expect((await folder(...call('utils.config', 'DeviceType'))).config).toEqual({ num_heads: 2 })
  expect((await folder(...call('__builtin__', 'getattr'))).config).toEqual({ num_heads: 2 })
  await expect(folder(...call('os', 'system'))).rejects.toThrow(/os system, which is not allowed/)
})

test('false sizes are one sentence', async () => {
  const of = (changes: object) => read(torchFile(state({ t: tensor(changes) }), { 0: SIX }))
  await expect(of({ count: 7 })).rejects.toThrow('a.pth: t has a storage of 7 F32, but its entry has 24 bytes')
  await expect(of({ offset: 1 })).rejects.toThrow('a.pth: t reaches element 6 of a storage of 6')
  await expect(of({ entry: '9' })).rejects.toThrow('a.pth: t lies in data/9, which the zip does not have')
  await expect(of({ shape: [2e9, 2e9], stride: [0, 0] })).rejects.toThrow(/t is \[2000000000, 2000000000\], more than/)
  await expect(of({ shape: [-1, 3] })).rejects.toThrow(/with arguments that torch.save/)
})

test('nesting, counts and sizes of a hostile pickle end in one sentence', async () => {
  const raw = (opcodes: number[]) => storedZip({ 'x/data.pkl': Uint8Array.from([128, 2, ...opcodes]) })
  const many = (length: number, ...opcodes: number[]) => Array.from({ length }, (_, i) => opcodes[i % opcodes.length]!)
  const nested = [...many(50_000, 93), ...many(49_999, 97), 46]
  await expect(read(raw(nested))).rejects.toThrow('a.pth: holds no state dict')
  const refused = async (bytes: Uint8Array, sentence: RegExp) => {
    const error = await read(bytes).catch((e: unknown) => e)
    expect(error).toBeInstanceOf(FormatError)
    expect((error as Error).message).toMatch(sentence)
    expect((error as Error).message.length).toBeLessThanOrEqual(500)
  }
  await refused(raw(many(100_001, 125)), /more than 100000 objects/)
  await refused(raw([88, 255, 255, 255, 255]), /is truncated/)
  await refused(raw([138, 255]), /is truncated/)
  await refused(raw([99, ...many(400, 65)]), /a global without a name/)
  await refused(storedZip({ 'x/data.pkl': new Uint8Array((1 << 23) + 1) }), /more than the 8388608/)
  await refused(storedZip({ 'x/version': SIX }), /no data.pkl/)
  await refused(SIX, /not a zip archive/)
})

test('400 checkpoints corrupted at random are read or refused', async () => {
  const model = state({ a: tensor(), b: tensor({ shape: [3, 2], stride: [1, 3] }) })
  const whole = [true, false].map(isWide =>
    torchFile(state({ model, config: state({ h: 1 }) }), { 0: SIX }, { isWide }),
  )
  let refused = 0
  for (let seed = 1; seed <= 400; seed++) {
    const random = randomNumbers(seed)
    const good = whole[seed % 2]!
    const below = (n: number) => Math.floor(((random() + 1) / 2) * n)
    let corrupted = good.slice(0, seed % 4 === 0 ? below(good.byteLength + 1) : good.byteLength)
    if (seed % 4 !== 0) for (let i = below(6); i >= 0; i--) corrupted[below(corrupted.byteLength)] = below(256)
    if (seed % 9 === 0) corrupted = joined([corrupted, corrupted.slice(0, below(corrupted.byteLength))])
    try {
      for (const t of (await read(corrupted)).tensors.values()) t.read()
    } catch (error) {
      expect(error, `seed ${seed}: ${String((error as Error).stack)}`).toBeInstanceOf(FormatError)
      refused++
    }
  }
  expect(refused).toBeGreaterThan(150)
  expect(refused).toBeLessThan(400)
})
