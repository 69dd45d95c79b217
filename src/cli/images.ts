// Reads and writes pictures: PNG and JPEG files as RGBA, any picture cut and resized to a world's frame, and pixels as PNG. The library
// sharp handles palettes, bit depths, colour spaces and orientation.
import { readFile } from 'node:fs/promises'
import sharp from 'sharp'

export interface Image {
  width: number
  height: number
  data: Uint8Array // RGBA [height, width, 4]
}

const MOST_PIXELS = 200_000_000

/**
 * Reads a PNG or JPEG file: any bit depth, palettes and gray; see-through pixels on white; photos turned upright; colours in sRGB.
 * @throws Error in one sentence that names the file
 */
export async function readImage(path: string): Promise<Image> {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw new Error(error.code === 'ENOENT' ? `${path} does not exist` : `${path} cannot be read: ${error.message}`)
  })
  return decodeImage(path, bytes)
}

/**
 * The bytes of a PNG or JPEG file as a picture, opaque unless `keepsAlpha`: then a PNG's see-through pixels stay so.
 * @throws Error in one sentence that names the file
 */
export async function decodeImage(path: string, bytes: Uint8Array, keepsAlpha = false): Promise<Image> {
  const isPng = isPngFile(bytes)
  if (!isPng && !(bytes[0] === 0xff && bytes[1] === 0xd8))
    throw new Error(`${path} is neither a PNG nor a JPEG picture`)
  try {
    const picture = sharp(bytes, { failOn: 'error', limitInputPixels: MOST_PIXELS }).autoOrient().toColourspace('srgb')
    const { data, info } = await (keepsAlpha ? picture : picture.flatten({ background: '#fff' }))
      .ensureAlpha()
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true })
    return { width: info.width, height: info.height, data: new Uint8Array(data) }
  } catch (error) {
    const [reason] = (error as Error).message.split('\n')
    throw new Error(`${path} is not a readable ${isPng ? 'PNG' : 'JPEG'} picture: ${reason}`)
  }
}

const PNG_SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]

export const isPngFile = (bytes: Uint8Array): boolean => PNG_SIGNATURE.every((byte, i) => bytes[i] === byte)

/** RGB pixels [height, width, 3] as the bytes of a PNG file. */
export async function encodePng(width: number, height: number, data: Uint8Array): Promise<Uint8Array> {
  return sharp(data, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer()
}

/** The largest part about the centre with the frame's proportions, resized to the frame. A picture of the right size is unchanged. */
export function fitImage(image: Image, width: number, height: number): Image {
  const scale = Math.min(image.width / width, image.height / height)
  const columns = resampling(image.width, width, scale)
  const rows = resampling(image.height, height, scale)
  const data = new Uint8Array(width * height * 4)
  for (const [y, row] of rows.entries())
    for (const [x, column] of columns.entries())
      for (let c = 0; c < 4; c++) {
        let sum = 0
        for (const [j, v] of row) for (const [i, u] of column) sum += u * v * image.data[4 * (j * image.width + i) + c]
        data[4 * (y * width + x) + c] = Math.round(sum)
      }
  return { width, height, data }
}

/**
 * For each of `to` pixels, the source pixels (of `from`) that it is made of, with weights that add up to 1: area averages when the picture
 * shrinks (`scale` source pixels per pixel), linear interpolation when it grows.
 */
function resampling(from: number, to: number, scale: number): [index: number, weight: number][][] {
  const start = (from - to * scale) / 2
  const reach = scale >= 1 ? (scale + 1) / 2 : 1
  return Array.from({ length: to }, (_, k) => {
    const centre = start + (k + 0.5) * scale - 0.5
    const weights = new Map<number, number>()
    for (let i = Math.ceil(centre - reach); i <= Math.floor(centre + reach); i++) {
      const distance = Math.abs(i - centre)
      const weight = scale >= 1 ? Math.min(1, reach - distance) : 1 - distance
      const inside = Math.min(Math.max(i, 0), from - 1)
      if (weight > 1e-9) weights.set(inside, (weights.get(inside) ?? 0) + weight)
    }
    const total = [...weights.values()].reduce((a, b) => a + b, 0)
    return [...weights].map(([i, w]) => [i, w / total])
  })
}
