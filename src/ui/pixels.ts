// Pixel formats: RGB bytes to the RGBA that a canvas takes, and back.

import { create } from './dom.ts'

/** RGBA bytes [H, W, 4]. */
export type RgbaPixels = Uint8ClampedArray<ArrayBuffer>

/** @param rgb [H, W, 3] */
export function rgbToRgba(rgb: Uint8Array): RgbaPixels {
  const rgba = new Uint8ClampedArray((rgb.length / 3) * 4).fill(255)
  for (let i = 0, j = 0; i < rgb.length; i += 3, j += 4) rgba.set(rgb.subarray(i, i + 3), j)
  return rgba
}

/** Drops alpha: [H, W, 4] → [H, W, 3]. */
export function rgbaToRgb(rgba: RgbaPixels): Uint8Array<ArrayBuffer> {
  const rgb = new Uint8Array((rgba.length / 4) * 3)
  for (let i = 0, j = 0; i < rgb.length; i += 3, j += 4) rgb.set(rgba.subarray(j, j + 3), i)
  return rgb
}

/** A canvas of the frame's size that shows it. */
export function frameCanvas(rgba: RgbaPixels, width: number, height: number, canvas = create('canvas')) {
  canvas.width = width
  canvas.height = height
  canvas.getContext('2d')!.putImageData(new ImageData(rgba, width, height), 0, 0)
  return canvas
}
