// Which way is up in a photo: cameras store the picture as the sensor lay and note the turn in EXIF (tag 0x0112).
import type { Image } from './images.ts'

const ORIENTATION_TAG = 0x0112

/** The orientation, 1 … 8, that EXIF data (a TIFF header onwards) notes; 1, upright, where it notes none. */
export function orientation(exif: Uint8Array): number {
  const view = new DataView(exif.buffer, exif.byteOffset, exif.byteLength)
  // jpeg-js may leave the marker's closing zero in front of the TIFF header.
  const base = exif[0] === 0 ? 1 : 0
  try {
    const little = view.getUint16(base) === 0x4949
    const directory = base + view.getUint32(base + 4, little)
    const entries = view.getUint16(directory, little)
    for (let i = 0; i < entries; i++) {
      const entry = directory + 2 + 12 * i
      if (view.getUint16(entry, little) !== ORIENTATION_TAG) continue
      const value = view.getUint16(entry + 8, little)
      return value >= 1 && value <= 8 ? value : 1
    }
  } catch (error) {
    // Cut off or garbled notes: the picture itself may still be fine.
    if (!(error instanceof RangeError)) throw error
  }
  return 1
}

/** The picture as it should be seen, given the orientation noted for it. */
export function upright(image: Image, turn: number): Image {
  if (turn === 1) return image
  const isTurned = turn >= 5
  const width = isTurned ? image.height : image.width
  const height = isTurned ? image.width : image.height
  const data = new Uint8Array(image.data.length)
  // The stored picture's axes run backwards in these orientations.
  const fromRight = [2, 3, 7, 8].includes(turn)
  const fromBottom = [3, 4, 6, 7].includes(turn)
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const i = isTurned ? y : x
      const j = isTurned ? x : y
      const column = fromRight ? image.width - 1 - i : i
      const row = fromBottom ? image.height - 1 - j : j
      const at = 4 * (row * image.width + column)
      data.set(image.data.subarray(at, at + 4), 4 * (y * width + x))
    }
  return { width, height, data }
}
