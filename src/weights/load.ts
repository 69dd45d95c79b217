// From a safetensors stream to tensors on the GPU: the header is held against what the config implies before any data is
// read, then one tensor at a time is widened, checked, laid out as its kernel wants it, and written to its buffer.

import type { Gpu } from '../gpu/gpu.ts'
import type { Tensor } from '../gpu/tensor.ts'
import { toFloat32, toHalfBits } from './floats.ts'
import { type ByteSource, FormatError, type Header, SafetensorsReader } from './safetensors.ts'

/**
 * How the GPU holds a tensor. `linear`: [out, in] becomes [in, out] in the Gpu's element type. `table`: as in the file, in the element
 * type. `vector`: as in the file, in f32.
 */
export type Layout = 'linear' | 'table' | 'vector'

/** A tensor that a config implies. */
export interface ParameterSpec {
  name: string
  shape: number[]
  layout: Layout
  /** It stays on the host in f32, where other tensors are computed from it. */
  host?: boolean
}

/** A component's tensors by their names in its file. */
export class Weights {
  readonly host = new Map<string, Float32Array>()
  private readonly tensors = new Map<string, Tensor>()

  constructor(readonly file: string) {}

  set(name: string, tensor: Tensor): void {
    this.tensors.set(name, tensor)
  }

  /** The tensor of that name on the GPU. */
  get(name: string): Tensor {
    const tensor = this.tensors.get(name)
    if (!tensor) throw new Error(`${this.file}: no tensor ${name} on the GPU`)
    return tensor
  }

  /** The values of a tensor that stays on the host. */
  values(name: string): Float32Array {
    const values = this.host.get(name)
    if (!values) throw new Error(`${this.file}: no tensor ${name} on the host`)
    return values
  }
}

/**
 * Holds a header against the tensors a config implies.
 * @throws FormatError naming the first tensor that is missing, spare, misshapen or of a type that holds no floats
 */
export function checkHeader(header: Header, specs: readonly ParameterSpec[], file: string): void {
  const found = new Map(header.tensors.map(t => [t.name, t]))
  for (const { name, shape } of specs) {
    const t = found.get(name)
    if (!t) throw new FormatError(`${file}: ${name} is missing, config.json implies it with [${shape.join(', ')}]`)
    if (t.shape.length !== shape.length || t.shape.some((n, i) => n !== shape[i]))
      throw new FormatError(`${file}: ${name} is [${t.shape.join(', ')}], config.json implies [${shape.join(', ')}]`)
    if (t.dtype !== 'F32' && t.dtype !== 'F16' && t.dtype !== 'BF16')
      throw new FormatError(`${file}: ${name} is ${t.dtype}, expected F32, F16 or BF16`)
    found.delete(name)
  }
  const [spare] = found.keys()
  if (spare !== undefined) throw new FormatError(`${file}: ${spare} is not a tensor that config.json implies`)
}

/**
 * Streams a component's file onto the GPU; never more than one tensor is in memory beside it.
 * @throws FormatError naming file and tensor for whatever checkHeader or the reader finds, and for NaN or infinite values
 */
export async function loadWeights(gpu: Gpu, source: ByteSource, specs: readonly ParameterSpec[]): Promise<Weights> {
  const reader = await SafetensorsReader.open(source)
  const file = source.name
  try {
    checkHeader(reader.header, specs, file)
  } catch (error) {
    await reader.close()
    throw error
  }
  const specOf = new Map(specs.map(s => [s.name, s]))
  const weights = new Weights(file)
  for await (const [{ name, dtype, shape }, data] of reader.tensors()) {
    const values = toFloat32({ dtype, shape, data }, name)
    const bad = values.findIndex(v => !Number.isFinite(v))
    if (bad >= 0) throw new FormatError(`${file}: ${name} holds ${values[bad]} at element ${bad} of ${values.length}`)
    const { layout, host } = specOf.get(name)!
    if (host) weights.host.set(name, values)
    else if (layout === 'vector') weights.set(name, upload(gpu, `${file}: ${name}`, shape, values, 'f32'))
    else if (layout === 'table') weights.set(name, upload(gpu, `${file}: ${name}`, shape, values))
    else weights.set(name, upload(gpu, `${file}: ${name}`, shape.toReversed(), transpose(values, shape)))
  }
  return weights
}

/**
 * A new tensor that holds `values`, rounded to the Gpu's element type unless `type` says f32.
 * @throws FormatError when a value is beyond what f16 can hold
 */
export function upload(
  gpu: Gpu,
  label: string,
  shape: number[],
  values: Float32Array<ArrayBuffer>,
  type: 'f32' | 'f16' = gpu.precision,
): Tensor {
  const tensor = gpu.tensor(label, shape, type)
  if (type === 'f32') {
    gpu.write(tensor, values)
    return tensor
  }
  const tooLarge = values.find(v => Math.abs(v) >= 65520)
  if (tooLarge !== undefined)
    throw new FormatError(`${label} holds ${tooLarge}, beyond 16-bit floats: load it with precision 'f32'`)
  const padded = new Float32Array(2 * Math.ceil(values.length / 2))
  padded.set(values)
  gpu.write(tensor, toHalfBits(padded))
  return tensor
}

/** [rows, columns] → [columns, rows]. */
export function transpose(values: Float32Array, [rows, columns]: number[]): Float32Array<ArrayBuffer> {
  const out = new Float32Array(values.length)
  for (let r = 0; r < rows!; r++) for (let c = 0; c < columns!; c++) out[c * rows! + r] = values[r * columns! + c]!
  return out
}
