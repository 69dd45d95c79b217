// Reads tensors back as floats.

import type { Gpu } from '../gpu/gpu.ts'
import type { Tensor } from '../gpu/tensor.ts'
import { toFloat32 } from './floats.ts'

/** A tensor's numbers, floats or whole numbers, as 32-bit floats. */
export async function readFloats(gpu: Gpu, t: Tensor): Promise<Float32Array> {
  const data = new Uint8Array(await gpu.read(t))
  if (t.type === 'i32' || t.type === 'u32') return Float32Array.from(new Int32Array(data.buffer, 0, t.length))
  const dtype = t.type === 'f16' ? 'F16' : 'F32'
  return toFloat32({ dtype, shape: [...t.shape], data }, t.label).subarray(0, t.length)
}
