// A Tensor is one whole GPU buffer with a shape and an element type. Never a view into a shared arena: WebGPU refuses
// one buffer bound for reading and for writing in one dispatch, even at disjoint ranges.

export type ElementType = 'f32' | 'f16' | 'i32' | 'u32'

const ELEMENT_BYTES: Record<ElementType, number> = { f32: 4, f16: 2, i32: 4, u32: 4 }

export class Tensor {
  /** How many elements. */
  readonly length: number
  /** Bytes, rounded up to a whole vec4 of elements so that a kernel may read the last one whole. */
  readonly bytes: number
  private assigned: GPUBuffer | undefined

  /** Made by `Gpu.tensor` (with its buffer) or `Program.temp` (whose buffer the plan assigns). */
  constructor(
    readonly label: string,
    readonly shape: readonly number[],
    readonly type: ElementType,
    buffer?: GPUBuffer,
  ) {
    this.length = shape.reduce((a, b) => a * b, 1)
    this.bytes = tensorBytes(shape, type)
    this.assigned = buffer
  }

  get buffer(): GPUBuffer {
    if (!this.assigned) throw new Error(`${this.label} has no buffer before its Program is built`)
    return this.assigned
  }

  /** Whether its memory is a Program's to plan. */
  get isIntermediate(): boolean {
    return this.assigned === undefined
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
    this.assigned = buffer
  }
}

/** Bytes of a tensor's buffer: its elements, rounded up to 16. */
export function tensorBytes(shape: readonly number[], type: ElementType): number {
  return Math.max(16, Math.ceil((shape.reduce((a, b) => a * b, 1) * ELEMENT_BYTES[type]) / 16) * 16)
}
