// Runs one kernel: uploads host arrays, records a Program, runs it once and downloads its outputs. Outputs start as NaN (-1 for
// integers), so that an element that no thread writes shows.

import type { Gpu } from '../../src/gpu/gpu.ts'
import { Program } from '../../src/gpu/program.ts'
import type { Tape } from '../../src/gpu/tape.ts'
import type { ElementType, Tensor } from '../../src/gpu/tensor.ts'
import { toFloat32, toHalfBits } from '../../src/weights/floats.ts'

/** Numbers on the host, rounded to `type`, so that the reference sees what the kernel sees. */
export interface HostArray {
  shape: number[]
  type: ElementType
  values: Float64Array
}

type Fill = ArrayLike<number> | ((i: number) => number)

/** Numbers rounded to the element type of `gpu`, or to `type`. */
export function floats(gpu: Gpu, shape: number[], fill: Fill, type: 'f32' | 'f16' = gpu.precision): HostArray {
  const values = Float32Array.from(filled(shape, fill))
  const rounded = type === 'f16' ? fromBytes('f16', new Uint8Array(toHalfBits(values).buffer)) : values
  return { shape, type, values: Float64Array.from(rounded) }
}

export function ints(shape: number[], fill: Fill): HostArray {
  return { shape, type: 'i32', values: filled(shape, fill) }
}

/** u32 words; a struct of several types is given by its bits. */
export function words(shape: number[], fill: Fill): HostArray {
  return { shape, type: 'u32', values: filled(shape, fill) }
}

/**
 * Uploads `inputs`, records `record`, runs it and reads back the tensors that `record` returns: temps of the Program, or inputs
 * that were updated in place.
 * @throws GpuError on a WebGPU error
 */
export async function runKernel<I extends Record<string, HostArray>, O extends Record<string, Tensor>>(
  gpu: Gpu,
  inputs: I,
  record: (p: Program, tensors: Record<keyof I, Tensor>) => O,
  tape?: Tape,
): Promise<Record<keyof O, Float64Array>> {
  const uploaded = mapValues(inputs, (array, name) => upload(gpu, name, array))
  const program = new Program(gpu, 'test', tape)
  const outputs = record(program, uploaded)
  for (const t of Object.values(outputs)) if (t.isIntermediate) t.bindBuffer(unwritten(gpu, t).buffer)
  await program.build()
  program.run()
  await gpu.throwPendingError()
  const results = Object.entries(outputs).map(async ([name, t]) => [name, await download(gpu, t)] as const)
  return Object.fromEntries(await Promise.all(results)) as Record<keyof O, Float64Array>
}

function upload(gpu: Gpu, label: string, { shape, type, values }: HostArray): Tensor {
  const tensor = gpu.tensor(label, shape, type)
  gpu.write(tensor, toBytes(type, values, tensor.bytes))
  return tensor
}

function unwritten(gpu: Gpu, { label, shape, type }: Tensor): Tensor {
  const tensor = gpu.tensor(label, shape, type)
  gpu.write(tensor, new Uint8Array(tensor.bytes).fill(0xff))
  return tensor
}

async function download(gpu: Gpu, t: Tensor): Promise<Float64Array> {
  return Float64Array.from(fromBytes(t.type, new Uint8Array(await gpu.read(t))).subarray(0, t.length))
}

function toBytes(type: ElementType, values: Float64Array, bytes: number): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(bytes)
  if (type === 'f32') new Float32Array(out.buffer).set(values)
  else if (type === 'f16') new Uint16Array(out.buffer).set(toHalfBits(Float32Array.from(values)))
  else new Uint32Array(out.buffer).set(Uint32Array.from(values))
  return out
}

function fromBytes(type: ElementType, data: Uint8Array<ArrayBuffer>): Float32Array | Int32Array | Uint32Array {
  if (type === 'i32') return new Int32Array(data.buffer)
  if (type === 'u32') return new Uint32Array(data.buffer)
  return toFloat32({ dtype: type === 'f16' ? 'F16' : 'F32', shape: [], data }, 'result')
}

function filled(shape: number[], fill: Fill): Float64Array {
  const length = shape.reduce((a, b) => a * b, 1)
  if (typeof fill !== 'function' && fill.length !== length)
    throw new Error(`[${shape.join(', ')}] takes ${length} numbers, given ${fill.length}`)
  return Float64Array.from({ length }, (_, i) => (typeof fill === 'function' ? fill(i) : fill[i]!))
}

function mapValues<T extends Record<string, HostArray>>(
  record: T,
  make: (value: HostArray, key: string) => Tensor,
): Record<keyof T, Tensor> {
  const entries = Object.entries(record).map(([key, value]) => [key, make(value, key)])
  return Object.fromEntries(entries) as Record<keyof T, Tensor>
}
