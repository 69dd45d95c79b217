// Files spoilt at random: whatever the bytes, reading ends in tensors or a FormatError, and soon.

import { expect, test } from 'vitest'
import { toFloat32 } from '../../src/weights/floats.ts'
import {
  bytesSource,
  FormatError,
  hostTensor,
  joined,
  readSafetensors,
  writeSafetensors,
} from '../../src/weights/safetensors.ts'
import { randomNumbers } from '../helpers/random_model.ts'
import { unsizedSource } from '../helpers/raw_safetensors.ts'

const GOOD = joined(
  writeSafetensors(
    {
      'a.weight': hostTensor(new Float32Array(12).fill(0.5), [3, 4]),
      b: { dtype: 'F16', shape: [5], data: new Uint8Array(10).fill(60) },
      c: { dtype: 'BF16', shape: [2, 1], data: new Uint8Array(4).fill(63) },
      empty: hostTensor(new Float32Array(0), [0]),
    },
    { seed: '3' },
  ),
)

/** Some flipped bits in the header or anywhere, some cut off at the end, some bytes repeated. */
function spoil(seed: number): Uint8Array {
  const random = randomNumbers(seed)
  const below = (n: number) => Math.floor(((random() + 1) / 2) * n)
  const spoilt = GOOD.slice(0, seed % 3 === 0 ? below(GOOD.byteLength + 1) : GOOD.byteLength)
  const flips = seed % 3 === 0 ? 0 : 1 + below(4)
  for (let i = 0; i < flips; i++) spoilt[below(seed % 3 === 1 ? 12 : spoilt.byteLength)]! ^= 1 << below(8)
  return seed % 7 === 0 ? joined([spoilt, spoilt.slice(0, below(spoilt.byteLength))]) : spoilt
}

test('300 spoilt files, sized and unsized, are read or refused within a second each', async () => {
  let refused = 0
  for (let seed = 1; seed <= 300; seed++)
    for (const source of [bytesSource('a.safetensors', spoil(seed)), unsizedSource('a.safetensors', spoil(seed), 13)]) {
      const start = performance.now()
      try {
        const { tensors } = await readSafetensors(source)
        for (const [name, t] of tensors) toFloat32(t, name)
      } catch (error) {
        expect(error, `seed ${seed}`).toBeInstanceOf(FormatError)
        refused++
      }
      expect(performance.now() - start, `seed ${seed}`).toBeLessThan(1000)
    }
  // Neither all nor none: a flipped bit within a weight is still a weight.
  expect(refused).toBeGreaterThan(300)
  expect(refused).toBeLessThan(600)
})
