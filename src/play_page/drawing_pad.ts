// A small pad to draw a world on, with a finger or a mouse: from a blank paper, or over the frame that is being dreamed.

import { byId, create } from '../ui/dom.ts'
import { ownPicture, type Picture } from './prompts/pictures.ts'

const SIZE = 256 // pixels, both ways
const MOST_UNDO = 20

/** Crayons, named for those who do not see them. */
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
  private readonly dialog = byId<HTMLDialogElement>('pad')
  private readonly canvas = byId<HTMLCanvasElement>('pad-canvas')
  private readonly context = this.canvas.getContext('2d', { willReadFrequently: true })!
  private readonly past: ImageData[] = []
  private colour = CRAYONS[0]![1]
  private width = WIDTHS[1]![1]

  /**
   * @param frame gives the newest frame, to draw over
   * @param onDrawn called with what was drawn
   */
  constructor(
    private readonly frame: () => Promise<CanvasImageSource | undefined>,
    private readonly onDrawn: (picture: Picture) => void,
  ) {
    this.canvas.width = this.canvas.height = SIZE
    this.context.lineCap = this.context.lineJoin = 'round'
    this.clear()
    const choose = (value: string) => {
      this.colour = value
    }
    byId('pad-crayons').append(...CRAYONS.map(([name, colour], i) => radio('crayon', name, colour, i === 0, choose)))
    const widths = WIDTHS.map(([name, pixels], i) =>
      radio('width', name, String(pixels), i === 1, value => {
        this.width = Number(value)
      }),
    )
    byId('pad-widths').append(...widths)
    byId('pad-open').addEventListener('click', () => this.dialog.showModal())
    byId('pad-close').addEventListener('click', () => this.dialog.close())
    byId('pad-clear').addEventListener('click', () => this.keep().clear())
    byId('pad-undo').addEventListener('click', () => this.undo())
    byId('pad-frame').addEventListener('click', () => this.copyFrame())
    byId('pad-play').addEventListener('click', () => this.play())
    this.canvas.addEventListener('pointerdown', event => this.begin(event))
    this.canvas.addEventListener('pointermove', event => this.draw(event))
  }

  private clear(): void {
    this.context.fillStyle = '#fdf8ec'
    this.context.fillRect(0, 0, SIZE, SIZE)
  }

  private keep(): this {
    this.past.push(this.context.getImageData(0, 0, SIZE, SIZE))
    if (this.past.length > MOST_UNDO) this.past.shift()
    return this
  }

  private undo(): void {
    const last = this.past.pop()
    if (last) this.context.putImageData(last, 0, 0)
  }

  private async copyFrame(): Promise<void> {
    const frame = await this.frame()
    if (!frame) return
    this.keep()
    this.context.imageSmoothingEnabled = false
    this.context.drawImage(frame, 0, 0, SIZE, SIZE)
  }

  private begin(event: PointerEvent): void {
    this.keep()
    this.canvas.setPointerCapture(event.pointerId)
    const { context } = this
    context.strokeStyle = this.colour
    context.lineWidth = this.width
    context.beginPath()
    context.moveTo(...this.place(event))
    context.lineTo(...this.place(event))
    context.stroke()
  }

  private draw(event: PointerEvent): void {
    if (!this.canvas.hasPointerCapture(event.pointerId)) return
    for (const part of event.getCoalescedEvents()) this.context.lineTo(...this.place(part))
    this.context.lineTo(...this.place(event))
    this.context.stroke()
  }

  private place({ clientX, clientY }: PointerEvent): [x: number, y: number] {
    const { left, top, width, height } = this.canvas.getBoundingClientRect()
    return [((clientX - left) / width) * SIZE, ((clientY - top) / height) * SIZE]
  }

  private play(): void {
    this.dialog.close()
    this.onDrawn(ownPicture('Drawing', this.canvas, SIZE, SIZE))
  }
}

function radio(
  group: string,
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
