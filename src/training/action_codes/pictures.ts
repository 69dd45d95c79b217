// Pictures of one channel, the pixels of them that are looked at, and what kernels [D, D] (D = 2 · radius + 1) that give the change of a
// pixel from the pixels around it predict of whole pictures. Pictures are padded by their edge.

/** Pictures of one channel, f32 [count, height, width]. */
export interface Pictures {
  values: Float32Array
  count: number
  height: number
  width: number
}

/** The pixels that are looked at: of each picture blocks, of each block the same pixels. */
export interface Pixels {
  rows: Int32Array // [N, M, P]
  columns: Int32Array // [N, M, P]
  blocks: number // M
  perBlock: number // P
}

/** Errors below this count by their square, larger ones by their size. */
export const SOFT = 0.02
/** A block weighs this where it changes: where its mean square change is larger than this. */
const [CHANGED, CHANGES] = [4, 1e-4]

/** [N, M, P, D²]: the pixels around each pixel. */
export function windowsOf({ values, count, height, width }: Pictures, { rows, columns }: Pixels, radius: number) {
  const windows = new Float32Array(rows.length * (2 * radius + 1) ** 2)
  const perPicture = rows.length / count
  for (let i = 0, to = 0; i < rows.length; i++) {
    const picture = Math.floor(i / perPicture) * height * width
    for (let dy = -radius; dy <= radius; dy++) {
      const from = picture + clamp(rows[i]! + dy, height) * width
      for (let dx = -radius; dx <= radius; dx++) windows[to++] = values[from + clamp(columns[i]! + dx, width)]!
    }
  }
  return windows
}

/** [N, M, P]: how much each pixel changes. */
export function changesOf(before: Pictures, after: Pictures, { rows, columns }: Pixels): Float32Array<ArrayBuffer> {
  const perPicture = rows.length / before.count
  return Float32Array.from(rows, (row, i) => {
    const at = (Math.floor(i / perPicture) * before.height + row) * before.width + columns[i]!
    return after.values[at]! - before.values[at]!
  })
}

/** Mispredictions [N, M, P] → [N, M], about their root mean square. */
export function penalty(wrong: Float32Array, perBlock: number): Float32Array<ArrayBuffer> {
  return meanSquares(wrong, perBlock).map(square => Math.sqrt(square + SOFT ** 2) - SOFT)
}

/** Changes [N, M, P] → weights [N, M]: blocks that change weigh more. */
export function weightsOfBlocks(changes: Float32Array, perBlock: number): Float32Array<ArrayBuffer> {
  return meanSquares(changes, perBlock).map(square => (square > CHANGES ? CHANGED : 1))
}

/** The pictures that a kernel [D²] of each predicts. */
export function predictedBy(
  { values, count, height, width }: Pictures,
  kernelOf: (n: number) => ArrayLike<number>,
  radius: number,
): Pictures {
  const side = 2 * radius + 1
  const across = width + 2 * radius
  const predicted = Float32Array.from(values)
  const padded = new Float32Array((height + 2 * radius) * across)
  for (let n = 0; n < count; n++) {
    const from = n * height * width
    for (let i = 0; i < padded.length; i++) {
      const [y, x] = [clamp(Math.floor(i / across) - radius, height), clamp((i % across) - radius, width)]
      padded[i] = values[from + y * width + x]!
    }
    const kernel = kernelOf(n)
    for (let k = 0; k < kernel.length; k++) {
      const [weight, start] = [kernel[k]!, Math.floor(k / side) * across + (k % side)]
      for (let y = 0; y < height; y++)
        for (let x = 0, to = from + y * width, at = start + y * across; x < width; x++)
          predicted[to + x]! += weight * padded[at + x]!
    }
  }
  return { values: predicted, count, height, width }
}

/** The first moments (down, across) of a kernel: 0 for one that leaves pictures as they are. */
export function momentOf(kernel: Float32Array, radius: number): [number, number] {
  const side = 2 * radius + 1
  const sum = (along: (i: number) => number) => kernel.reduce((total, w, i) => total + w * (along(i) - radius), 0)
  return [sum(i => Math.floor(i / side)), sum(i => i % side)]
}

function meanSquares(values: Float32Array, perBlock: number): Float32Array<ArrayBuffer> {
  const means = new Float32Array(values.length / perBlock)
  for (let i = 0; i < values.length; i++) means[Math.floor(i / perBlock)]! += values[i]! ** 2 / perBlock
  return means
}

const clamp = (v: number, end: number) => (v < 0 ? 0 : v >= end ? end - 1 : v)
