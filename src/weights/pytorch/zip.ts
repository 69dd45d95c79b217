// The entries of a PyTorch zip. PyTorch stores them without compression, and its local headers carry no sizes, so the central
// directory is what counts. Entries are views into the file's bytes: nothing is copied.

import { printable } from '../printable.ts'
import { FormatError } from '../safetensors.ts'

const END = 0x06054b50
const ENTRY = 0x02014b50
const LOCAL = 0x04034b50
const END_BYTES = 22
const ENTRY_BYTES = 46
const LOCAL_BYTES = 30
/** The longest comment a zip may end in. */
const MAX_COMMENT = 0xffff
/** Entries of a checkpoint: a storage each, and a few more. */
const MAX_ENTRIES = 65_535

/**
 * Lists a zip's entries by name.
 * @param file names the file in errors
 * @throws FormatError when it is no zip, is truncated, is compressed, or its directory contradicts itself
 */
export function readZip(bytes: Uint8Array, file: string): Map<string, Uint8Array> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const end = findEnd(view, file)
  const count = view.getUint16(end + 10, true)
  const size = view.getUint32(end + 12, true)
  const start = view.getUint32(end + 16, true)
  if (count === MAX_ENTRIES || start === 0xffffffff)
    throw new FormatError(`${file}: the zip has more than ${MAX_ENTRIES - 1} entries or 4 GiB, which is not supported`)
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
  const [packed, size] = [view.getUint32(at + 20, true), view.getUint32(at + 24, true)]
  const local = view.getUint32(at + 42, true)
  if (method !== 0 || packed !== size)
    throw new FormatError(`${what} is compressed (method ${method}), expected it stored as torch.save does`)
  if (local + LOCAL_BYTES > limit || view.getUint32(local, true) !== LOCAL)
    throw new FormatError(`${what} begins at byte ${local}, where the zip has no entry`)
  const start = local + LOCAL_BYTES + view.getUint16(local + 26, true) + view.getUint16(local + 28, true)
  if (start + size > limit)
    throw new FormatError(`${what} claims ${size} bytes at byte ${start}, more than the file holds`)
  return bytes.subarray(start, start + size)
}
