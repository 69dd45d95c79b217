// Positions that are computed, not learned: sines and cosines of column, row and frame, each in channels of its own.

/**
 * Positions of `frames` frames from number `first` on, each of `rows` × `columns` tokens, [frames · rows · columns, width]: the column in
 * the first channels, then the row, then the frame. Channel 2j of an axis with d channels is sin(i / 10000^(2j/d)), channel 2j+1 the cosine.
 */
export function sinusoidPositions(
  { rows, columns, width }: { rows: number; columns: number; width: number },
  first: number,
  frames: number,
): Float32Array<ArrayBuffer> {
  const ofTime = 2 * Math.floor(width / 3 / 2)
  const ofColumn = 2 * Math.floor((width - ofTime) / 4)
  const ofRow = width - ofTime - ofColumn
  const out = new Float32Array(frames * rows * columns * width)
  const axis = (at: number, i: number, channels: number) => {
    for (let c = 0; c < channels; c++) {
      const angle = i / 10000 ** ((c - (c % 2)) / channels)
      out[at + c] = c % 2 === 0 ? Math.sin(angle) : Math.cos(angle)
    }
  }
  for (let row = 0, at = 0; row < frames * rows * columns; row++, at += width) {
    const s = row % (rows * columns)
    axis(at, s % columns, ofColumn)
    axis(at + ofColumn, Math.floor(s / columns), ofRow)
    axis(at + ofColumn + ofRow, first + Math.floor(row / (rows * columns)), ofTime)
  }
  return out
}
