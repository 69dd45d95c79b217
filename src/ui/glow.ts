// The light that the screen throws around itself: the frame, a few pixels wide, fading out towards its edges.

import { byId } from './dom.ts'

const EVERY_MS = 250
const FADE = [
  [0, 0],
  [0.06, 0.08],
  [0.15, 0.5],
  [0.22, 0.85],
  [0.3, 1],
] as const // place across the glow, alpha

const glow = byId<HTMLCanvasElement>('glow')
let painted = 0 // when, milliseconds

/** Paints it anew if it is time; in the task that drew `source`. */
export function keepGlowing(source: HTMLCanvasElement): void {
  const now = performance.now()
  if (now - painted < EVERY_MS) return
  painted = now
  paintGlow(source)
}

export function paintGlow(source: HTMLCanvasElement): void {
  const { width, height } = glow
  const context = glow.getContext('2d')!
  context.globalCompositeOperation = 'copy'
  context.drawImage(source, 0, 0, width, height)
  context.globalCompositeOperation = 'destination-in'
  for (const [x, y] of [
    [width, 0],
    [0, height],
  ] as const) {
    const fade = context.createLinearGradient(0, 0, x, y)
    for (const [at, alpha] of FADE) {
      fade.addColorStop(at, `rgb(0 0 0 / ${alpha})`)
      fade.addColorStop(1 - at, `rgb(0 0 0 / ${alpha})`)
    }
    context.fillStyle = fade
    context.fillRect(0, 0, width, height)
  }
}
