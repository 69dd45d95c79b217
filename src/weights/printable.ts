// Text from files, made safe to show: hostile files hold terminal control characters, and names of any length.

/** Control characters, and characters that reorder or hide text. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}]/gu

/** `text` without control characters, cut to `limit` characters. */
export function printable(text: string, limit: number): string {
  const shown = text.length > limit ? `${text.slice(0, limit - 1)}…` : text
  return shown.replace(UNPRINTABLE, '�')
}

/** The same for text of several lines. */
export const printableLines = (text: string): string =>
  text.replace(UNPRINTABLE, character => (character === '\n' ? character : '�'))

/** A tensor's shape for an error message: that of a hostile file may have any number of dimensions. */
export const shapeText = (shape: readonly number[]): string =>
  `[${shape.length > 8 ? `${shape.length} dimensions` : shape.join(', ')}]`

/** A value of JSON for an error message, in at most 80 characters. */
export function describe(value: unknown): string {
  if (Array.isArray(value) && value.length > 8) return `a list of ${value.length}`
  try {
    return printable(JSON.stringify(value) ?? 'undefined', 80)
  } catch {
    return 'nested too deeply' // JSON.stringify recurses
  }
}
