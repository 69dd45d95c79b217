// Loads safetensors onto the GPU. The header is compared with the tensors that the config implies before any data is read. Then one
// tensor at a time is widened to f32, checked for NaN, laid out as its kernels need it, and written to its buffer.

import type { Gpu } from '../gpu/gpu.ts'
import type { Tensor } from '../gpu/tensor.ts'
import { toFloat32, toHalfBits } from './floats.ts'
import { FormatError } from './format_error.ts'
import { shapeText } from './printable.ts'
import { type ByteSource, SafetensorsReader } from './safetensors.ts'
import type { Header } from './safetensors_header.ts'

/**
 * How the GPU holds a tensor. `linear`: transposed to [in, out], in the Gpu's storage type. `table`: as in the file, in the storage type.
 * `vector`: as in the file, in f32.
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

/** A component's tensors by name. */
export class Weights {
  readonly host = new Map<string, Float32Array>()
  private readonly tensors = new Map<string, Tensor>()

  constructor(readonly file: string) {}

  set(name: string, tensor: Tensor): void {
    this.tensors.set(name, tensor)
  }

  /** A tensor on the GPU. */
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
 * Compares a header with the tensors that a config implies.
 * @throws FormatError naming the first tensor that is missing, unexpected, of another shape or not F32, F16 or BF16
 */
export function checkHeader(header: Header, specs: readonly ParameterSpec[], file: string): void {
  const found = new Map(header.tensors.map(t => [t.name, t]))
  for (const { name, shape } of specs) {
    const t = found.get(name)
    if (!t) throw new FormatError(`${file}: ${name} is missing, config.json implies [${shape.join(', ')}]`)
    if (t.shape.length !== shape.length || t.shape.some((n, i) => n !== shape[i]))
      throw new FormatError(`${file}: ${name} is ${shapeText(t.shape)}, config.json implies [${shape.join(', ')}]`)
    if (t.dtype !== 'F32' && t.dtype !== 'F16' && t.dtype !== 'BF16')
      throw new FormatError(`${file}: ${name} is ${t.dtype}, expected F32, F16 or BF16`)
    found.delete(name)
  }
  const [spare] = found.keys()
  if (spare !== undefined) throw new FormatError(`${file}: ${spare} is unexpected: config.json does not imply it`)
}

/**
 * Streams a component's file onto the GPU, one tensor in memory at a time.
 * @throws FormatError naming file and tensor, as checkHeader and SafetensorsReader do, and for NaN and infinite values
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
    const spec = specOf.get(name)!
    if (spec.host) weights.host.set(name, values)
    else weights.set(name, uploadParameter(gpu, file, spec, values))
  }
  return weights
}

/** A new tensor with these values, laid out as its spec says. @throws FormatError as `upload` does */
export function uploadParameter(
  gpu: Gpu,
  file: string,
  { name, shape, layout }: ParameterSpec,
  values: Float32Array<ArrayBuffer>,
): Tensor {
  const label = `${file}: ${name}`
  if (layout === 'linear') return upload(gpu, label, shape.toReversed(), transpose(values, shape))
  return upload(gpu, label, shape, values, layout === 'vector' ? 'f32' : gpu.precision)
}

/**
 * A new tensor with these values, rounded to the Gpu's storage type unless `type` is f32.
 * @throws FormatError when a value exceeds the range of f16
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
    throw new FormatError(`${label} holds ${tooLarge}, which exceeds the range of f16: load it with precision 'f32'`)
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
