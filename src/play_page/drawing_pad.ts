// A pad to draw a prompt on, with a finger, a mouse or the arrow keys: from blank paper, or over the newest frame.

import { create, find } from '../ui/dom.ts'
import { ownPicture, type Picture } from './prompts/pictures.ts'

const SIZE = 256 // pixels, both ways
const MAX_UNDO = 20
/** How far one key press moves the crayon, pixels. */
const STEP = 8
const ARROWS: Record<string, [x: number, y: number]> = {
  ArrowLeft: [-STEP, 0],
  ArrowRight: [STEP, 0],
  ArrowUp: [0, -STEP],
  ArrowDown: [0, STEP],
}

const CRAYONS: [name: string, colour: string][] = [
  ['ink', '#2c2b45'],
  ['sky', '#6db7ea'],
  ['grass', '#43a73c'],
  ['earth', '#a8683a'],
  ['red', '#e22f38'],
  ['gold', '#f5b921'],
  ['snow', '#ffffff'],
]
const WIDTHS: [name: string, pixels: number][] = [
  ['fine', 4],
  ['broad', 12],
  ['huge', 36],
]

export class DrawingPad {
  private readonly canvas: HTMLCanvasElement
  private readonly context: CanvasRenderingContext2D
  private readonly history: ImageData[] = []
  private colour = CRAYONS[0]![1]
  private width = WIDTHS[1]![1]
  /** Where the arrow keys have moved the crayon, and whether it is on the paper. */
  private at: [x: number, y: number] = [SIZE / 2, SIZE / 2]
  private isDown = false

  /**
   * @param newestFrame gives the frame to draw over
   * @param onDrawn called with the picture
   */
  constructor(
    private readonly dialog: HTMLDialogElement,
    private readonly newestFrame: () => Promise<CanvasImageSource | undefined>,
    private readonly onDrawn: (picture: Picture) => void,
  ) {
    this.canvas = find<HTMLCanvasElement>(dialog, 'canvas')
    this.context = this.canvas.getContext('2d', { willReadFrequently: true })!
    this.canvas.width = this.canvas.height = SIZE
    this.context.lineCap = this.context.lineJoin = 'round'
    this.clear()
    const choose = (value: string) => {
      this.colour = value
    }
    const crayons = CRAYONS.map(([name, colour], i) => radio('crayon', name, colour, i === 0, choose))
    find(dialog, '#pad-crayons').append(...crayons)
    const widths = WIDTHS.map(([name, pixels], i) =>
      radio('width', name, String(pixels), i === 1, value => {
        this.width = Number(value)
      }),
    )
    find(dialog, '#pad-widths').append(...widths)
    const onClick = (id: string, run: () => void) => find(dialog, id).addEventListener('click', run)
    onClick('#pad-close', () => dialog.close())
    onClick('#pad-clear', () => this.remember().clear())
    onClick('#pad-undo', () => this.undo())
    onClick('#pad-frame', () => void this.copyFrame())
    onClick('#pad-play', () => this.play())
    this.canvas.addEventListener('pointerdown', event => this.beginStroke(event))
    this.canvas.addEventListener('pointermove', event => this.continueStroke(event))
    this.canvas.addEventListener('keydown', event => this.onKey(event))
    this.canvas.addEventListener('blur', () => this.showCrayon(false))
  }

  open(): void {
    this.dialog.showModal()
  }

  private clear(): void {
    this.context.fillStyle = '#fdf8ec'
    this.context.fillRect(0, 0, SIZE, SIZE)
  }

  /** Keeps the drawing as it is, for undo. */
  private remember(): this {
    this.history.push(this.context.getImageData(0, 0, SIZE, SIZE))
    if (this.history.length > MAX_UNDO) this.history.shift()
    return this
  }

  private undo(): void {
    const last = this.history.pop()
    if (last) this.context.putImageData(last, 0, 0)
  }

  private async copyFrame(): Promise<void> {
    const frame = await this.newestFrame()
    if (!frame) return
    this.remember()
    this.context.imageSmoothingEnabled = false
    this.context.drawImage(frame, 0, 0, SIZE, SIZE)
  }

  private beginStroke(event: PointerEvent): void {
    this.canvas.setPointerCapture(event.pointerId)
    this.putDown(this.toPaper(event))
  }

  private putDown(at: [x: number, y: number]): void {
    this.remember()
    const { context } = this
    context.strokeStyle = this.colour
    context.lineWidth = this.width
    context.beginPath()
    context.moveTo(...at)
    context.lineTo(...at)
    context.stroke()
  }

  /** Arrow keys move the crayon. Space puts it down, and lifts it. */
  private onKey(event: KeyboardEvent): void {
    const way = ARROWS[event.key]
    if (!way && event.key !== ' ') return
    event.preventDefault()
    if (way) {
      const inside = (x: number) => Math.min(Math.max(x, 0), SIZE)
      this.at = [inside(this.at[0] + way[0]), inside(this.at[1] + way[1])]
      if (this.isDown) {
        this.context.lineTo(...this.at)
        this.context.stroke()
      }
    } else if (!this.isDown) this.putDown(this.at)
    this.showCrayon(way ? this.isDown : !this.isDown)
  }

  private showCrayon(isDown: boolean): void {
    this.isDown = isDown
    const crayon = find(this.dialog, '#pad-crayon')
    crayon.hidden = document.activeElement !== this.canvas
    crayon.classList.toggle('down', isDown)
    const [left, top] = this.at.map(x => `${(100 * x) / SIZE}%`)
    Object.assign(crayon.style, { left, top })
  }

  private continueStroke(event: PointerEvent): void {
    if (!this.canvas.hasPointerCapture(event.pointerId)) return
    for (const part of event.getCoalescedEvents()) this.context.lineTo(...this.toPaper(part))
    this.context.lineTo(...this.toPaper(event))
    this.context.stroke()
  }

  private toPaper({ clientX, clientY }: PointerEvent): [x: number, y: number] {
    const { left, top, width, height } = this.canvas.getBoundingClientRect()
    return [((clientX - left) / width) * SIZE, ((clientY - top) / height) * SIZE]
  }

  private play(): void {
    this.dialog.close()
    this.onDrawn(ownPicture('Drawing', this.canvas, SIZE, SIZE))
  }
}

function radio(
  group: 'crayon' | 'width',
  name: string,
  value: string,
  checked: boolean,
  onChoose: (value: string) => void,
): HTMLLabelElement {
  const input = create('input', { type: 'radio', name: `pad-${group}`, value, checked })
  input.addEventListener('change', () => onChoose(value))
  const label = create('label', { className: group, title: name }, input, create('span', { textContent: name }))
  label.style.setProperty(group === 'crayon' ? '--colour' : '--width', group === 'crayon' ? value : `${value}px`)
  return label
}
