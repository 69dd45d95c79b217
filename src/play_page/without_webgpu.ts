// The page where nothing can be dreamed: what would help, a film of a dream, and the real game to play meanwhile.

import { FRAME_RATE, type Game } from '../../arcade/game/game.ts'
import type { Controls } from '../ui/controls.ts'
import { byId, create } from '../ui/dom.ts'
import { webgpuHelp } from '../ui/webgpu_help.ts'
import { drawGame } from './arcade_screen.ts'
import type { Picture } from './prompts/pictures.ts'

const film = import.meta.glob<string>('../../docs/play.gif', { query: '?url', import: 'default', eager: true })
/** Keys and the actions of the game itself, `arcade/physics.ts`. */
const KEYS = { '': 0, ArrowLeft: 1, ArrowRight: 2, ArrowUp: 3, 'ArrowLeft+ArrowUp': 4, 'ArrowRight+ArrowUp': 5 }

/** Shows the help, and gives what starts the game from a picture. */
export function showWithoutWebgpu(controls: Controls): (picture: Picture) => void {
  const { title, steps } = webgpuHelp('gpu' in navigator, isSecureContext, navigator.userAgent)
  document.body.classList.add('without-webgpu')
  byId('help-title').textContent = title
  byId('help-steps').replaceChildren(...steps.map(step => create('li', { textContent: step })))
  byId('help').hidden = false
  const [address] = Object.values(film)
  if (address) byId<HTMLImageElement>('help-film').src = address

  const view = byId<HTMLCanvasElement>('view')
  let game: Game | undefined
  controls.bind(0, KEYS)
  byId('play').hidden = false
  setInterval(() => {
    if (!game || document.hidden) return
    game.step(controls.take().action)
    drawGame(game, view)
  }, 1000 / FRAME_RATE)
  return picture => {
    game = picture.game?.()
    if (game) drawGame(game, view)
    else view.getContext('2d')!.clearRect(0, 0, view.width, view.height)
    const what = game ? `The real game, from the picture ${picture.name}` : `The picture ${picture.name}`
    view.setAttribute('aria-label', what)
  }
}
