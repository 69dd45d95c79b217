// A reference bundle, model.md §7: inputs and the outputs that an independent implementation got for them.

import type { Config } from '../model/config.ts'
import { toFloat32 } from '../weights/floats.ts'
import { FormatError, type HostTensor } from '../weights/safetensors.ts'

/** u8 RGB triples as the words that patchify takes, red in the low byte. */
export function rgbaWords(rgb: Uint8Array): Uint32Array<ArrayBuffer> {
  return Uint32Array.from(
    { length: rgb.length / 3 },
    (_, i) => rgb[3 * i]! | (rgb[3 * i + 1]! << 8) | (rgb[3 * i + 2]! << 16),
  )
}

/** A bundle's tensors, each checked for type and shape when it is asked for. */
export class ReferenceBundle {
  constructor(
    readonly file: string,
    private readonly tensors: Map<string, HostTensor>,
    private readonly metadata: Record<string, string>,
    readonly config: Config,
  ) {}

  has(...names: string[]): boolean {
    return names.some(name => this.tensors.has(name))
  }

  tensor(name: string): HostTensor & { length: number } {
    const t = this.tensors.get(name)
    if (!t) throw new FormatError(`${this.file}: ${name} is missing, another of its tensors needs it`)
    if (t.shape.length === 0) throw new FormatError(`${this.file}: ${name} is a single number, expected a list`)
    return { ...t, length: t.shape.reduce((a, b) => a * b, 1) }
  }

  ints(name: string, shape: number[]): Int32Array<ArrayBuffer> {
    return new Int32Array(this.checked(name, shape, 'I32').slice().buffer)
  }

  bytes(name: string, shape: number[]): Uint8Array {
    return this.checked(name, shape, 'U8')
  }

  floats(name: string, shape: number[]): Float32Array<ArrayBuffer> {
    return toFloat32({ dtype: 'F32', shape, data: this.checked(name, shape, 'F32') }, name)
  }

  /** u8 [T, H, W, 3] as T pictures of RGBA words. */
  frames(name: string): Uint32Array<ArrayBuffer>[] {
    const { height, width } = this.config.frame
    const count = this.tensor(name).shape[0]!
    const bytes = this.checked(name, [count, height, width, 3], 'U8')
    const size = height * width
    return Array.from({ length: count }, (_, t) => rgbaWords(bytes.subarray(3 * t * size, 3 * (t + 1) * size)))
  }

  setting(name: string, fallback?: number): number {
    const text = this.metadata[name]
    const value = text === undefined ? fallback : Number(text)
    if (value === undefined || !Number.isFinite(value))
      throw new FormatError(`${this.file}: its metadata has ${name} ${JSON.stringify(text)}, expected a number`)
    return value
  }

  checkRange(name: string, values: Int32Array, low: number, high: number): void {
    const bad = values.find(v => v < low || v > high)
    if (bad !== undefined) throw new FormatError(`${this.file}: ${name} holds ${bad}, expected ${low} … ${high}`)
  }

  private checked(name: string, shape: number[], dtype: string): Uint8Array {
    const t = this.tensor(name)
    if (t.dtype !== dtype || t.shape.length !== shape.length || t.shape.some((n, i) => n !== shape[i]))
      throw new FormatError(
        `${this.file}: ${name} is ${t.dtype} [${t.shape.join(', ')}], expected ${dtype} [${shape.join(', ')}]`,
      )
    return t.data
  }
}
