// The real game on a canvas: beside the generated world under the same keys, or alone where there is no WebGPU.

import { type Game, HEIGHT, WIDTH } from '../../arcade/game/game.ts'
import { rgbToRgba } from '../media/pixels.ts'
import { frameCanvas } from '../ui/pixels.ts'

/** Draws the game's current frame. */
export function drawGame(game: Game, canvas: HTMLCanvasElement): void {
  const rgb = new Uint8Array(HEIGHT * WIDTH * 3)
  game.render(rgb)
  drawRgb(rgb, canvas)
}

/** @param rgb [64, 64, 3] */
export function drawRgb(rgb: Uint8Array, canvas?: HTMLCanvasElement): HTMLCanvasElement {
  return frameCanvas(rgbToRgba(rgb), WIDTH, HEIGHT, canvas)
}

/** The game's action, 0 … 5, for a latent action, by the arrow keys that the world's key table gives it. */
export function arcadeActionOf(latent: number, table: Readonly<Record<string, number>>): number {
  const names = Object.keys(table).filter(key => table[key] === latent)
  const isDown = (key: string) => names.some(name => name.split('+').includes(key))
  const side = isDown('ArrowLeft') ? 1 : isDown('ArrowRight') ? 2 : 0
  return side + (isDown('ArrowUp') ? 3 : 0)
}
