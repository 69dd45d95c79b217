// How a frame came to be, as pictures: one for each step of decoding. A token that is known shows its patch of the frame; one that
// is still masked shows how sure the model was of its candidate, dark to light; what a step has just settled is framed.

import type { DecodingStep } from '../model/maskgit_decoder.ts'
import { create } from '../ui/dom.ts'
import type { World } from '../world/world.ts'

const CELL = 16 // pixels a token, both ways
const SUREST = 3 // log-probability, dice of the choice included, that is shown lightest
const LEAST_SURE = -9 // and darkest

/** A frame, its tokens after each step, and what led to it. */
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
  private missed: string | undefined // what led to the newest frame, where it came while another was being read
  private shown: DecodedFrame | undefined

  /**
   * @param wall where the pictures go
   * @param line where words about them go
   */
  constructor(
    private readonly wall: HTMLElement,
    private readonly line: HTMLElement,
  ) {
    wall.addEventListener('pointermove', event => this.tell(event))
    wall.addEventListener('pointerleave', () => this.describe())
  }

  /** @param world undefined while there is none */
  attach(world: World | undefined): void {
    this.world = world
    world?.recordDecoding(this.isOpen)
  }

  /** Only an open panel costs anything: a dispatch a step, and a readback a frame. */
  set open(isOpen: boolean) {
    this.isOpen = isOpen
    this.world?.recordDecoding(isOpen)
  }

  /** In the task that drew a frame. `action`: what led to it, for people. Of frames that come while one is being read, the newest counts. */
  async look(action: string): Promise<void> {
    const { world } = this
    this.missed = this.isBusy ? action : undefined
    if (!world || world.frame < 2 || !this.isOpen || this.isBusy) return
    this.isBusy = true
    try {
      const { frame, config } = world
      const [steps, pixels] = await Promise.all([world.decodingSteps(), world.read()])
      const { width, height } = config.frame
      const picture = create('canvas', { width, height })
      picture.getContext('2d')!.putImageData(new ImageData(pixels, width, height), 0, 0)
      const columns = Math.ceil(width / config.tokenizer.patch)
      this.shown = { frame, action, codes: config.tokenizer.codes, columns, steps, picture }
      this.show(config.tokenizer.patch)
    } catch {
      // The world went with its device: whoever plays it says so.
    } finally {
      this.isBusy = false
    }
    if (this.missed !== undefined) void this.look(this.missed)
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
    this.describe()
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

  private describe(): void {
    if (!this.shown) return
    const { frame, action, steps } = this.shown
    const { length } = steps[0]?.tokens ?? []
    this.line.textContent = `Frame ${frame}, led to by ${action}: ${length} tokens settled in ${steps.length} steps.`
  }

  /** What is known of the token under the pointer. */
  private tell(event: PointerEvent): void {
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
    else if (confidence > 1e38) this.line.textContent = `${where}: token ${token}, settled before.`
    else this.line.textContent = `${where}: token ${token}, settled now with confidence ${confidence.toFixed(1)}.`
  }
}

function figure(): HTMLElement {
  const canvas = create('canvas')
  canvas.setAttribute('role', 'img')
  return create('figure', {}, canvas, create('figcaption'))
}

/** Night to violet, by confidence. */
function shade(confidence: number): string {
  const t = Math.min(1, Math.max(0, (confidence - LEAST_SURE) / (SUREST - LEAST_SURE)))
  return `hsl(255 ${30 + 40 * t}% ${8 + 62 * t}%)`
}
