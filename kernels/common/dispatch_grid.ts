// Dispatch grids: the workgroups of a shape. WebGPU allows 65 535 per dimension, so rows continue in the next dimension after 32 768.
// dispatch_grid.wgsl, which every kernel begins with, turns the ids back into rows and elements.

import wgsl from './dispatch_grid.wgsl?raw'

const ROWS_PER_DIMENSION = 32768

export const dispatchGridWgsl = `${wgsl}\nconst ROWS_PER_DIMENSION = ${ROWS_PER_DIMENSION}u;\n`

/** One workgroup per row: `workgroup_index(group)` is the row. */
export const rowGrid = (rows: number): [number, number] => [
  Math.min(rows, ROWS_PER_DIMENSION),
  Math.ceil(rows / ROWS_PER_DIMENSION),
]

/** Workgroups over `columns` in x and `rows` in y and z: `row_index(id)` is the row. */
export const columnRowGrid = (columns: number, rows: number): [number, number, number] => [columns, ...rowGrid(rows)]

/** Workgroups of 64 threads, one thread per element: `element_index(id)` is the element. */
export const elementGrid = (length: number): [number, number, number] =>
  columnRowGrid(Math.min(1024, ceilDiv(length, 64)), ceilDiv(length, 65536))

/** ⌈a / b⌉. */
export const ceilDiv = (a: number, b: number): number => Math.ceil(a / b)
