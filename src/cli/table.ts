// Text tables: numbers right-aligned, the rest left-aligned.
import { printable } from '../weights/printable.ts'

/** `rows` under `head`, one line each. Cells may come from files, so they are made printable. */
export function table(head: readonly string[], cells: readonly (readonly string[])[]): string {
  const rows = cells.map(row => row.map(text => printable(text, 200)))
  const widths = head.map((title, c) => Math.max(title.length, ...rows.map(row => row[c].length)))
  const isNumber = head.map((_, c) => rows.length > 0 && rows.every(row => /^[\d.,e+-]*( [kMG]?i?B| %)?$/.test(row[c])))
  const line = (row: readonly string[]) =>
    row
      .map((text, c) => (isNumber[c] ? text.padStart(widths[c]) : text.padEnd(widths[c])))
      .join('  ')
      .trimEnd()
  return [line(head), ...rows.map(line)].join('\n')
}

/** 12 345 678 as "11.8 MiB". */
export function bytesText(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB']
  const power = Math.min(Math.floor(Math.log2(Math.max(bytes, 1)) / 10), units.length - 1)
  return `${power === 0 ? bytes : (bytes / 1024 ** power).toFixed(1)} ${units[power]}`
}
