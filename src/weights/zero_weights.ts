// Files of zero weights, for measuring memory and time without a trained model.

import type { ParameterSpec } from './load.ts'
import type { ByteSource } from './safetensors.ts'
import { writeHeader } from './safetensors_header.ts'

/** A component's safetensors, F16, all zero. */
export function zeroWeights(name: string, specs: readonly ParameterSpec[]): ByteSource {
  const entries = specs.map(({ name, shape }) => [name, { dtype: 'F16' as const, shape }])
  const elements = specs.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0)
  return {
    name,
    async *stream() {
      yield writeHeader(Object.fromEntries(entries))
      const chunk = new Uint8Array(1 << 20)
      for (let left = 2 * elements; left > 0; left -= chunk.byteLength) yield chunk.subarray(0, left)
    },
  }
}
