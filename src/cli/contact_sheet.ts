// Frames as one PNG picture: a contact sheet, row by row.
import { enlarge, type Frames } from './frames.ts'
import { encodePng } from './images.ts'

const GAP = 2 // pixels, black, between frames

/** The file's bytes. */
export async function encodeSheet(frames: Frames, scale = 1, columns = 8): Promise<Uint8Array> {
  const { count, height, width, data } = enlarge(frames, scale)
  const across = Math.min(count, columns)
  const sheetWidth = across * (width + GAP) - GAP
  const sheetHeight = Math.ceil(count / across) * (height + GAP) - GAP
  const sheet = new Uint8Array(sheetHeight * sheetWidth * 3)
  for (let n = 0; n < count; n++) {
    const left = (n % across) * (width + GAP)
    const top = Math.floor(n / across) * (height + GAP)
    for (let y = 0; y < height; y++) {
      const from = 3 * (n * height + y) * width
      sheet.set(data.subarray(from, from + 3 * width), 3 * ((top + y) * sheetWidth + left))
    }
  }
  return encodePng(sheetWidth, sheetHeight, sheet)
}
