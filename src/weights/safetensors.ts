// The safetensors format (https://github.com/huggingface/safetensors): eight bytes of header length, a JSON header of names, types,
// shapes and offsets, then the tensors' bytes without gaps. The reader streams a file tensor by tensor, so it is never in memory as a
// whole. It is as strict as the reference library.

import { FormatError } from './format_error.ts'
import { printable } from './printable.ts'
import { byteLength, type DType, type Header, parseHeader, type TensorInfo, writeHeader } from './safetensors_header.ts'

export { FormatError } from './format_error.ts'

const MAX_HEADER_BYTES = 100_000_000

/** A file's bytes: a fetch, a File, a path under Node. `size` is in bytes, if it is known beforehand. */
export interface ByteSource {
  name: string
  size?: number
  stream(): AsyncIterable<Uint8Array>
}

/** A tensor on the CPU: its bytes as in the file, little-endian, on a buffer of its own. */
export interface HostTensor {
  dtype: DType
  shape: number[]
  data: Uint8Array
}

/** A source over bytes that are already in memory. */
export function bytesSource(name: string, bytes: Uint8Array): ByteSource {
  return {
    name,
    size: bytes.byteLength,
    async *stream() {
      yield bytes
    },
  }
}

/** Reads a file: the header at once, then the tensors one by one, in file order. */
export class SafetensorsReader {
  private constructor(
    readonly name: string,
    readonly header: Header,
    private readonly pieces: Pieces,
  ) {}

  /**
   * Reads and checks the header.
   * @throws FormatError when the file is truncated, its header is malformed, or it is not a safetensors file at all
   */
  static async open(source: ByteSource): Promise<SafetensorsReader> {
    const { name, size } = source
    const pieces = new Pieces(source)
    try {
      return await SafetensorsReader.readHeader(name, size, pieces)
    } catch (error) {
      await pieces.close()
      throw error
    }
  }

  private static async readHeader(name: string, size: number | undefined, pieces: Pieces): Promise<SafetensorsReader> {
    const prefix = await pieces.take(8, 'the length of its header')
    const length = Number(new DataView(prefix.buffer).getBigUint64(0, true))
    const other = length > MAX_HEADER_BYTES || 8 + length > (size ?? length + 8) ? otherFormat(prefix) : undefined
    if (other) throw new FormatError(`${name} is ${other}, expected a safetensors file`)
    if (length > MAX_HEADER_BYTES)
      throw new FormatError(`${name}: its header claims ${length} bytes, more than the format's ${MAX_HEADER_BYTES}`)
    if (size !== undefined && 8 + length > size)
      throw new FormatError(`${name}: its header claims ${length} bytes, longer than the file of ${size} bytes`)
    const header = parseHeader(await pieces.take(length, 'its header'), name)
    const end = 8 + length + (header.tensors.at(-1)?.end ?? 0)
    if (size !== undefined && end !== size)
      throw new FormatError(
        `${name}: ${end > size ? 'truncated' : 'spare bytes'}: its header describes ${end} bytes, it has ${size}`,
      )
    return new SafetensorsReader(name, header, pieces)
  }

  /** The tensors in file order, each on a buffer of its own. Iterate only once. */
  async *tensors(): AsyncGenerator<[TensorInfo, Uint8Array<ArrayBuffer>]> {
    try {
      for (const info of this.header.tensors) yield [info, await this.pieces.take(info.end - info.begin, info.name)]
      if (!(await this.pieces.atEnd())) throw new FormatError(`${this.name}: spare bytes follow its last tensor`)
    } finally {
      await this.pieces.close()
    }
  }

  /** Stops reading, for a caller that needs only the header. */
  async close(): Promise<void> {
    await this.pieces.close()
  }
}

/** What a server has sent in place of a file: a Git LFS pointer or a web page; undefined for neither. @param text the first bytes */
export function notTheFile(text: string): string | undefined {
  if (text.startsWith('version ')) return 'a Git LFS pointer: run git lfs pull'
  return /^\s*</.test(text) ? 'a web page' : undefined
}

/** The format of a file that is not a safetensors file, by its first eight bytes; undefined if it is not known. */
function otherFormat(prefix: Uint8Array): string | undefined {
  const text = String.fromCharCode(...prefix).replace('\xef\xbb\xbf', '')
  const page = notTheFile(text)
  if (page) return page
  if (/^\s*[{[]/.test(text)) return 'JSON, such as an error of a server'
  if (/^[\s!-~]+$/.test(text)) return `text that begins ${JSON.stringify(text)}`
  if (text.startsWith('PK\x03\x04')) return 'a zip archive, such as a PyTorch checkpoint'
  if (text.startsWith('\x80\x02') || text.startsWith('\x80\x04')) return 'a Python pickle'
  return undefined
}

/** Cuts a stream of chunks into pieces of given lengths. */
class Pieces {
  private readonly chunks: AsyncIterator<Uint8Array>
  private rest = new Uint8Array(0)

  constructor(private readonly source: ByteSource) {
    this.chunks = source.stream()[Symbol.asyncIterator]()
  }

  /** A copy of the next `length` bytes. If the file's size is unknown it grows with what arrives, so a false header claims no memory. */
  async take(length: number, what: string): Promise<Uint8Array<ArrayBuffer>> {
    const known = this.source.size !== undefined || length <= 1 << 16
    let piece = new Uint8Array(known ? length : 1 << 16)
    let filled = 0
    while (filled < length) {
      if (this.rest.byteLength === 0 && !(await this.refill()))
        throw new FormatError(
          `${this.source.name}: truncated: it ends ${length - filled} bytes short of the end of ${printable(what, 80)}`,
        )
      const part = this.rest.subarray(0, length - filled)
      if (filled + part.byteLength > piece.byteLength) {
        const grown = new Uint8Array(Math.min(length, Math.max(2 * piece.byteLength, filled + part.byteLength)))
        grown.set(piece.subarray(0, filled))
        piece = grown
      }
      piece.set(part, filled)
      filled += part.byteLength
      this.rest = this.rest.subarray(part.byteLength)
    }
    return piece
  }

  async atEnd(): Promise<boolean> {
    return this.rest.byteLength === 0 && !(await this.refill())
  }

  async close(): Promise<void> {
    await this.chunks.return?.()
  }

  private async refill(): Promise<boolean> {
    for (;;) {
      const { done, value } = await this.chunks.next()
      if (done) return false
      if (value.byteLength > 0) {
        this.rest = value as Uint8Array<ArrayBuffer>
        return true
      }
    }
  }
}

/** Reads a whole small file, such as a bundle. @throws FormatError as SafetensorsReader does */
export async function readSafetensors(
  source: ByteSource,
): Promise<{ tensors: Map<string, HostTensor>; metadata: Record<string, string> }> {
  const reader = await SafetensorsReader.open(source)
  const tensors = new Map<string, HostTensor>()
  for await (const [{ name, dtype, shape }, data] of reader.tensors()) tensors.set(name, { dtype, shape, data })
  return { tensors, metadata: reader.header.metadata }
}

/**
 * A file's bytes in pieces: the header, padded with spaces to a multiple of eight bytes, then each tensor's bytes.
 * @throws FormatError when a tensor's bytes do not fit its type and shape
 */
export function writeSafetensors(
  tensors: Record<string, HostTensor>,
  metadata: Record<string, string> = {},
): Uint8Array[] {
  for (const [name, { dtype, shape, data }] of Object.entries(tensors)) {
    const bytes = byteLength(dtype, shape)
    if (bytes !== data.byteLength)
      throw new FormatError(`${name}: ${dtype} [${shape}] takes ${bytes} bytes, given ${data.byteLength}`)
  }
  return [writeHeader(tensors, metadata), ...Object.values(tensors).map(t => t.data)]
}

/** A host tensor over a typed array's memory, with the type of its elements. */
export function hostTensor(array: Float32Array | Int32Array | Uint8Array, shape: number[]): HostTensor {
  const dtype = array instanceof Float32Array ? 'F32' : array instanceof Int32Array ? 'I32' : 'U8'
  return { dtype, shape, data: new Uint8Array(array.buffer, array.byteOffset, array.byteLength) }
}

/** Concatenates the pieces of a file. */
export function joined(pieces: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(pieces.reduce((sum, { byteLength }) => sum + byteLength, 0))
  let at = 0
  for (const piece of pieces) {
    all.set(piece, at)
    at += piece.byteLength
  }
  return all
}
