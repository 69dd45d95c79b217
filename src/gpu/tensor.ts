// A Tensor is one whole GPU buffer with a shape and an element type. It is never a view into a shared buffer, because WebGPU
// refuses a buffer that one dispatch binds for reading and for writing, even at disjoint ranges.

export type ElementType = 'f32' | 'f16' | 'i32' | 'u32'

const ELEMENT_BYTES: Record<ElementType, number> = { f32: 4, f16: 2, i32: 4, u32: 4 }

export class Tensor {
  /** Number of elements. */
  readonly length: number
  /** Bytes, rounded up to 16 so that a kernel may read the last vec4 whole. */
  readonly bytes: number
  private bound: GPUBuffer | undefined

  /** Made by `Gpu.tensor`, with its buffer, or by `Program.temp`, whose buffer the Program binds later. */
  constructor(
    readonly label: string,
    readonly shape: readonly number[],
    readonly type: ElementType,
    buffer?: GPUBuffer,
  ) {
    this.length = shape.reduce((a, b) => a * b, 1)
    this.bytes = tensorBytes(shape, type)
    this.bound = buffer
  }

  get buffer(): GPUBuffer {
    if (!this.bound) throw new Error(`${this.label} has no buffer: build its Program first`)
    return this.bound
  }

  /** Whether a Program allocates its buffer. */
  get isIntermediate(): boolean {
    return this.bound === undefined
  }

  /** The last dimension. */
  get width(): number {
    return this.shape.at(-1) ?? 1
  }

  /** All dimensions but the last, multiplied. */
  get rows(): number {
    return this.length / this.width
  }

  bindBuffer(buffer: GPUBuffer): void {
    this.bound = buffer
  }
}

/** Bytes of a tensor's buffer: its elements, rounded up to 16. */
export function tensorBytes(shape: readonly number[], type: ElementType): number {
  return Math.max(16, Math.ceil((shape.reduce((a, b) => a * b, 1) * ELEMENT_BYTES[type]) / 16) * 16)
}
