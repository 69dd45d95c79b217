// The glow around the screen: the frame, a few pixels wide, fading out towards the edges.

const INTERVAL_MS = 250
const FADE = [
  [0, 0],
  [0.06, 0.08],
  [0.15, 0.5],
  [0.22, 0.85],
  [0.3, 1],
] as const // position across the glow, alpha

export class Glow {
  private paintedAt = 0 // milliseconds

  constructor(private readonly canvas: HTMLCanvasElement) {}

  /** Repaints it if it is older than INTERVAL_MS. Call it in the task that drew `source`. */
  update(source: HTMLCanvasElement): void {
    if (performance.now() - this.paintedAt >= INTERVAL_MS) this.paint(source)
  }

  paint(source: HTMLCanvasElement): void {
    this.paintedAt = performance.now()
    const { width, height } = this.canvas
    const context = this.canvas.getContext('2d')!
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
}
