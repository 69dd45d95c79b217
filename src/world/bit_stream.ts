// A bit stream as text of letters, digits, `-` and `_`: six bits per character, the highest bit first.

import { ArgumentError } from '../gpu/errors.ts'
import { FormatError } from '../weights/format_error.ts'

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const GROUP = 4 // bits of a count per group; one bit before each group says whether another follows

export class BitWriter {
  private readonly written: number[] = [] // each 0 or 1

  /** The lowest `width` bits of a whole number. */
  bits(value: number, width: number): void {
    for (let i = width - 1; i >= 0; i--) this.written.push(Math.floor(value / 2 ** i) % 2)
  }

  /** A whole number of 0 … 2³²-1. Small numbers take fewer bits. */
  count(value: number): void {
    if (!Number.isInteger(value) || value < 0 || value > 0xffffffff)
      throw new ArgumentError(`${value} is not a whole number of 0 … 2³²-1`)
    let rest = value
    do {
      const group = rest % 2 ** GROUP
      rest = Math.floor(rest / 2 ** GROUP)
      this.bits(rest > 0 ? 1 : 0, 1)
      this.bits(group, GROUP)
    } while (rest > 0)
  }

  /** A 64-bit float. */
  float(value: number): void {
    const view = new DataView(new ArrayBuffer(8))
    view.setFloat64(0, value)
    this.bits(view.getUint32(0), 32)
    this.bits(view.getUint32(4), 32)
  }

  text(): string {
    let text = ''
    for (let i = 0; i < this.written.length; i += 6)
      text += ALPHABET[Array.from({ length: 6 }, (_, j) => this.written[i + j] ?? 0).reduce((a, b) => 2 * a + b)]
    return text
  }
}

/** Reads what a BitWriter wrote. @throws FormatError when the text is something else */
export class BitReader {
  private at = 0 // bits

  constructor(private readonly text: string) {
    const odd = [...text].find(c => !ALPHABET.includes(c))
    if (odd !== undefined) throw new FormatError(`the link has an unexpected character: ${JSON.stringify(odd)}`)
  }

  bits(width: number): number {
    if (this.at + width > 6 * this.text.length) throw new FormatError('the link is cut off')
    let value = 0
    for (const end = this.at + width; this.at < end; this.at++) {
      const character = ALPHABET.indexOf(this.text[Math.floor(this.at / 6)]!)
      value = 2 * value + ((character >> (5 - (this.at % 6))) & 1)
    }
    return value
  }

  count(): number {
    let value = 0
    for (let scale = 1; ; scale *= 2 ** GROUP) {
      const hasMore = this.bits(1)
      value += scale * this.bits(GROUP)
      if (value > 0xffffffff) throw new FormatError('the link holds a number beyond 32 bits')
      if (!hasMore) return value
      if (scale > 2 ** 32) throw new FormatError('the link holds a number of too many digits')
    }
  }

  float(): number {
    const view = new DataView(new ArrayBuffer(8))
    view.setUint32(0, this.bits(32))
    view.setUint32(4, this.bits(32))
    return view.getFloat64(0)
  }

  /** A count, then that many items. */
  list<T>(most: number, item: () => T): T[] {
    const length = this.count()
    if (length > most) throw new FormatError(`the link claims a list of ${length}`)
    const items: T[] = []
    while (items.length < length) items.push(item())
    return items
  }

  /** @throws FormatError when more follows than the padding of the last character */
  end(): void {
    if (6 * this.text.length - this.at >= 6) throw new FormatError('the link has extra data after the recording')
  }
}
