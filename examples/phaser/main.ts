// A Phaser level that a generated world continues. While D is held, the screen becomes the prompt, Phaser pauses, and the arrow keys play
// the world, which covers the game pixel for pixel.

import { World } from 'djinn'
import Phaser from 'phaser'
import { held, run, showStatus } from '../shared.ts'
import { LevelScene } from './level_scene.ts'

const MODEL = new URL('../../weights/platformer/', document.baseURI)
const SIZE = 64 // pixels, the world's and the game's
const DREAM_KEY = 'd'
const AWAKE = 'Arrow keys play. Hold D to dream.'

void run(async () => {
  const dream = document.getElementById('dream') as HTMLCanvasElement
  dream.width = dream.height = SIZE

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
    Object.assign(dream.style, { width, height })
  })

  const world = await World.load(MODEL, { seed: 5 })
  let dreaming = false
  let due = 0

  addEventListener('keydown', ({ key, repeat }) => {
    if (key === DREAM_KEY && !repeat) void fallAsleep()
  })
  addEventListener('keyup', ({ key }) => key === DREAM_KEY && wake())
  addEventListener('blur', wake)
  requestAnimationFrame(tick)
  showStatus(AWAKE)
  document.body.dataset.state = 'awake'

  async function fallAsleep(): Promise<void> {
    if (dreaming) return
    dreaming = true
    scene.scene.pause()
    showStatus('Encoding the screen…')
    await world.prompt(await scene.snapshot())
    if (!dreaming) return
    world.draw(dream)
    dream.classList.add('asleep')
    document.body.dataset.state = 'asleep'
    showStatus('Dreaming: the network generates every frame. Arrow keys play.')
  }

  function wake(): void {
    if (!dreaming) return
    dreaming = false
    dream.classList.remove('asleep')
    document.body.dataset.state = 'awake'
    scene.scene.resume()
    showStatus(AWAKE)
  }

  function tick(now: number): void {
    requestAnimationFrame(tick)
    if (document.body.dataset.state !== 'asleep' || now < due) return
    if (!world.step(world.actionFor(...held))) return
    due = Math.max(due + 1000 / world.config.frame.rate, now)
    world.draw(dream)
    document.body.dataset.frame = String(world.frame)
  }
})
