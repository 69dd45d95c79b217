// A Phaser level that a generated world continues. While D is held, the screen becomes the prompt, Phaser pauses, and the arrow keys play
// the world, which covers the game pixel for pixel.

import { World } from 'djinn'
import Phaser from 'phaser'
import { held, run, showStatus } from '../shared.ts'
import { LevelScene } from './level_scene.ts'

const MODEL = new URL('../../weights/platformer/', document.baseURI)
const SIZE = 64 // pixels, the world's and the game's
const PLAY_KEY = 'd'
const HELP = 'Arrow keys play. Hold D to continue in the generated world.'

void run(async () => {
  const view = document.getElementById('generated') as HTMLCanvasElement
  view.width = view.height = SIZE

  const scene = new LevelScene()
  const game = new Phaser.Game({
    type: Phaser.WEBGL,
    parent: 'game',
    width: SIZE,
    height: SIZE,
    pixelArt: true,
    banner: false,
    audio: { noAudio: true },
    scale: { mode: Phaser.Scale.NONE, zoom: Math.max(1, Math.floor(Math.min(innerWidth, innerHeight - 60) / SIZE)) },
    physics: { default: 'arcade', arcade: { gravity: { x: 0, y: 260 } } },
    scene,
  })
  // The world covers the game exactly.
  game.events.once(Phaser.Core.Events.READY, () => {
    const { width, height } = game.canvas.style
    Object.assign(view.style, { width, height })
  })

  const world = await World.load(MODEL, { seed: 5 })
  let isPlaying = false
  let due = 0

  addEventListener('keydown', ({ key, repeat }) => {
    if (key === PLAY_KEY && !repeat) void enterWorld()
  })
  addEventListener('keyup', ({ key }) => key === PLAY_KEY && leaveWorld())
  addEventListener('blur', leaveWorld)
  requestAnimationFrame(tick)
  showStatus(HELP)
  document.body.dataset.state = 'game'

  async function enterWorld(): Promise<void> {
    if (isPlaying) return
    isPlaying = true
    scene.scene.pause()
    showStatus('Encoding the screen…')
    await world.prompt(await scene.snapshot())
    if (!isPlaying) return
    world.draw(view)
    view.classList.add('shown')
    document.body.dataset.state = 'world'
    showStatus('The network generates every frame. Arrow keys play.')
  }

  function leaveWorld(): void {
    if (!isPlaying) return
    isPlaying = false
    view.classList.remove('shown')
    document.body.dataset.state = 'game'
    scene.scene.resume()
    showStatus(HELP)
  }

  function tick(now: number): void {
    requestAnimationFrame(tick)
    if (document.body.dataset.state !== 'world' || now < due) return
    if (!world.step(world.actionFor(...held))) return
    due = Math.max(due + 1000 / world.config.frame.rate, now)
    world.draw(view)
    document.body.dataset.frame = String(world.frame)
  }
})
