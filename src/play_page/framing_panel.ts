// A user's own picture beside what the tokenizer keeps of it: how alike they are, and controls to fit, crop and brighten the picture.

import { ssim } from '../evaluation/ssim.ts'
import { type RgbaPixels, rgbaToRgb } from '../media/pixels.ts'
import { find } from '../ui/dom.ts'
import { percent } from '../ui/format.ts'
import { frameCanvas } from '../ui/pixels.ts'
import { paintSlider } from '../ui/slider.ts'
import { toFrame } from '../world/image.ts'
import type { World } from '../world/world.ts'
import { PLAIN, paintFramed } from './framing.ts'
import type { Picture } from './prompts/pictures.ts'

/**
 * Structural similarity below which a picture is unlike the training data. Measured with the shipped world: 18 frames of the game have
 * 0.971 to 0.998. The game in other colours has 0.576 to 0.696, sketches and landscapes 0.347 to 0.591.
 */
const FAMILIAR = 0.9
const SLIDERS = ['zoom', 'x', 'y', 'brightness'] as const

export class FramingPanel {
  private picture: Picture | undefined
  private readonly whole: HTMLInputElement
  private readonly sliders: Record<(typeof SLIDERS)[number], HTMLInputElement>
  private readonly line: HTMLElement

  /** @param onChange called with the picture when its canvas was painted again */
  constructor(
    private readonly panel: HTMLElement,
    private readonly onChange: (picture: Picture) => void,
  ) {
    this.whole = find<HTMLInputElement>(panel, '#framing-whole')
    this.line = find(panel, '#framing-line')
    const slider = (name: string) => find<HTMLInputElement>(panel, `#framing-${name}`)
    this.sliders = Object.fromEntries(SLIDERS.map(name => [name, slider(name)])) as FramingPanel['sliders']
    for (const input of [this.whole, ...Object.values(this.sliders)])
      input.addEventListener('input', () => this.apply())
    find(panel, '#framing-reset').addEventListener('click', () => {
      this.reset()
      this.apply()
    })
    this.reset()
  }

  /** Shows the panel for a user's own picture, hides it for any other. */
  open(picture: Picture | undefined): void {
    this.panel.hidden = !picture?.source
    if (picture === this.picture) return
    this.picture = picture
    this.line.textContent = ''
    this.reset()
  }

  /** Shows the picture and its reconstruction. Call it when the world has encoded the picture, before its first step. */
  async show(world: World): Promise<void> {
    const { picture } = this
    if (!picture?.source) return
    const { width, height } = world.config.frame
    const [words, output] = await Promise.all([toFrame(picture.canvas, width, height), world.read()]).catch(() => [])
    // The device is lost, or another picture was chosen.
    if (!words || !output || picture !== this.picture) return
    const input = new Uint8ClampedArray(words.buffer)
    frameCanvas(input, width, height, find<HTMLCanvasElement>(this.panel, '#framing-input'))
    frameCanvas(output, width, height, find<HTMLCanvasElement>(this.panel, '#framing-output'))
    const similarity = ssim(unit(input), unit(output), height, width)
    this.panel.dataset.similarity = similarity.toFixed(3)
    const verdict =
      similarity < FAMILIAR
        ? 'The world was not trained on pictures like this one, so it keeps the layout and loses the details.'
        : 'The world was trained on pictures like this one.'
    this.line.textContent = `${percent(Math.max(0, similarity))} alike (structural similarity). ${verdict}`
  }

  private reset(): void {
    this.whole.checked = PLAIN.isWhole
    for (const name of SLIDERS) this.sliders[name].value = String(PLAIN[name])
    for (const slider of Object.values(this.sliders)) paintSlider(slider)
  }

  private apply(): void {
    const { picture, sliders, whole } = this
    for (const slider of Object.values(sliders)) paintSlider(slider)
    if (!picture?.source) return
    const values = Object.fromEntries(SLIDERS.map(name => [name, sliders[name].valueAsNumber]))
    paintFramed(picture.source, { ...PLAIN, ...values, isWhole: whole.checked }, picture.canvas)
    this.onChange(picture)
  }
}

/** RGBA bytes as RGB values 0 … 1. */
const unit = (rgba: RgbaPixels) => Float32Array.from(rgbaToRgb(rgba), value => value / 255)
