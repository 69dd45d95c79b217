// The operands of a pickle's opcodes, read one after another from its bytes.

import { FormatError } from '../format_error.ts'

/** The longest line: the name of a global. */
const MAX_LINE = 256

export class PickleBytes {
  /** Position of the next byte to be read. */
  at = 0
  private readonly view: DataView

  constructor(
    private readonly bytes: Uint8Array,
    private readonly what: string,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  u8(): number {
    return this.bytes[this.skip(1)]!
  }

  u16(): number {
    return this.view.getUint16(this.skip(2), true)
  }

  i32(): number {
    return this.view.getInt32(this.skip(4), true)
  }

  /** Big-endian, unlike whole numbers. */
  f64(): number {
    return this.view.getFloat64(this.skip(8), false)
  }

  u32(): number {
    return this.view.getUint32(this.skip(4), true)
  }

  /** A little-endian two's complement integer; beyond 2⁵³ it is rounded. */
  long(length: number): number {
    const from = this.skip(length)
    let value = 0n
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(this.bytes[from + i]!)
    return Number(BigInt.asIntN(Math.max(8 * length, 1), value))
  }

  text(length: number): string {
    const from = this.skip(length)
    return new TextDecoder().decode(this.bytes.subarray(from, from + length))
  }

  line(): string {
    const end = this.bytes.subarray(this.at, this.at + MAX_LINE).indexOf(10)
    if (end < 0) throw this.fault('has a global without a name')
    const text = this.text(end)
    this.skip(1)
    return text
  }

  /** Moves on by `length` bytes. @returns where they begin */
  private skip(length: number): number {
    const from = this.at
    if (from + length > this.bytes.byteLength) throw this.fault('is truncated')
    this.at += length
    return from
  }

  /** An error that names the pickle. */
  fault(problem: string): FormatError {
    return new FormatError(`${this.what}: the pickle ${problem}`)
  }
}
