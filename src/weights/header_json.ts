// The JSON of a safetensors header, read in one pass over its bytes: only what a header may contain is kept, so a hostile header of 100 MB,
// or one nested 100 000 deep, takes no memory beyond its own bytes.

/** Bytes of a value that an error message may quote, or that a field of no meaning may have. */
const MOST_BYTES = 1 << 16
/** Dimensions of a tensor. */
const MOST_NUMBERS = 64
const [QUOTE, BACKSLASH, COLON, COMMA] = [0x22, 0x5c, 0x3a, 0x2c]
const [OPEN_OBJECT, CLOSE_OBJECT, OPEN_LIST, CLOSE_LIST] = [0x7b, 0x7d, 0x5b, 0x5d]
const [ZERO, NINE] = [0x30, 0x39]
const ASCII = 0x80

/** The text is not JSON, or not of a header's form. */
export class HeaderSyntaxError extends Error {}

export class HeaderJson {
  private at = 0
  private readonly utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

  constructor(private readonly bytes: Uint8Array) {}

  /** Whether the next value begins with `{`. */
  isObject(): boolean {
    return this.peek() === OPEN_OBJECT
  }

  /** Calls `field` for each name of an object. `field` reads the value. */
  object(field: (name: string) => void): void {
    this.expect(OPEN_OBJECT)
    if (this.skip(CLOSE_OBJECT)) return
    do {
      const name = this.string()
      this.expect(COLON)
      field(name)
    } while (this.skip(COMMA))
    this.expect(CLOSE_OBJECT)
  }

  /** A string; undefined where the next value is not one. */
  stringOrNot(): string | undefined {
    return this.peek() === QUOTE ? this.string() : undefined
  }

  /** A list of at most 64 whole numbers of 0 … 2⁵³ - 1; undefined where the next value is not one, which is then still unread. */
  countsOrNot(): number[] | undefined {
    if (this.peek() !== OPEN_LIST) return undefined
    const start = this.at
    this.at++
    const numbers: number[] = []
    if (this.skip(CLOSE_LIST)) return numbers
    do {
      const number = this.count()
      if (number === undefined || numbers.push(number) > MOST_NUMBERS) {
        this.at = start
        return undefined
      }
    } while (this.skip(COMMA))
    if (this.skip(CLOSE_LIST)) return numbers
    this.at = start
    return undefined
  }

  /** Any value, for an error message or to be left out. @throws HeaderSyntaxError where it is not JSON, RangeError where it is too long */
  value(): unknown {
    this.peek()
    const start = this.at
    let depth = 0
    do {
      const byte = this.peek()
      if (byte === QUOTE) this.passString()
      else {
        if (byte === OPEN_OBJECT || byte === OPEN_LIST) depth++
        else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) depth--
        if (depth === 0 && byte !== CLOSE_OBJECT && byte !== CLOSE_LIST) this.passWord()
        else this.at++
      }
    } while (depth > 0)
    if (this.at - start > MOST_BYTES) throw new RangeError(`a value of ${this.at - start} bytes`)
    try {
      return JSON.parse(this.utf8.decode(this.bytes.subarray(start, this.at)))
    } catch {
      throw new HeaderSyntaxError()
    }
  }

  /** @throws HeaderSyntaxError where anything but spaces follows */
  end(): void {
    for (; this.at < this.bytes.length; this.at++) if (!isSpace(this.bytes[this.at]!)) throw new HeaderSyntaxError()
  }

  /** The next byte that is not a space. */
  private peek(): number {
    while (this.at < this.bytes.length && isSpace(this.bytes[this.at]!)) this.at++
    if (this.at === this.bytes.length) throw new HeaderSyntaxError()
    return this.bytes[this.at]!
  }

  private skip(byte: number): boolean {
    if (this.peek() !== byte) return false
    this.at++
    return true
  }

  private expect(byte: number): void {
    if (!this.skip(byte)) throw new HeaderSyntaxError()
  }

  private string(): string {
    if (this.peek() !== QUOTE) throw new HeaderSyntaxError()
    const start = this.at
    const isPlain = this.passString()
    const inside = this.bytes.subarray(start + 1, this.at - 1)
    // Names are short: a decoder costs more than they do.
    if (isPlain && inside.length < 100) {
      let text = ''
      for (let i = 0; i < inside.length; i++) text += String.fromCharCode(inside[i]!)
      return text
    }
    try {
      return JSON.parse(this.utf8.decode(this.bytes.subarray(start, this.at))) as string
    } catch {
      throw new HeaderSyntaxError()
    }
  }

  /** Moves past a string's end. @returns whether it has only printable ASCII */
  private passString(): boolean {
    let isPlain = true
    for (this.at++; this.at < this.bytes.length; this.at++) {
      const byte = this.bytes[this.at]!
      if (byte === QUOTE) {
        this.at++
        return isPlain
      }
      if (byte === BACKSLASH) this.at++
      isPlain &&= byte !== BACKSLASH && byte >= 0x20 && byte < ASCII
    }
    throw new HeaderSyntaxError()
  }

  private passWord(): void {
    const start = this.at
    while (this.at < this.bytes.length) {
      const byte = this.bytes[this.at]!
      if (byte === COMMA || byte === CLOSE_OBJECT || byte === CLOSE_LIST || isSpace(byte)) break
      this.at++
    }
    if (this.at === start) throw new HeaderSyntaxError()
  }

  private count(): number | undefined {
    this.peek()
    const start = this.at
    let number = 0
    for (; this.at < this.bytes.length; this.at++) {
      const byte = this.bytes[this.at]!
      if (byte < ZERO || byte > NINE) break
      number = 10 * number + (byte - ZERO)
    }
    const digits = this.at - start
    const hasLeadingZero = digits > 1 && this.bytes[start] === ZERO
    return digits === 0 || digits > 16 || hasLeadingZero || !Number.isSafeInteger(number) ? undefined : number
  }
}

const isSpace = (byte: number) => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
