// Pictures of one channel, samples of their pixels, and their filtering by kernels [D, D] (D = 2 · radius + 1), which predict the change
// of a pixel from the pixels around it. Pictures are padded by their edge.

/** Pictures of one channel, f32 [count, height, width]. */
export interface Pictures {
  values: Float32Array
  count: number
  height: number
  width: number
}

/** The sampled pixels: blocks of each picture, and the same pixels of each block. */
export interface Pixels {
  rows: Int32Array // [N, M, P]
  columns: Int32Array // [N, M, P]
  blocks: number // M
  perBlock: number // P
}

/** The first `count` pixels of every block. */
export function firstPixels({ rows, columns, blocks, perBlock }: Pixels, count: number): Pixels {
  const isFirst = (_: number, i: number) => i % perBlock < count
  return { rows: rows.filter(isFirst), columns: columns.filter(isFirst), blocks, perBlock: Math.min(count, perBlock) }
}

/** Errors below this count by their square, larger ones by their absolute value. */
export const CHARBONNIER_SCALE = 0.02
/** The weight of a block that changes; others weigh 1. And the mean square change above which it does. */
const [CHANGED_WEIGHT, CHANGE_THRESHOLD] = [4, 1e-4]

/** [N, M, P, D²]: the pixels around each pixel. */
export function neighbourhoodsOf(
  { values, count, height, width }: Pictures,
  { rows, columns }: Pixels,
  radius: number,
) {
  const neighbourhoods = new Float32Array(rows.length * (2 * radius + 1) ** 2)
  const perPicture = rows.length / count
  for (let i = 0, to = 0; i < rows.length; i++) {
    const picture = Math.floor(i / perPicture) * height * width
    for (let dy = -radius; dy <= radius; dy++) {
      const from = picture + clamp(rows[i]! + dy, height) * width
      for (let dx = -radius; dx <= radius; dx++) neighbourhoods[to++] = values[from + clamp(columns[i]! + dx, width)]!
    }
  }
  return neighbourhoods
}

/** [N, M, P]: the value of each pixel. */
export function valuesOf({ values, count, height, width }: Pictures, { rows, columns }: Pixels) {
  const found = new Float32Array(rows.length)
  const perPicture = rows.length / count
  for (let n = 0, i = 0; n < count; n++)
    for (const first = n * height * width; i < (n + 1) * perPicture; i++)
      found[i] = values[first + rows[i]! * width + columns[i]!]!
  return found
}

/** [N, M, P]: how much each pixel changes. */
export function changesOf(before: Pictures, after: Pictures, pixels: Pixels): Float32Array<ArrayBuffer> {
  const [changes, old] = [valuesOf(after, pixels), valuesOf(before, pixels)]
  for (let i = 0; i < changes.length; i++) changes[i]! -= old[i]!
  return changes
}

/** Residuals [N, M, P] → [N, M], about their root mean square (Charbonnier loss). */
export function charbonnier(residuals: Float32Array, perBlock: number): Float32Array<ArrayBuffer> {
  return meanSquares(residuals, perBlock).map(square => Math.sqrt(square + CHARBONNIER_SCALE ** 2) - CHARBONNIER_SCALE)
}

/** Changes [N, M, P] → weights [N, M]: blocks that change weigh more. */
export function weightsOfBlocks(changes: Float32Array, perBlock: number): Float32Array<ArrayBuffer> {
  return meanSquares(changes, perBlock).map(square => (square > CHANGE_THRESHOLD ? CHANGED_WEIGHT : 1))
}

/** The pictures that a kernel [D²] of each predicts. */
export function predictedBy(pictures: Pictures, kernelOf: (n: number) => ArrayLike<number>, radius: number): Pictures {
  const { values, count, height, width } = pictures
  const predicted = Float32Array.from(values)
  for (let n = 0; n < count; n++) {
    const part = predicted.subarray(n * height * width, (n + 1) * height * width)
    addFiltered(part, padded(pictures, n, radius), kernelOf(n), radius, width)
  }
  return { values: predicted, count, height, width }
}

/** Each picture filtered by a kernel [D²]: the change that it predicts of every pixel. */
export function filteredBy(pictures: Pictures, kernel: ArrayLike<number>, radius: number): Pictures {
  const { count, height, width } = pictures
  const size = height * width
  const values = new Float32Array(count * size)
  for (let n = 0; n < count; n++)
    addFiltered(values.subarray(n * size, (n + 1) * size), padded(pictures, n, radius), kernel, radius, width)
  return { values, count, height, width }
}

/** Taps of a kernel's row that are taken at once. */
const TAPS = 4

/** One picture with `radius` more pixels at every side, and rows long enough for rows of taps that are a multiple of TAPS. */
function padded({ values, height, width }: Pictures, n: number, radius: number): Float32Array {
  const across = width + 2 * radius + TAPS
  const wide = new Float32Array((height + 2 * radius) * across)
  const from = n * height * width
  for (let y = 0, to = 0; y < height + 2 * radius; y++) {
    const row = from + clamp(y - radius, height) * width
    for (let x = 0; x < across; x++) wide[to++] = values[row + clamp(x - radius, width)]!
  }
  return wide
}

/** Adds the padded picture `wide`, filtered by a kernel, to the picture `out`. */
function addFiltered(
  out: Float32Array,
  wide: Float32Array,
  kernel: ArrayLike<number>,
  radius: number,
  width: number,
): void {
  const side = 2 * radius + 1
  const across = width + 2 * radius + TAPS
  const height = out.length / width
  for (let row = 0; row < side; row++)
    for (let column = 0; column < side; column += TAPS) {
      const tap = (i: number) => (column + i < side ? kernel[row * side + column + i]! : 0)
      const [k0, k1, k2, k3] = [tap(0), tap(1), tap(2), tap(3)]
      for (let y = 0; y < height; y++) {
        let from = (y + row) * across + column
        for (let to = y * width; to < (y + 1) * width; to++, from++)
          out[to]! += k0 * wide[from]! + k1 * wide[from + 1]! + k2 * wide[from + 2]! + k3 * wide[from + 3]!
      }
    }
}

/** How many pixels a kernel moves a picture (down, across): its first moments. The identity has (0, 0). */
export function momentOf(kernel: Float32Array, radius: number): [number, number] {
  const side = 2 * radius + 1
  const sum = (along: (i: number) => number) => kernel.reduce((total, w, i) => total + w * (along(i) - radius), 0)
  return [sum(i => Math.floor(i / side)), sum(i => i % side)]
}

function meanSquares(values: Float32Array, perBlock: number): Float32Array<ArrayBuffer> {
  const means = new Float32Array(values.length / perBlock)
  for (let block = 0, i = 0; block < means.length; block++) {
    let sum = 0
    for (const end = i + perBlock; i < end; i++) sum += values[i]! * values[i]!
    means[block] = sum / perBlock
  }
  return means
}

const clamp = (v: number, end: number) => (v < 0 ? 0 : v >= end ? end - 1 : v)
