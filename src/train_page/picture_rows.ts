// A row of frames on one canvas, pixel for pixel.

import type { RgbaPixels } from '../media/pixels.ts'
import { create } from '../ui/dom.ts'

const GAP = 2 // pixels of a frame

/**
 * @param size of a frame
 * @param label for screen readers
 */
export function frameRow(
  pictures: readonly RgbaPixels[],
  { height, width }: { height: number; width: number },
  label: string,
): HTMLCanvasElement {
  const canvas = create('canvas', { className: 'frames', width: pictures.length * (width + GAP) - GAP, height })
  canvas.setAttribute('role', 'img')
  canvas.setAttribute('aria-label', `${label}: ${pictures.length} frames`)
  const context = canvas.getContext('2d')!
  for (const [i, pixels] of pictures.entries())
    context.putImageData(new ImageData(pixels, width, height), i * (width + GAP), 0)
  return canvas
}
