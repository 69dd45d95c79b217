// A component's file against what its config implies, and its tensors as they go to the GPU (here, a stand-in that keeps bytes).

import { beforeEach, describe, expect, test } from 'vitest'
import type { Gpu } from '../../src/gpu/gpu.ts'
import type { Precision } from '../../src/gpu/kernel.ts'
import { type ElementType, Tensor } from '../../src/gpu/tensor.ts'
import { FormatError } from '../../src/weights/format_error.ts'
import { loadWeights, type ParameterSpec } from '../../src/weights/load.ts'
import { bytesSource, type HostTensor, hostTensor, joined, writeSafetensors } from '../../src/weights/safetensors.ts'
import { unsizedSource } from '../helpers/raw_safetensors.ts'

const SPECS: ParameterSpec[] = [
  { name: 'in.weight', shape: [2, 3], layout: 'linear' },
  { name: 'position', shape: [3], layout: 'table' },
  { name: 'in.bias', shape: [2], layout: 'vector' },
  { name: 'codebook', shape: [2, 1], layout: 'table', host: true },
]

const floats = (shape: number[], ...values: number[]) => hostTensor(Float32Array.from(values), shape)
let tensors: Record<string, HostTensor>

beforeEach(() => {
  tensors = {
    'in.weight': floats([2, 3], 1, 2, 3, 4, 5, 6),
    position: floats([3], 7, 8, 9),
    'in.bias': floats([2], -1, -2),
    codebook: floats([2, 1], 0.5, 0.25),
  }
})

/** What of a Gpu loading asks for; `written` holds every tensor's bytes by its label. */
function standIn(precision: Precision): { gpu: Gpu; written: Map<string, Uint8Array> } {
  const written = new Map<string, Uint8Array>()
  const gpu = {
    precision,
    tensor: (label: string, shape: number[], type: ElementType = precision) => new Tensor(label, shape, type),
    write: (t: Tensor, data: ArrayBufferView) =>
      written.set(t.label, new Uint8Array(data.buffer, data.byteOffset, data.byteLength)),
  }
  return { gpu: gpu as unknown as Gpu, written }
}

const load = (precision: Precision = 'f32') =>
  loadWeights(standIn(precision).gpu, bytesSource('part.safetensors', joined(writeSafetensors(tensors))), SPECS)

const refuses = (sentence: string, precision?: Precision) =>
  expect(load(precision)).rejects.toThrow(new FormatError(`part.safetensors: ${sentence}`))

test('linear weights come transposed, everything else as it is, whatever order the file has', async () => {
  tensors = Object.fromEntries(Object.entries(tensors).reverse())
  const { gpu, written } = standIn('f32')
  const weights = await loadWeights(gpu, unsizedSource('part', joined(writeSafetensors(tensors)), 11), SPECS)
  const values = (label: string) => [...new Float32Array(written.get(label)!.slice().buffer)]
  expect(values('part: in.weight')).toEqual([1, 4, 2, 5, 3, 6])
  expect(weights.get('in.weight').shape).toEqual([3, 2])
  expect(values('part: position')).toEqual([7, 8, 9])
  expect(values('part: in.bias')).toEqual([-1, -2])
  expect([...weights.values('codebook')]).toEqual([0.5, 0.25])
})

test('in f16, matrices and tables are halves and vectors stay f32', async () => {
  const { gpu, written } = standIn('f16')
  await loadWeights(gpu, bytesSource('part', joined(writeSafetensors(tensors))), SPECS)
  expect([...new Uint16Array(written.get('part: position')!.slice().buffer)]).toEqual([0x4700, 0x4800, 0x4880, 0])
  expect([...new Float32Array(written.get('part: in.bias')!.slice().buffer)]).toEqual([-1, -2])
})

describe('a file that config.json does not imply', () => {
  test('lacks a tensor', async () => {
    delete tensors['in.bias']
    await refuses('in.bias is missing, config.json implies [2]')
  })

  test('has one too many', async () => {
    tensors['out.bias'] = floats([1], 0)
    await refuses('out.bias is unexpected: config.json does not imply it')
  })

  test.each([
    ['another size', [3, 2]],
    ['fewer dimensions', [6]],
    ['more dimensions', [1, 2, 3]],
  ])('has one of %s', async (_, shape) => {
    tensors['in.weight'] = floats(shape, 1, 2, 3, 4, 5, 6)
    await refuses(`in.weight is [${shape.join(', ')}], config.json implies [2, 3]`)
  })

  test.each(['I32', 'U32'] as const)('has %s where floats are wanted', async dtype => {
    tensors.position = { dtype, shape: [3], data: new Uint8Array(12) }
    await refuses(`position is ${dtype}, expected F32, F16 or BF16`)
  })

  test('has 64-bit floats', async () => {
    tensors.position = { dtype: 'F64', shape: [3], data: new Uint8Array(24) }
    await refuses('position is F64, expected F32, F16 or BF16')
  })
})

describe('a number that is not finite', () => {
  test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])('F32 %d', async bad => {
    tensors['in.weight'] = floats([2, 3], 1, 2, 3, 4, bad, 6)
    await refuses(`in.weight holds ${bad} at element 4 of 6`)
  })

  test('in a tensor for the host', async () => {
    tensors.codebook = floats([2, 1], 1, Number.NaN)
    await refuses('codebook holds NaN at element 1 of 2')
  })

  test('F16', async () => {
    tensors.position = { dtype: 'F16', shape: [3], data: new Uint8Array(Uint16Array.of(0, 0xfc00, 0).buffer) }
    await refuses('position holds -Infinity at element 1 of 3')
  })

  test('BF16', async () => {
    tensors.position = { dtype: 'BF16', shape: [3], data: new Uint8Array(Uint16Array.of(0, 0, 0x7fc0).buffer) }
    await refuses('position holds NaN at element 2 of 3')
  })
})

test('a number beyond 16-bit floats is refused in f16, and taken in f32', async () => {
  tensors['in.weight'] = floats([2, 3], 1, 2, 3, 4, -70000, 6)
  await refuses("in.weight holds -70000, which exceeds the range of f16: load it with precision 'f32'", 'f16')
  await load('f32')
})

test('a file refused by its header is read no further', async () => {
  delete tensors.position
  const source = unsizedSource('part', joined(writeSafetensors(tensors)))
  await expect(loadWeights(standIn('f32').gpu, source, SPECS)).rejects.toThrow('position is missing')
  expect(source.state.closed).toBe(true)
})
