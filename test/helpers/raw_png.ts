// PNG files chunk by chunk, of any bit depth and colour type, under Node.
import { deflateSync } from 'node:zlib'

interface RawPng {
  width: number
  height: number
  depth: number
  /** 0 gray, 2 RGB, 3 palette, 4 gray and alpha, 6 RGBA. */
  colourType: number
  /** Lines of samples, packed as the depth wants, no filter bytes. */
  lines: number[][]
  /** Further chunks before the pixels, by type. */
  chunks?: Record<string, number[]>
}

export function rawPng({ width, height, depth, colourType, lines, chunks = {} }: RawPng): Uint8Array {
  const head = Buffer.alloc(13)
  head.writeUInt32BE(width, 0)
  head.writeUInt32BE(height, 4)
  head.set([depth, colourType], 8)
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', head),
    ...Object.entries(chunks).map(([type, bytes]) => chunk(type, Buffer.from(bytes))),
    chunk('IDAT', deflateSync(Buffer.from(lines.flatMap(line => [0, ...line])))),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

/** EXIF data, little-endian, of nothing but an orientation, 1 … 8: for a PNG's eXIf chunk. */
export const exifOrientation = (turn: number): number[] => [
  ...[0x49, 0x49, 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0, turn, 0, 0, 0, 0, 0, 0, 0],
]

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const ends = Buffer.alloc(8)
  ends.writeUInt32BE(data.length, 0)
  ends.writeUInt32BE(crc32(body), 4)
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)])
}

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0)
  }
  return (crc ^ 0xffffffff) >>> 0
}
