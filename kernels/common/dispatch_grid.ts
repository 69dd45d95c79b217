// How many workgroups a shape takes. WebGPU allows 65 535 a dimension, so rows go on in the next dimension after 32 768.

const ROWS_PER_DIMENSION = 32768

/** Workgroups of one row each, as [x, y]: row = x + y · 32768. */
export const rowGrid = (rows: number): [number, number] => [
  Math.min(rows, ROWS_PER_DIMENSION),
  Math.ceil(rows / ROWS_PER_DIMENSION),
]

/** Workgroups over `columns` in x and `rows` in y and z: row group = y + z · 32768. */
export const columnRowGrid = (columns: number, rows: number): [number, number, number] => [columns, ...rowGrid(rows)]

/** Workgroups of 64 over elements, one thread each: element = x + (y + z · 32768) · 65536. */
export const elementGrid = (length: number): [number, number, number] =>
  columnRowGrid(Math.min(1024, ceilDiv(length, 64)), ceilDiv(length, 65536))

/** ⌈a / b⌉. */
export const ceilDiv = (a: number, b: number): number => Math.ceil(a / b)
