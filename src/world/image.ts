// Converts a prompt picture to RGBA words of the frame's size.

import { ArgumentError, DjinnError, messageOf } from '../gpu/errors.ts'

/** Pixels of four bytes: red, green, blue, alpha. */
export interface PixelImage {
  width: number
  height: number
  data: Uint8Array | Uint8ClampedArray
}

/** A prompt picture: pixels of exactly the frame's size, or anything of any size that a canvas can draw. */
export type PromptImage = PixelImage | ImageBitmapSource

/**
 * A picture → u32 [height · width] RGBA8. Drawable sources are cropped around their centre to the frame's aspect ratio and resized.
 * @throws ArgumentError when raw pixels have another size, or a picture has no area, DjinnError when it cannot be decoded
 */
export async function toFrame(image: PromptImage, width: number, height: number): Promise<Uint32Array<ArrayBuffer>> {
  const pixels = isPixels(image) ? image : await draw(image, width, height)
  if (pixels.width !== width || pixels.height !== height)
    throw new ArgumentError(
      `the prompt is ${pixels.width}×${pixels.height} pixels, this world's frames are ${width}×${height}`,
    )
  if (pixels.data.length !== 4 * width * height)
    throw new ArgumentError(
      `the prompt has ${pixels.data.length} bytes, ${width}×${height} RGBA pixels are ${4 * width * height}`,
    )
  return new Uint32Array(Uint8Array.from(pixels.data).buffer)
}

function isPixels(image: PromptImage): image is PixelImage {
  return 'data' in image && (image.data instanceof Uint8Array || image.data instanceof Uint8ClampedArray)
}

async function draw(image: ImageBitmapSource, width: number, height: number): Promise<PixelImage> {
  const bitmap = await createImageBitmap(image).catch((error: unknown) => {
    throw new DjinnError(`the prompt is not a picture that this browser can decode: ${messageOf(error)}`, 'format')
  })
  try {
    if (bitmap.width === 0 || bitmap.height === 0) throw new ArgumentError('the prompt picture has no pixels')
    const scale = Math.max(width / bitmap.width, height / bitmap.height)
    const [w, h] = [bitmap.width * scale, bitmap.height * scale]
    const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true })!
    context.imageSmoothingQuality = 'high'
    // Transparent pixels become white.
    context.fillStyle = 'white'
    context.fillRect(0, 0, width, height)
    context.drawImage(bitmap, (width - w) / 2, (height - h) / 2, w, h)
    return context.getImageData(0, 0, width, height)
  } finally {
    bitmap.close()
  }
}
