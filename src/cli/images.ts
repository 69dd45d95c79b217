// Pictures in: PNG and JPEG files as opaque RGBA, and any picture cut and resized to a world's frame.
import { readFile } from 'node:fs/promises'
import { convertIndexedToRgb, type DecodedPng, decode as decodePng, hasPngSignature } from 'fast-png'
import { decode as decodeJpeg } from 'jpeg-js'
import { orientation, upright } from './exif_orientation.ts'

export interface Image {
  width: number
  height: number
  data: Uint8Array // RGBA [height, width, 4]
}

const JPEG_LIMITS = { maxResolutionInMP: 200, maxMemoryUsageInMB: 2048 }

/**
 * Reads a PNG or JPEG file: any bit depth, palettes and gray; see-through pixels on white; photos turned upright.
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
export function decodeImage(path: string, bytes: Uint8Array, keepsAlpha = false): Image {
  const isPng = hasPngSignature(bytes)
  if (!isPng && !(bytes[0] === 0xff && bytes[1] === 0xd8))
    throw new Error(`${path} is neither a PNG nor a JPEG picture`)
  try {
    if (isPng) return rgba(decodePng(bytes), keepsAlpha)
    const { width, height, data, exifBuffer } = decodeJpeg(bytes, { useTArray: true, ...JPEG_LIMITS }) as ReturnType<
      typeof decodeJpeg
    > & { exifBuffer?: Uint8Array }
    return upright({ width, height, data: new Uint8Array(data) }, exifBuffer ? orientation(exifBuffer) : 1)
  } catch (error) {
    throw new Error(`${path} is not a readable ${isPng ? 'PNG' : 'JPEG'} picture: ${(error as Error).message}`)
  }
}

/** A decoded PNG's samples, whatever their number and depth, as RGBA; over white unless `keepsAlpha`. */
function rgba(png: DecodedPng, keepsAlpha: boolean): Image {
  const { width, height, palette, transparency } = png
  if (keepsAlpha && !palette && png.depth === 8 && png.channels === 4)
    return { width, height, data: new Uint8Array(png.data) }
  const channels = palette ? palette[0].length : png.channels
  const samples = palette ? convertIndexedToRgb(png) : unpacked(png)
  const scale = palette ? 1 : 255 / (2 ** png.depth - 1)
  const hasAlpha = channels === 2 || channels === 4
  const colours = hasAlpha ? channels - 1 : channels
  const data = new Uint8Array(width * height * 4).fill(255)
  for (let i = 0; i < width * height; i++) {
    const at = i * channels
    const isKey = !palette && transparency?.length === colours && transparency.every((v, c) => samples[at + c] === v)
    const alpha = isKey ? 0 : hasAlpha ? (samples[at + colours] * scale) / 255 : 1
    for (let c = 0; c < 3; c++) {
      const value = samples[at + (colours === 3 ? c : 0)] * scale
      data[4 * i + c] = keepsAlpha ? value : Math.round(255 + (value - 255) * alpha)
    }
    if (keepsAlpha) data[4 * i + 3] = Math.round(255 * alpha)
  }
  return { width, height, data }
}

/** Samples of 1, 2 or 4 bits, each on an element of its own; rows begin on whole bytes. */
function unpacked({ data, depth, width, height, channels }: DecodedPng): DecodedPng['data'] {
  if (depth >= 8) return data
  const row = width * channels
  const rowBytes = Math.ceil((row * depth) / 8)
  return Uint8Array.from({ length: row * height }, (_, i) => {
    const bit = (i % row) * depth
    const byte = data[Math.floor(i / row) * rowBytes + (bit >> 3)]
    return (byte >> (8 - depth - (bit & 7))) & (2 ** depth - 1)
  })
}

/** The largest part about the centre with the frame's proportions, resized to the frame; of the right size, unchanged. */
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
 * For each of `to` pixels, which of `from` source pixels it is made of and by what weights, adding up to 1: area averages
 * where `scale` source pixels make one, straight lines between neighbours where one makes several.
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
