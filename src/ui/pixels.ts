// Frames on canvases.

import type { RgbaPixels } from '../media/pixels.ts'
import { create } from './dom.ts'

/** A canvas of the frame's size that shows it. */
export function frameCanvas(rgba: RgbaPixels, width: number, height: number, canvas = create('canvas')) {
  canvas.width = width
  canvas.height = height
  canvas.getContext('2d', { willReadFrequently: true })!.putImageData(new ImageData(rgba, width, height), 0, 0)
  return canvas
}
