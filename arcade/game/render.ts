// Renders a level: cells, slimes and player, copied from 8×8 tiles.

import { backDrawing, cellDrawings, type Drawing } from './art.ts'
import { cellAt, type Level, ROWS, TILE } from './level.ts'

export const WIDTH = 64 // pixels
export const HEIGHT = ROWS * TILE

/** A figure to be drawn: `x`, `y` its upper left corner on the screen, in pixels. */
export interface Sprite {
  drawing: Drawing
  x: number
  y: number
  facing: -1 | 1
}

/** A number 0xRRGGBB per pixel, −1 where transparent. */
type Pixels = Int32Array // [TILE · TILE]

/** Renders a level. A drawing is coloured by the level's theme when it is first needed. */
export class LevelRenderer {
  private readonly drawings = new Map<Drawing, Pixels>()
  private readonly cells: Pixels[] = []

  constructor(private readonly level: Level) {}

  /**
   * Draws the part of the level whose left edge is `camera` pixels from the level's, with figures over it.
   * @param rgb [64, 64, 3], overwritten
   */
  render(camera: number, sprites: readonly Sprite[], rgb: Uint8Array): void {
    const { columns, backs } = this.level
    const first = Math.floor(camera / TILE)
    const last = Math.floor((camera + WIDTH - 1) / TILE)
    for (let row = 0; row < ROWS; row++)
      for (let column = first; column <= last; column++) {
        const inside = column >= 0 && column < columns
        const back = inside ? backs[row * columns + column] : 0
        const pixels = this.cell(cellAt(this.level, column, row), column & 1, back, row)
        copy(pixels, column * TILE - camera, row * TILE, 1, rgb)
      }
    for (const { drawing, x, y, facing } of sprites) copy(this.drawing(drawing), x, y, facing, rgb)
  }

  private drawing(drawing: Drawing): Pixels {
    let pixels = this.drawings.get(drawing)
    if (!pixels) {
      pixels = Int32Array.from(drawing, ink => (ink === '.' ? -1 : this.level.theme.inks[ink]))
      this.drawings.set(drawing, pixels)
    }
    return pixels
  }

  /** A cell, drawn over its background and over the sky of its row; opaque. `odd`: whether its column is odd. */
  private cell(cell: number, odd: number, back: number, row: number): Pixels {
    const key = ((cell * 2 + odd) * 8 + back) * ROWS + row
    this.cells[key] ??= this.paintCell(cellDrawings(cell, this.level.theme.texture)[odd], backDrawing(back), row)
    return this.cells[key]
  }

  private paintCell(front: Drawing, back: Drawing, row: number): Pixels {
    const sky = this.level.theme.inks[row < 3 ? '1' : row < 5 ? '2' : '3']
    const behind = this.drawing(back).map(p => (p < 0 ? sky : p))
    return this.drawing(front).map((p, i) => (p < 0 ? behind[i] : p))
  }
}

function copy(pixels: Pixels, left: number, top: number, facing: -1 | 1, rgb: Uint8Array): void {
  for (let j = 0; j < TILE; j++) {
    const y = top + j
    if (y < 0 || y >= HEIGHT) continue
    for (let i = 0; i < TILE; i++) {
      const x = left + i
      const pixel = pixels[j * TILE + (facing > 0 ? i : TILE - 1 - i)]
      if (x < 0 || x >= WIDTH || pixel < 0) continue
      const at = 3 * (y * WIDTH + x)
      rgb[at] = pixel >> 16
      rgb[at + 1] = (pixel >> 8) & 255
      rgb[at + 2] = pixel & 255
    }
  }
}
