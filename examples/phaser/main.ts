// A level of a Phaser game that turns into its dream: while D is held, what was on the screen becomes the prompt, Phaser stands
// still, and the same arrow keys play on in the dream, which lies over the game pixel on pixel. Let go, and it fades.

import { World } from 'djinn'
import Phaser from 'phaser'
import { held, say } from '../keys.ts'
import { LevelScene } from './level_scene.ts'

const MODEL = new URL('../../weights/platformer/', document.baseURI)
const SIZE = 64 // pixels, the world's and the game's
const DREAM_KEY = 'd'

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
// The dream lies over the game, as large as it is.
game.events.once(Phaser.Core.Events.READY, () => {
  const { width, height } = game.canvas.style
  Object.assign(dream.style, { width, height })
})

const world = await World.load(MODEL, { seed: 5 })
let dreaming = false
let due = 0

addEventListener('keydown', ({ key, repeat }) => {
  if (key === DREAM_KEY && !repeat) void fallAsleep().catch(say)
})
addEventListener('keyup', ({ key }) => key === DREAM_KEY && wake())
addEventListener('blur', wake)
requestAnimationFrame(tick)
say('Arrow keys play; hold D to dream.')
document.body.dataset.state = 'awake'

async function fallAsleep(): Promise<void> {
  if (dreaming) return
  dreaming = true
  scene.scene.pause()
  say('Falling asleep…')
  await world.prompt(await scene.snapshot())
  if (!dreaming) return
  world.draw(dream)
  dream.classList.add('asleep')
  document.body.dataset.state = 'asleep'
  say('Dreaming: nothing of the game runs any more. Arrow keys play.')
}

function wake(): void {
  if (!dreaming) return
  dreaming = false
  dream.classList.remove('asleep')
  document.body.dataset.state = 'awake'
  scene.scene.resume()
  say('Arrow keys play; hold D to dream.')
}

function tick(now: number): void {
  requestAnimationFrame(tick)
  if (document.body.dataset.state !== 'asleep' || now < due) return
  if (!world.step(world.actionFor(...held))) return
  due = Math.max(due + 1000 / world.config.frame.rate, now)
  world.draw(dream)
  document.body.dataset.frame = String(world.frame)
}
