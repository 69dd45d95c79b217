// The header of a safetensors file: JSON of names, types, shapes and offsets. It is checked as strictly as by the reference library.

import { FormatError } from './format_error.ts'
import { HeaderJson, HeaderSyntaxError } from './header_json.ts'
import { describe, printable } from './printable.ts'

/** Bits per element of each type. The engine loads F32, F16 and BF16, and lists the rest. */
const ELEMENT_BITS = {
  C64: 64,
  F64: 64,
  F32: 32,
  F16: 16,
  BF16: 16,
  F8_E4M3: 8,
  F8_E5M2: 8,
  F8_E8M0: 8,
  F6_E2M3: 6,
  F6_E3M2: 6,
  F4: 4,
  I64: 64,
  I32: 32,
  I16: 16,
  I8: 8,
  U64: 64,
  U32: 32,
  U16: 16,
  U8: 8,
  BOOL: 8,
}
export type DType = keyof typeof ELEMENT_BITS

/** A tensor's entry in the header. `begin` and `end` are byte offsets from the end of the header. */
export interface TensorInfo {
  name: string
  dtype: DType
  shape: number[]
  begin: number
  end: number
}

export interface Header {
  /** In file order. */
  tensors: TensorInfo[]
  metadata: Record<string, string>
}

/**
 * Checks a header. `file` names the file in errors.
 * @returns its tensors in file order
 * @throws FormatError when the JSON is not an object, a type is unknown, a size disagrees with its shape, or offsets overlap or leave gaps
 */
export function parseHeader(json: Uint8Array, file: string): Header {
  const metadata: Record<string, string> = {}
  const tensors = new Map<string, TensorInfo>()
  const text = new HeaderJson(json)
  try {
    if (json[0] === 0xef && json[1] === 0xbb && json[2] === 0xbf)
      throw new FormatError(`${file}: the header begins with a byte order mark, expected {`)
    if (!text.isObject()) {
      text.value()
      text.end()
      throw new FormatError(`${file}: the header is not a JSON object`)
    }
    let hasMetadata = false
    text.object(name => {
      if (name === '__metadata__' ? hasMetadata : tensors.has(name))
        throw new FormatError(`${file}: the header has ${printable(name, 80)} twice`)
      if (name === '__metadata__') hasMetadata = readMetadata(text, metadata, file)
      else tensors.set(name, readInfo(text, name, file))
    })
    text.end()
  } catch (error) {
    if (error instanceof HeaderSyntaxError) throw new FormatError(`${file}: the header is not JSON`)
    if (error instanceof RangeError) throw new FormatError(`${file}: the header holds ${error.message}`)
    throw error
  }
  const sorted = [...tensors.values()].sort((a, b) => a.begin - b.begin || a.end - b.end)
  let offset = 0
  for (const t of sorted) {
    if (t.begin !== offset) {
      const fault = t.begin < offset ? 'overlaps the tensor before it' : 'leaves a gap before it'
      throw new FormatError(
        `${file}: ${printable(t.name, 80)} ${fault}: it begins at byte ${t.begin}, expected ${offset}`,
      )
    }
    offset = t.end
  }
  return { tensors: sorted, metadata }
}

/** Reads it into `metadata`, and says that there is some. */
function readMetadata(text: HeaderJson, metadata: Record<string, string>, file: string): true {
  if (!text.isObject()) {
    if (text.value() !== null) throw new FormatError(`${file}: __metadata__ is not an object`)
    return true
  }
  text.object(key => {
    const value = text.stringOrNot()
    if (value === undefined) throw new FormatError(`${file}: __metadata__.${printable(key, 80)} is not a string`)
    // Even the key __proto__ is one like any other.
    Object.defineProperty(metadata, key, { value, enumerable: true, writable: true, configurable: true })
  })
  return true
}

function readInfo(text: HeaderJson, name: string, file: string): TensorInfo {
  const fail = (fault: string) => new FormatError(`${file}: ${printable(name, 80)} ${fault}`)
  if (!text.isObject()) {
    text.value()
    throw new FormatError(`${file}: the header's entry for ${printable(name, 80)} is not an object`)
  }
  let dtype: unknown
  let shape: unknown
  let offsets: unknown
  text.object(field => {
    if (field === 'dtype') dtype = text.stringOrNot() ?? text.value()
    else if (field === 'shape') shape = text.countsOrNot() ?? { not: text.value() }
    else if (field === 'data_offsets') offsets = text.countsOrNot() ?? { not: text.value() }
    else text.value()
  })
  if (typeof dtype !== 'string' || !Object.hasOwn(ELEMENT_BITS, dtype))
    throw fail(`has the unknown type ${describe(dtype)}`)
  if (!isCounts(shape)) throw fail(`has the shape ${describe(givenIn(shape))}, expected a list of whole numbers`)
  if (!isCounts(offsets) || offsets.length !== 2 || offsets[1]! < offsets[0]!)
    throw fail(`has the offsets ${describe(givenIn(offsets))}, expected [begin, end]`)
  const [begin, end] = offsets as [number, number]
  const bytes = byteLength(dtype as DType, shape)
  if (bytes !== end - begin)
    throw fail(`is ${dtype} ${describe(shape)}, ${bytes} bytes, but its offsets span ${end - begin} bytes`)
  return { name, dtype: dtype as DType, shape, begin, end }
}

const isCounts = (x: unknown): x is number[] => Array.isArray(x)
const givenIn = (x: unknown) => (isCounts(x) ? x : (x as { not: unknown } | undefined)?.not)

/**
 * The header alone, for a file whose tensors are written later: length and JSON, padded with spaces to a multiple of eight bytes and
 * to at least `room` bytes, so that it can be written again in place once the shapes are known.
 */
export function writeHeader(
  tensors: Record<string, { dtype: DType; shape: number[] }>,
  metadata: Record<string, string> = {},
  room = 0,
): Uint8Array {
  const header: Record<string, unknown> = {}
  if (Object.keys(metadata).length > 0) header.__metadata__ = metadata
  let offset = 0
  for (const [name, { dtype, shape }] of Object.entries(tensors)) {
    const end = offset + byteLength(dtype, shape)
    header[name] = { dtype, shape, data_offsets: [offset, end] }
    offset = end
  }
  const json = new TextEncoder().encode(JSON.stringify(header))
  const padded = Math.ceil(Math.max(json.byteLength, room - 8) / 8) * 8
  const head = new Uint8Array(8 + padded).fill(0x20)
  new DataView(head.buffer).setBigUint64(0, BigInt(padded), true)
  head.set(json, 8)
  return head
}

/** Bytes of a tensor. Infinity where the product passes 2⁵³ on the way, even if it ends at 0: the reference library refuses that, too. */
export function byteLength(dtype: DType, shape: number[]): number {
  let bits = ELEMENT_BITS[dtype]
  for (const length of shape) bits = bits > Number.MAX_SAFE_INTEGER ? Number.POSITIVE_INFINITY : bits * length
  return bits / 8
}
