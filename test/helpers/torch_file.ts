// Writes what torch.save writes, for tests: a stored zip with a pickle of protocol 2. Values are pickled without a memo.

import { joined } from '../../src/weights/safetensors.ts'

/** A tensor to pickle: a strided view of the zip's entry `data/ENTRY`. */
interface PickledTensor {
  storage: string // 'FloatStorage'
  entry: string
  count: number
  offset: number
  shape: number[]
  stride: number[]
}

export type Picklable = null | boolean | number | string | Picklable[] | Map<string, Picklable> | PickledTensor

const text = (s: string) => [...new TextEncoder().encode(s)]
const u32 = (n: number) => [n & 255, (n >>> 8) & 255, (n >>> 16) & 255, (n >>> 24) & 255]
const u16 = (n: number) => [n & 255, n >>> 8]
const unicode = (s: string) => [88, ...u32(text(s).length), ...text(s)]

/** GLOBAL. */
export const globalOpcode = (module: string, name: string): number[] => [99, ...text(`${module}\n${name}\n`)]

/** The opcodes of a value, without PROTO and STOP. */
export function pickled(value: Picklable): number[] {
  if (value === null) return [78]
  if (typeof value === 'boolean') return [value ? 136 : 137]
  if (typeof value === 'string') return unicode(value)
  if (typeof value === 'number') {
    if (Number.isInteger(value) && Math.abs(value) < 2 ** 31) return [74, ...u32(value)]
    const bytes = new Uint8Array(8)
    new DataView(bytes.buffer).setFloat64(0, value)
    return [71, ...bytes]
  }
  if (Array.isArray(value)) return [40, ...value.flatMap(pickled), 116]
  if (value instanceof Map)
    return [125, 40, ...[...value].flatMap(([key, item]) => [...unicode(key), ...pickled(item)]), 117]
  const { storage, entry, count, offset, shape, stride } = value
  const id = [
    40,
    ...unicode('storage'),
    ...globalOpcode('torch', storage),
    ...unicode(entry),
    ...unicode('cpu'),
    ...pickled(count),
    116,
    81,
  ]
  return [
    ...globalOpcode('torch._utils', '_rebuild_tensor_v2'),
    40,
    ...id,
    ...[offset, shape, stride, false].flatMap(pickled),
    ...globalOpcode('collections', 'OrderedDict'),
    41,
    82,
    116,
    82,
  ]
}

/** A whole pickle. */
export const pickle = (...opcodes: number[]): Uint8Array => Uint8Array.from([128, 2, ...opcodes, 46])

const u64 = (n: number) => [...u32(n), ...u32(0)]
const ELSEWHERE = 0xffffffff

/** A zip of stored entries, its local headers without sizes, as PyTorch's are. @param isWide puts its numbers into 64-bit records */
export function storedZip(entries: Record<string, Uint8Array>, isWide = false): Uint8Array<ArrayBuffer> {
  const pieces: Uint8Array[] = []
  const directory: number[] = []
  const header = [0, 0, ...u16(0x808), ...u16(0), ...u32(0)]
  let at = 0
  for (const [name, data] of Object.entries(entries)) {
    const bytes = text(name)
    const extra = [1, 2, 3, 4, 5] // only in the local header
    const noSizes = [...u32(0), ...u32(0), ...u32(0)]
    const local = [
      ...u32(0x04034b50),
      ...header,
      ...noSizes,
      ...u16(bytes.length),
      ...u16(extra.length),
      ...bytes,
      ...extra,
    ]
    const [length, place] = isWide ? [ELSEWHERE, ELSEWHERE] : [data.length, at]
    const sizes = [...u32(0), ...u32(length), ...u32(length)]
    const wide = isWide ? [...u16(1), ...u16(24), ...u64(data.length), ...u64(data.length), ...u64(at)] : []
    const attributes = [...u16(wide.length), ...u16(0), ...u16(0), ...u16(0), ...u32(0)]
    directory.push(
      ...u32(0x02014b50),
      0,
      0,
      ...header,
      ...sizes,
      ...u16(bytes.length),
      ...attributes,
      ...u32(place),
      ...bytes,
      ...wide,
    )
    pieces.push(Uint8Array.from(local), data)
    at += local.length + data.length
  }
  const count = Object.keys(entries).length
  const [size, start] = [directory.length, at]
  if (isWide)
    directory.push(
      ...[...u32(0x06064b50), ...u64(44), ...u16(0), ...u16(0), ...u32(0), ...u32(0), ...u64(count), ...u64(count)],
      ...[...u64(size), ...u64(start), ...u32(0x07064b50), ...u32(0), ...u64(start + size), ...u32(1)],
    )
  const inEnd = isWide ? [0xffff, 0xffff, ELSEWHERE, ELSEWHERE] : [count, count, size, start]
  const end = [...u32(0x06054b50), ...u16(0), ...u16(0), ...u16(inEnd[0]!), ...u16(inEnd[1]!), ...u32(inEnd[2]!)]
  end.push(...u32(inEnd[3]!), 0, 0)
  return joined([...pieces, Uint8Array.from(directory), Uint8Array.from(end)])
}

/** What torch.save writes of `value`, with the storages that its tensors name. */
export function torchFile(
  value: Picklable,
  storages: Record<string, Uint8Array> = {},
  { isWide = false, byteorder = 'little' } = {},
): Uint8Array<ArrayBuffer> {
  const data = Object.entries(storages).map(([entry, bytes]) => [`archive/data/${entry}`, bytes])
  return storedZip(
    {
      'archive/data.pkl': pickle(...pickled(value)),
      'archive/byteorder': Uint8Array.from(text(byteorder)),
      ...Object.fromEntries(data),
      'archive/version': Uint8Array.of(51, 10),
    },
    isWide,
  )
}
