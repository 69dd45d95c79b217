// Safetensors files byte by byte, to be wrong in chosen ways: a header of any text, data of any length.

import type { ByteSource } from '../../src/weights/safetensors.ts'

/** A file with this header (an object becomes its JSON) and this much data. `claimed` lies about the header's length. */
export function rawFile(header: unknown, data: number | Uint8Array = 0, claimed?: number | bigint): Uint8Array {
  const text = typeof header === 'string' ? header : JSON.stringify(header)
  const json = new TextEncoder().encode(text)
  const body = typeof data === 'number' ? new Uint8Array(data) : data
  const file = new Uint8Array(8 + json.byteLength + body.byteLength)
  new DataView(file.buffer).setBigUint64(0, BigInt(claimed ?? json.byteLength), true)
  file.set(json, 8)
  file.set(body, 8 + json.byteLength)
  return file
}

/** One header entry. */
export const entry = (dtype: string, shape: unknown, begin: unknown, end: unknown) => ({
  dtype,
  shape,
  data_offsets: [begin, end],
})

/** A source that arrives `chunk` bytes at a time, of a size not known beforehand. `state.closed` tells whether its reader released it. */
export function unsizedSource(name: string, bytes: Uint8Array, chunk = 7): ByteSource & { state: { closed: boolean } } {
  const state = { closed: false }
  return {
    name,
    state,
    async *stream() {
      try {
        for (let at = 0; at < bytes.byteLength; at += chunk) yield bytes.subarray(at, at + chunk)
      } finally {
        state.closed = true
      }
    },
  }
}
