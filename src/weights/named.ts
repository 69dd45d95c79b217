// Tensors under the engine's names, from a file that has names of its own: one tensor of the file, or several stacked along their
// first dimension, such as q, k and v.

import type { Gpu } from '../gpu/gpu.ts'
import { loadWeights, type ParameterSpec, transpose, uploadParameter, type Weights } from './load.ts'
import type { ByteSource } from './safetensors.ts'

/** A tensor as a file has it. */
export interface FileTensor {
  name: string
  shape: number[]
  /** For a weight that the file has as [inputs, outputs …]: the inputs. */
  inputs?: number
}

/** A tensor under the engine's name, and the tensors of the file that it is made of. */
export interface NamedTensor {
  spec: ParameterSpec
  from: FileTensor[]
}

/** The file's tensors behind these, each once. */
export function fileTensors(tensors: readonly NamedTensor[]): ParameterSpec[] {
  const files = new Map(tensors.flatMap(({ from }) => from.map(t => [t.name, t])))
  return [...files.values()].map(({ name, shape }): ParameterSpec => ({ name, shape, layout: 'vector', host: true }))
}

/**
 * Reads a component's file onto the GPU under the engine's names. The component is on the host in f32 while it is read.
 * @throws FormatError as loadWeights does
 */
export async function loadNamed(gpu: Gpu, source: ByteSource, tensors: readonly NamedTensor[]): Promise<Weights> {
  const weights = await loadWeights(gpu, source, fileTensors(tensors))
  const host = new Map<string, Float32Array>()
  for (const { spec, from } of tensors) {
    const values = stacked(from.map(({ name, inputs }) => outputsFirst(weights.values(name), inputs)))
    if (spec.host) host.set(spec.name, values)
    else weights.set(spec.name, uploadParameter(gpu, weights.file, spec, values))
  }
  weights.host.clear()
  for (const [name, values] of host) weights.host.set(name, values)
  return weights
}

const outputsFirst = (values: Float32Array, inputs?: number): Float32Array =>
  inputs ? transpose(values, [inputs, values.length / inputs]) : values

function stacked(parts: Float32Array[]): Float32Array<ArrayBuffer> {
  const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}
