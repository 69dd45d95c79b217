// The play page without WebGPU: help, a recording of a generated world, and the real game to play.

import { FRAME_RATE, type Game } from '../../arcade/game/game.ts'
import type { Controls } from '../ui/controls.ts'
import { byId, find } from '../ui/dom.ts'
import type { PromptPicture } from '../ui/session.ts'
import { showWebgpuHelp } from '../ui/webgpu_help.ts'
import { drawGame } from './arcade_screen.ts'
import { ANIMATION } from './worlds.ts'

/** Keys and the game's own actions, `arcade/game/physics.ts`. */
const KEYS = { '': 0, ArrowLeft: 1, ArrowRight: 2, ArrowUp: 3, 'ArrowLeft+ArrowUp': 4, 'ArrowRight+ArrowUp': 5 }

/** A picture, and the real game at it, if it is a frame of the game. */
export type GamePicture = PromptPicture & { game?: () => Game }

/**
 * Shows the help, and runs the real game on the canvas.
 * @returns starts the game from a picture
 */
export function playWithoutWebgpu(
  view: HTMLCanvasElement,
  controls: Controls,
): (picture: GamePicture | undefined) => void {
  document.body.classList.add('without-webgpu')
  const help = byId('help')
  showWebgpuHelp(help)
  if (ANIMATION) find<HTMLImageElement>(help, 'img').src = ANIMATION
  let game: Game | undefined
  controls.bind(0, KEYS)
  setInterval(() => {
    if (!game || document.hidden) return
    game.step(controls.take().action)
    drawGame(game, view)
  }, 1000 / FRAME_RATE)
  return picture => {
    game = picture?.game?.()
    if (game) drawGame(game, view)
    else view.getContext('2d')!.clearRect(0, 0, view.width, view.height)
    const name = picture?.name ?? 'of the link'
    view.setAttribute('aria-label', game ? `The real game, from the picture ${name}` : `The picture ${name}`)
  }
}
