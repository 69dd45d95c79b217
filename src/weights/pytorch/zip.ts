// The entries of a PyTorch zip. PyTorch stores them without compression, and its local headers carry no sizes, so they are taken from the
// central directory. What 32 bits cannot hold is in its 64-bit records. Entries are views into the file's bytes: nothing is copied.

import { FormatError } from '../format_error.ts'
import { printable } from '../printable.ts'

const END = 0x06054b50
const ENTRY = 0x02014b50
const LOCAL = 0x04034b50
const END_64 = 0x06064b50
const LOCATOR_64 = 0x07064b50
const END_BYTES = 22
const ENTRY_BYTES = 46
const LOCAL_BYTES = 30
const END_64_BYTES = 56
const LOCATOR_64_BYTES = 20
/** A field of this value is in a 64-bit record instead. */
const ELSEWHERE = 0xffffffff
/** The extra field that holds an entry's 64-bit sizes. */
const EXTRA_64 = 1
/** The longest comment a zip may end in. */
const MAX_COMMENT = 0xffff
/** So that a small file cannot fill the memory. */
const MAX_ENTRIES = 200_000

/**
 * Lists a zip's entries by name.
 * @param file names the file in errors
 * @throws FormatError when it is not a zip, is truncated or compressed, or its directory contradicts itself
 */
export function readZip(bytes: Uint8Array, file: string): Map<string, Uint8Array> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const { end, count, size, start } = directory(view, file)
  if (count > MAX_ENTRIES)
    throw new FormatError(`${file}: the zip has ${count} entries, more than the ${MAX_ENTRIES} of a checkpoint`)
  if (start + size > end)
    throw new FormatError(`${file}: the zip's directory of ${size} bytes at byte ${start} does not fit the file`)
  const entries = new Map<string, Uint8Array>()
  let at = start
  for (let i = 0; i < count; i++) {
    if (at + ENTRY_BYTES > start + size || view.getUint32(at, true) !== ENTRY)
      throw new FormatError(`${file}: entry ${i} of ${count} of the zip's directory is malformed`)
    const nameLength = view.getUint16(at + 28, true)
    const next = at + ENTRY_BYTES + nameLength + view.getUint16(at + 30, true) + view.getUint16(at + 32, true)
    if (next > start + size) throw new FormatError(`${file}: entry ${i} of the zip's directory runs past its end`)
    const name = new TextDecoder().decode(bytes.subarray(at + ENTRY_BYTES, at + ENTRY_BYTES + nameLength))
    if (entries.has(name)) throw new FormatError(`${file}: the zip has two entries ${printable(name, 80)}`)
    entries.set(name, entryBytes(bytes, view, at, start, `${file}: ${printable(name, 80)}`))
    at = next
  }
  return entries
}

/** Where the central directory is: `count` entries in `size` bytes from byte `start`, before byte `end`. */
function directory(view: DataView, file: string) {
  const end = findEnd(view, file)
  const locator = end - LOCATOR_64_BYTES
  if (locator < 0 || view.getUint32(locator, true) !== LOCATOR_64) {
    const [size, start] = [view.getUint32(end + 12, true), view.getUint32(end + 16, true)]
    return { end, count: view.getUint16(end + 10, true), size, start }
  }
  const end64 = u64(view, locator + 8)
  if (end64 + END_64_BYTES > locator || view.getUint32(end64, true) !== END_64)
    throw new FormatError(`${file}: the zip's 64-bit directory record is not at byte ${end64}, where it should be`)
  return { end: end64, count: u64(view, end64 + 32), size: u64(view, end64 + 40), start: u64(view, end64 + 48) }
}

/** Exact up to 2⁵³; what is larger does not fit any file. */
const u64 = (view: DataView, at: number): number => Number(view.getBigUint64(at, true))

function findEnd(view: DataView, file: string): number {
  const last = view.byteLength - END_BYTES
  if (last < 0 || view.getUint32(0, true) !== LOCAL)
    throw new FormatError(`${file} is not a zip archive, expected a checkpoint that torch.save wrote`)
  for (let at = last; at >= Math.max(0, last - MAX_COMMENT); at--)
    if (view.getUint32(at, true) === END && at + END_BYTES + view.getUint16(at + 20, true) === view.byteLength)
      return at
  throw new FormatError(`${file}: the zip's directory is missing: the file is truncated, get it again`)
}

/** The bytes of the entry whose directory record is at `at`. Local headers have lengths of their own for name and extra field. */
function entryBytes(bytes: Uint8Array, view: DataView, at: number, limit: number, what: string): Uint8Array {
  const method = view.getUint16(at + 10, true)
  const wide = wideFields(view, at)
  const field = (offset: number): number => {
    const value = view.getUint32(at + offset, true)
    return value === ELSEWHERE ? (wide.shift() ?? value) : value
  }
  // The order of the 64-bit fields: size, packed size, place.
  const [size, packed, local] = [field(24), field(20), field(42)]
  if (method !== 0 || packed !== size)
    throw new FormatError(`${what} is compressed (method ${method}), expected it stored as torch.save does`)
  if (local + LOCAL_BYTES > limit || view.getUint32(local, true) !== LOCAL)
    throw new FormatError(`${what} begins at byte ${local}, where the zip has no entry`)
  const start = local + LOCAL_BYTES + view.getUint16(local + 26, true) + view.getUint16(local + 28, true)
  if (start + size > limit)
    throw new FormatError(`${what} claims ${size} bytes at byte ${start}, more than the file holds`)
  return bytes.subarray(start, start + size)
}

/** The 64-bit numbers in the extra field of the directory record at `at`. */
function wideFields(view: DataView, at: number): number[] {
  const from = at + ENTRY_BYTES + view.getUint16(at + 28, true)
  const end = from + view.getUint16(at + 30, true)
  for (let extra = from; extra + 4 <= end; extra += 4 + view.getUint16(extra + 2, true)) {
    const last = Math.min(extra + 4 + view.getUint16(extra + 2, true), end)
    if (view.getUint16(extra, true) === EXTRA_64)
      return Array.from({ length: Math.floor((last - extra - 4) / 8) }, (_, i) => u64(view, extra + 4 + 8 * i))
  }
  return []
}
