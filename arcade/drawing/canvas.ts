// Drawing of shapes on a raster: ellipses, rectangles, polygons, lines. There is no antialiasing. For smooth edges, callers draw
// at twice the size and downsample.
import { blendPixel, type Colour, createRaster, type Raster } from './raster.ts'

export type Point = readonly [x: number, y: number]

export class Canvas {
  constructor(readonly raster: Raster) {}

  static create(width: number, height: number, colour?: Colour): Canvas {
    return new Canvas(createRaster(width, height, colour))
  }

  /** A filled ellipse centred at (x, y). */
  ellipse(x: number, y: number, rx: number, ry: number, colour: Colour, alpha = 255): void {
    for (let j = Math.floor(y - ry); j <= y + ry; j++) {
      const v = (j + 0.5 - y) / ry
      const part = 1 - v * v
      if (part <= 0) continue
      const half = rx * Math.sqrt(part)
      this.span(j, x - half, x + half, colour, alpha)
    }
  }

  rect(x: number, y: number, width: number, height: number, colour: Colour): void {
    for (let j = Math.round(y); j < Math.round(y + height); j++) this.span(j, x, x + width, colour, 255)
  }

  /** A polygon filled by the even-odd rule. */
  polygon(points: readonly Point[], colour: Colour, alpha = 255): void {
    const ys = points.map(p => p[1])
    const first = Math.max(0, Math.floor(Math.min(...ys)))
    const last = Math.min(this.raster.height - 1, Math.ceil(Math.max(...ys)))
    for (let j = first; j <= last; j++) {
      const y = j + 0.5
      const cuts: number[] = []
      for (let i = 0; i < points.length; i++) {
        const [[x0, y0], [x1, y1]] = [points[i], points[(i + 1) % points.length]]
        if (y0 > y !== y1 > y) cuts.push(x0 + ((y - y0) / (y1 - y0)) * (x1 - x0))
      }
      cuts.sort((a, b) => a - b)
      for (let i = 0; i + 1 < cuts.length; i += 2) this.span(j, cuts[i], cuts[i + 1], colour, alpha)
    }
  }

  /** A line through points, with round caps. */
  polyline(points: readonly Point[], width: number, colour: Colour): void {
    const r = width / 2
    for (const [x, y] of points) this.ellipse(x, y, r, r, colour)
    for (let i = 0; i + 1 < points.length; i++) {
      const [[x0, y0], [x1, y1]] = [points[i], points[i + 1]]
      const length = Math.sqrt((x1 - x0) * (x1 - x0) + (y1 - y0) * (y1 - y0))
      if (length === 0) continue
      const [u, v] = [(r * (y1 - y0)) / length, (r * (x1 - x0)) / length]
      this.polygon(
        [
          [x0 - u, y0 + v],
          [x1 - u, y1 + v],
          [x1 + u, y1 - v],
          [x0 + u, y0 - v],
        ],
        colour,
      )
    }
  }

  private span(y: number, from: number, to: number, colour: Colour, alpha: number): void {
    const { width, height, data } = this.raster
    if (y < 0 || y >= height) return
    for (let x = Math.max(0, Math.round(from)); x < Math.min(width, Math.round(to)); x++)
      blendPixel(data, 4 * (y * width + x), colour >> 16, colour >> 8, colour, alpha)
  }
}
