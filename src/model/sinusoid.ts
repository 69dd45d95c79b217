// Positions that are computed, not learned: sines and cosines of column, row and frame, each in channels of its own.

/** One channel of the sinusoidal encoding of position i: channel 2j is sin(i / 10000^(2j / channels)), channel 2j + 1 the cosine. */
export function sinusoid(i: number, channel: number, channels: number): number {
  const isCosine = channel % 2
  const angle = i / 10000 ** ((channel - isCosine) / channels)
  return isCosine ? Math.cos(angle) : Math.sin(angle)
}

/**
 * Positions of `frames` frames from number `first` on, each of `rows` × `columns` tokens, [frames · rows · columns, width]: the column in
 * the first channels, then the row, then the frame.
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
    for (let c = 0; c < channels; c++) out[at + c] = sinusoid(i, c, channels)
  }
  for (let row = 0, at = 0; row < frames * rows * columns; row++, at += width) {
    const s = row % (rows * columns)
    axis(at, s % columns, ofColumn)
    axis(at + ofColumn, Math.floor(s / columns), ofRow)
    axis(at + ofColumn + ofRow, first + Math.floor(row / (rows * columns)), ofTime)
  }
  return out
}
