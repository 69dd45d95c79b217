// A world as a sprite in a canvas game of your own: soap bubbles drift over a 2D canvas, and each shows the newest frame. The arrow keys
// play the world inside the bubbles.

import { World } from 'djinn'
import { held, run, showStatus } from '../shared.ts'

const MODEL = new URL('../../weights/platformer/', document.baseURI)
const isCalm = matchMedia('(prefers-reduced-motion: reduce)').matches

interface Bubble {
  x: number // pixels
  y: number
  radius: number
  speed: number // pixels per second, upwards
}

void run(async () => {
  const game = (document.getElementById('game') as HTMLCanvasElement).getContext('2d')!
  const world = await World.load(MODEL, { seed: 4 })
  const picture = await fetch(new URL('prompts/desert.png', MODEL))
  await world.prompt(await picture.blob())

  // The GPU draws on one canvas. Its content lasts only for the task, so a 2D canvas keeps it as the sprite's image.
  const { width, height, rate } = world.config.frame
  const gpuCanvas = new OffscreenCanvas(width, height)
  const sprite = new OffscreenCanvas(width, height)
  const copy = sprite.getContext('2d')!
  const update = () => {
    world.draw(gpuCanvas)
    copy.drawImage(gpuCanvas, 0, 0)
  }
  update()

  const bubbles: Bubble[] = [0.2, 0.5, 0.78].map((x, i) => ({
    x: x * innerWidth,
    y: innerHeight * (0.5 + 0.14 * (i - 1)),
    radius: Math.min(innerWidth, innerHeight) * (0.14 + 0.05 * i),
    speed: isCalm ? 0 : 14 + 8 * i,
  }))
  let due = 0
  let before = performance.now()
  const tick = (now: number) => {
    requestAnimationFrame(tick)
    if (now >= due && world.step(world.actionFor(...held))) {
      due = Math.max(due + 1000 / rate, now)
      document.body.dataset.frame = String(world.frame)
      update()
    }
    move(bubbles, (now - before) / 1000)
    before = now
    draw(game, bubbles, sprite)
  }
  requestAnimationFrame(tick)
  showStatus('Arrow keys play the world in the bubbles.')
})

function move(bubbles: Bubble[], seconds: number): void {
  for (const bubble of bubbles) {
    bubble.y -= bubble.speed * seconds
    if (bubble.y < -bubble.radius) bubble.y = innerHeight + bubble.radius
  }
}

function draw(game: CanvasRenderingContext2D, bubbles: readonly Bubble[], sprite: OffscreenCanvas): void {
  const { canvas } = game
  if (canvas.width !== innerWidth || canvas.height !== innerHeight)
    Object.assign(canvas, { width: innerWidth, height: innerHeight })
  const sky = game.createLinearGradient(0, 0, 0, canvas.height)
  sky.addColorStop(0, '#151030')
  sky.addColorStop(1, '#7a3a6c')
  game.fillStyle = sky
  game.fillRect(0, 0, canvas.width, canvas.height)
  game.imageSmoothingEnabled = false
  for (const { x, y, radius } of bubbles) {
    const circle = new Path2D()
    circle.arc(x, y, radius, 0, 2 * Math.PI)
    game.save()
    game.clip(circle)
    game.drawImage(sprite, x - radius, y - radius, 2 * radius, 2 * radius)
    game.restore()
    const shine = game.createRadialGradient(x - radius / 3, y - radius / 2, 0, x, y, radius)
    shine.addColorStop(0, '#ffffff66')
    shine.addColorStop(0.6, '#ffffff00')
    shine.addColorStop(1, '#e9d8ff88')
    game.fillStyle = shine
    game.fill(circle)
    game.lineWidth = 2
    game.strokeStyle = '#f4e8ff'
    game.stroke(circle)
  }
}
