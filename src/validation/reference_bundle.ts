// A reference bundle (docs/model.md §7): inputs, and the outputs that another implementation computed from them.

import { rgbaWords } from '../media/pixels.ts'
import type { Config } from '../model/config.ts'
import { toFloat32 } from '../weights/floats.ts'
import { shapeText } from '../weights/printable.ts'
import { FormatError, type HostTensor } from '../weights/safetensors.ts'

/** A bundle's tensors. Each is checked for type and shape when it is read. */
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
    if (!t) throw new FormatError(`${this.file}: ${name} is missing: other tensors of the bundle require it`)
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

  /** u8 [T, H, W, 3] → T pictures of RGBA8 words. */
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
      throw new FormatError(`${this.file}: metadata ${name} is ${JSON.stringify(text)}, expected a number`)
    return value
  }

  /** The closest decision behind an output, `margin.NAME` of the metadata, in the decision's own units; undefined where the bundle has none. */
  margin(...names: string[]): number | undefined {
    const name = names.map(part => `margin.${part}`).find(part => part in this.metadata)
    return name === undefined ? undefined : this.setting(name)
  }

  checkRange(name: string, values: Int32Array, low: number, high: number): void {
    const bad = values.find(v => v < low || v > high)
    if (bad !== undefined) throw new FormatError(`${this.file}: ${name} holds ${bad}, expected ${low} … ${high}`)
  }

  private checked(name: string, shape: number[], dtype: string): Uint8Array {
    const t = this.tensor(name)
    if (t.dtype !== dtype || t.shape.length !== shape.length || t.shape.some((n, i) => n !== shape[i]))
      throw new FormatError(
        `${this.file}: ${name} is ${t.dtype} ${shapeText(t.shape)}, expected ${dtype} [${shape.join(', ')}]`,
      )
    return t.data
  }
}
