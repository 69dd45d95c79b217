// What a proposal shows on a frame of the video: what is left out is dark, and what never changes is tinted.

import type { GreyPicture } from './block_motion.ts'
import type { Rectangle } from './video_survey.ts'

interface Size {
  width: number
  height: number
}

/** Orange, of which a tinted pixel has half. */
const TINT = [242, 163, 58]
const DARK = 0.35

/**
 * Tints what never changes in a picture.
 * @param channels of a pixel: RGB or RGBA
 * @param still of the same shape and any size: above 0 where nothing changes
 */
export function tintStill(
  pixels: Uint8Array | Uint8ClampedArray,
  channels: 3 | 4,
  { width, height }: Size,
  still: GreyPicture,
): void {
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const [row, column] = [Math.floor((y * still.height) / height), Math.floor((x * still.width) / width)]
      if (still.values[row * still.width + column] === 0) continue
      for (let c = 0; c < 3; c++) {
        const at = channels * (y * width + x) + c
        pixels[at] = (pixels[at]! + TINT[c]!) / 2
      }
    }
}

/** Darkens an RGB picture outside of a rectangle, which is in pixels of `of`. */
export function darkenOutside(pixels: Uint8Array, { width, height }: Size, kept: Rectangle, of: Size): void {
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const [left, top] = [((x + 0.5) * of.width) / width - kept.x, ((y + 0.5) * of.height) / height - kept.y]
      if (left >= 0 && left < kept.width && top >= 0 && top < kept.height) continue
      for (let c = 0; c < 3; c++) pixels[3 * (y * width + x) + c]! *= DARK
    }
}
