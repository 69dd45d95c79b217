// The screen, 64×64 RGB: drawing of background layers, the world raster and sprites.

import type { Raster } from '../drawing/raster.ts'

export const SCREEN = 64 // width and height, pixels

/** A background layer. It scrolls by `factor` times the camera's motion (parallax) and repeats mirrored. */
export interface Layer {
  raster: Raster
  factor: number
}

/** Draws a layer with its pixel (x, y) at the screen's upper left corner. `isFirst`: as opaque. */
export function drawLayer(rgb: Uint8Array, { raster }: Layer, x: number, y: number, isFirst: boolean): void {
  const { width, height, data } = raster
  for (let i = 0; i < SCREEN; i++) {
    const along = (((x + i) % (2 * width)) + 2 * width) % (2 * width)
    const column = along < width ? along : 2 * width - 1 - along
    for (let j = 0; j < SCREEN; j++) {
      const row = Math.min(Math.max(y + j, 0), height - 1)
      put(rgb, 3 * (j * SCREEN + i), data, 4 * (row * width + column), isFirst)
    }
  }
}

/** Draws the part of the world raster whose upper left corner is (x, y). */
export function drawWorld(rgb: Uint8Array, { width, height, data }: Raster, x: number, y: number): void {
  for (let j = Math.max(0, -y); j < Math.min(SCREEN, height - y); j++)
    for (let i = Math.max(0, -x); i < Math.min(SCREEN, width - x); i++)
      put(rgb, 3 * (j * SCREEN + i), data, 4 * ((y + j) * width + x + i), false)
}

/** Draws a sprite with its upper left corner at (x, y). */
export const drawSprite = (rgb: Uint8Array, picture: Raster, x: number, y: number): void =>
  drawWorld(rgb, picture, -x, -y)

/** Draws a coin in the middle of each of its cells. */
export function drawCoins(
  rgb: Uint8Array,
  coin: Raster,
  { coins, columns, tile }: { coins: Iterable<number>; columns: number; tile: number },
  camera: { x: number; y: number },
): void {
  for (const cell of coins) {
    const x = (cell % columns) * tile - camera.x + ((tile - coin.width) >> 1)
    const y = Math.floor(cell / columns) * tile - camera.y + ((tile - coin.height) >> 1)
    drawSprite(rgb, coin, x, y)
  }
}

function put(rgb: Uint8Array, to: number, data: Uint8Array, from: number, isOpaque: boolean): void {
  const alpha = isOpaque ? 255 : data[from + 3]
  if (alpha === 0) return
  for (let c = 0; c < 3; c++)
    rgb[to + c] = alpha === 255 ? data[from + c] : (data[from + c] * alpha + rgb[to + c] * (255 - alpha) + 127) / 255
}
