// The decoding panel: one picture per decoding step of a frame. A known token shows its patch of the frame. A masked token shows the
// confidence of its candidate, dark to light. Tokens that the step kept have a border.

import type { DecodingStep } from '../model/decoding_trace.ts'
import { create } from '../ui/dom.ts'
import { frameCanvas } from '../ui/pixels.ts'
import type { World } from '../world/world.ts'

const CELL = 16 // pixels per token, both ways
const LIGHTEST = 3 // confidence (log-probability plus the choice's noise) that is shown lightest
const DARKEST = -9 // and darkest

/** A frame, its tokens after each step, and the action that led to it. */
interface DecodedFrame {
  frame: number
  action: string
  codes: number
  columns: number
  steps: DecodingStep[]
  picture: HTMLCanvasElement
}

export class DecodingPanel {
  private world: World | undefined
  private isOpen = false
  private isBusy = false
  private missed: string | undefined // the action of the newest frame, if it came while another was read
  private shown: DecodedFrame | undefined

  /**
   * @param wall where the pictures go
   * @param line where the text about them goes
   */
  constructor(
    private readonly wall: HTMLElement,
    private readonly line: HTMLElement,
  ) {
    wall.addEventListener('pointermove', event => this.describeToken(event))
    wall.addEventListener('pointerleave', () => this.describeFrame())
  }

  /** @param world undefined while none is loaded */
  attach(world: World | undefined): void {
    this.world = world
    world?.recordDecoding(this.isOpen)
  }

  /** Only an open panel costs anything: a dispatch per step, and a readback per frame. */
  set open(isOpen: boolean) {
    this.isOpen = isOpen
    this.world?.recordDecoding(isOpen)
  }

  /**
   * Call it in the task that drew a frame. While a frame is read, only the newest of those that follow is kept.
   * @param action that led to it, for people
   */
  async onFrame(action: string): Promise<void> {
    const { world } = this
    this.missed = this.isBusy ? action : undefined
    if (!world || world.frame < 2 || !this.isOpen || this.isBusy) return
    this.isBusy = true
    try {
      const { frame, config } = world
      const [steps, pixels] = await Promise.all([world.decodingSteps(), world.read()])
      const { width, height } = config.frame
      const picture = frameCanvas(pixels, width, height)
      const columns = Math.ceil(width / config.tokenizer.patch)
      this.shown = { frame, action, codes: config.tokenizer.codes, columns, steps, picture }
      this.show(config.tokenizer.patch)
    } catch {
      // The device is lost. The session reports it.
    } finally {
      this.isBusy = false
    }
    if (this.missed !== undefined) void this.onFrame(this.missed)
  }

  private show(patch: number): void {
    const { steps, codes } = this.shown!
    while (this.wall.childElementCount > steps.length) this.wall.lastElementChild!.remove()
    while (this.wall.childElementCount < steps.length) this.wall.append(figure())
    for (const [s, { tokens }] of steps.entries()) {
      const [canvas, caption] = this.wall.children[s]!.children as unknown as [HTMLCanvasElement, HTMLElement]
      this.draw(canvas, s, patch)
      const known = tokens.filter(token => token !== codes).length
      caption.textContent = `${s + 1}: ${known} of ${tokens.length}`
      canvas.setAttribute('aria-label', `After step ${s + 1}, ${known} of ${tokens.length} tokens are known`)
    }
    this.describeFrame()
  }

  private draw(canvas: HTMLCanvasElement, s: number, patch: number): void {
    const { steps, codes, columns, picture } = this.shown!
    const { tokens, confidence } = steps[s]!
    canvas.width = CELL * columns
    canvas.height = CELL * Math.ceil(tokens.length / columns)
    const context = canvas.getContext('2d')!
    context.imageSmoothingEnabled = false
    context.lineWidth = 1.5
    context.strokeStyle = '#ffb84d'
    for (const [i, token] of tokens.entries()) {
      const [x, y] = [CELL * (i % columns), CELL * Math.floor(i / columns)]
      if (token === codes) {
        context.fillStyle = shade(confidence[i]!)
        context.fillRect(x, y, CELL, CELL)
        continue
      }
      context.drawImage(picture, (x / CELL) * patch, (y / CELL) * patch, patch, patch, x, y, CELL, CELL)
      if ((steps[s - 1]?.tokens[i] ?? codes) === codes) context.strokeRect(x + 1, y + 1, CELL - 2, CELL - 2)
    }
  }

  private describeFrame(): void {
    if (!this.shown) return
    const { frame, action, steps } = this.shown
    const { length } = steps[0]?.tokens ?? []
    this.line.textContent = `Frame ${frame} after ${action}: ${length} tokens decoded in ${steps.length} steps.`
  }

  /** Describes the token under the pointer. */
  private describeToken(event: PointerEvent): void {
    const { target, offsetX, offsetY } = event
    if (!this.shown || !(target instanceof HTMLCanvasElement)) return
    const { steps, codes, columns } = this.shown
    const s = [...this.wall.children].indexOf(target.parentElement!)
    const cell = (CELL * target.clientWidth) / target.width
    const [column, row] = [Math.floor(offsetX / cell), Math.floor(offsetY / cell)]
    const i = row * columns + column
    const [token, confidence] = [steps[s]?.tokens[i], steps[s]?.confidence[i]]
    if (token === undefined || confidence === undefined) return
    const where = `Row ${row + 1}, column ${column + 1}`
    if (token === codes) this.line.textContent = `${where}: still masked, confidence ${confidence.toFixed(1)}.`
    else if ((steps[s - 1]?.tokens[i] ?? codes) !== codes)
      this.line.textContent = `${where}: token ${token}, kept in an earlier step.`
    else this.line.textContent = `${where}: token ${token}, kept in this step with confidence ${confidence.toFixed(1)}.`
  }
}

function figure(): HTMLElement {
  const canvas = create('canvas')
  canvas.setAttribute('role', 'img')
  return create('figure', {}, canvas, create('figcaption'))
}

/** Dark blue to violet, by confidence. */
function shade(confidence: number): string {
  const t = Math.min(1, Math.max(0, (confidence - DARKEST) / (LIGHTEST - DARKEST)))
  return `hsl(255 ${30 + 40 * t}% ${8 + 62 * t}%)`
}
