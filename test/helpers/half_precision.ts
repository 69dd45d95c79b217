// A file's weights as 16-bit floats, and the same values widened to 32 bits again.

import { toFloat32, toHalfBits } from '../../src/weights/floats.ts'
import {
  bytesSource,
  type HostTensor,
  hostTensor,
  joined,
  readSafetensors,
  writeSafetensors,
} from '../../src/weights/safetensors.ts'
import type { Files } from './random_model.ts'

export type Half = 'F16' | 'BF16'

/** BF16 by cutting off the lower half of each word. */
const truncated = (values: Float32Array) =>
  Uint16Array.from(new Uint32Array(values.buffer, values.byteOffset, values.length), word => word >>> 16)

/** A component's file with every tensor stored as `type`. */
export async function narrowed(file: Uint8Array, type: Half): Promise<Uint8Array> {
  return rewritten(file, (values, shape) => {
    const halves = type === 'F16' ? toHalfBits(values) : truncated(values)
    return { dtype: type, shape, data: new Uint8Array(halves.buffer) }
  })
}

/** A component's file with every tensor stored as F32. */
export async function widened(file: Uint8Array): Promise<Uint8Array> {
  return rewritten(file, hostTensor)
}

/** Every safetensors file of a model. */
export async function mapWeights(files: Files, change: (file: Uint8Array) => Promise<Uint8Array>): Promise<Files> {
  const entries = Object.entries(files).map(
    async ([name, file]) => [name, name.endsWith('.safetensors') ? await change(file) : file] as const,
  )
  return Object.fromEntries(await Promise.all(entries))
}

/** A file with its tensors' values changed; they come as F32. */
export async function rewritten(
  file: Uint8Array,
  change: (values: Float32Array<ArrayBuffer>, shape: number[], name: string) => HostTensor,
): Promise<Uint8Array> {
  const { tensors } = await readSafetensors(bytesSource('weights', file))
  const entries = [...tensors].map(([name, t]) => [name, change(toFloat32(t, name), t.shape, name)])
  return joined(writeSafetensors(Object.fromEntries(entries)))
}
