// Conversion of floats: F16 and BF16 to F32, F32 to F16.

import { FormatError } from './format_error.ts'
import type { HostTensor } from './safetensors.ts'

/**
 * The values of an F32, F16 or BF16 tensor.
 * @throws FormatError for another type
 */
export function toFloat32(t: HostTensor, name: string): Float32Array<ArrayBuffer> {
  const { data } = t
  if (t.dtype === 'F32') return new Float32Array(data.slice().buffer)
  if (t.dtype !== 'F16' && t.dtype !== 'BF16') throw new FormatError(`${name} is ${t.dtype}, expected F32, F16 or BF16`)
  const halves = new Uint16Array(data.slice().buffer)
  const words = new Uint32Array(halves.length)
  const widen = t.dtype === 'F16' ? halfBitsToFloatBits : (h: number) => h << 16
  for (let i = 0; i < halves.length; i++) words[i] = widen(halves[i]!)
  return new Float32Array(words.buffer)
}

/** IEEE 754 binary16 bits → binary32 bits. */
function halfBitsToFloatBits(h: number): number {
  const sign = (h & 0x8000) << 16
  const exponent = (h >> 10) & 31
  const mantissa = h & 1023
  if (exponent === 31) return sign | 0x7f800000 | (mantissa << 13)
  if (exponent > 0) return sign | ((exponent + 112) << 23) | (mantissa << 13)
  if (mantissa === 0) return sign
  const shift = Math.clz32(mantissa) - 21
  return sign | ((113 - shift) << 23) | ((mantissa << (shift + 13)) & 0x7fffff)
}

/** Values rounded to the nearest 16-bit floats (ties to even), as bit patterns; past 65504 they become infinite. */
export function toHalfBits(values: Float32Array): Uint16Array<ArrayBuffer> {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length)
  const halves = new Uint16Array(values.length)
  for (let i = 0; i < values.length; i++) halves[i] = floatBitsToHalfBits(words[i]!)
  return halves
}

function floatBitsToHalfBits(w: number): number {
  const sign = (w >>> 16) & 0x8000
  const magnitude = w & 0x7fffffff
  if (magnitude > 0x7f800000) return sign | 0x7e00
  if (magnitude >= 0x477ff000) return sign | 0x7c00
  if (magnitude >= 0x38800000) {
    const rounded = magnitude - 0x38000000 + 0xfff + ((magnitude >>> 13) & 1)
    return sign | (rounded >>> 13)
  }
  if (magnitude < 0x33000000) return sign
  const shift = 126 - (magnitude >>> 23)
  const mantissa = (magnitude & 0x7fffff) | 0x800000
  const half = mantissa >>> shift
  const remainder = mantissa & ((1 << shift) - 1)
  const middle = 1 << (shift - 1)
  return sign | (half + (remainder > middle || (remainder === middle && (half & 1) === 1) ? 1 : 0))
}
