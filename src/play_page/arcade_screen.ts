// The real game, on a canvas: beside the dream under the same keys, or by itself where there is no WebGPU to dream with.

import { type Game, HEIGHT, WIDTH } from '../../arcade/game/game.ts'
import { create } from '../ui/dom.ts'

/** A frame of the game, RGB [64, 64, 3], drawn. */
export function drawGame(game: Game, canvas: HTMLCanvasElement): void {
  const rgb = new Uint8Array(HEIGHT * WIDTH * 3)
  game.render(rgb)
  drawRgb(rgb, canvas)
}

/** @param rgb [64, 64, 3] */
export function drawRgb(rgb: Uint8Array, canvas = create('canvas')): HTMLCanvasElement {
  canvas.width = WIDTH
  canvas.height = HEIGHT
  const context = canvas.getContext('2d')!
  const image = context.createImageData(WIDTH, HEIGHT)
  for (let i = 0; i < WIDTH * HEIGHT; i++) image.data.set([rgb[3 * i]!, rgb[3 * i + 1]!, rgb[3 * i + 2]!, 255], 4 * i)
  context.putImageData(image, 0, 0)
  return canvas
}

/** The game's action, 0 … 5, for a latent one, by the names that the world's own table gives it. */
export function arcadeActionOf(latent: number, table: Readonly<Record<string, number>>): number {
  const names = Object.keys(table).filter(key => table[key] === latent)
  const isDown = (key: string) => names.some(name => name.split('+').includes(key))
  const side = isDown('ArrowLeft') ? 1 : isDown('ArrowRight') ? 2 : 0
  return side + (isDown('ArrowUp') ? 3 : 0)
}
