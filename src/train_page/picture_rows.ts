// Frames side by side on one canvas, each pixel a square.

import { create } from '../ui/dom.ts'
import { FRAME } from './presets.ts'
import type { Pixels } from './previews.ts'

const GAP = 2 // pixels of a frame

/** @param label for those who do not see it */
export function frameRow(pictures: readonly Pixels[], label: string): HTMLCanvasElement {
  const { height, width } = FRAME
  const canvas = create('canvas', { className: 'frames', width: pictures.length * (width + GAP) - GAP, height })
  canvas.setAttribute('role', 'img')
  canvas.setAttribute('aria-label', `${label}: ${pictures.length} frames`)
  const context = canvas.getContext('2d')!
  for (const [i, pixels] of pictures.entries())
    context.putImageData(new ImageData(pixels, width, height), i * (width + GAP), 0)
  return canvas
}
