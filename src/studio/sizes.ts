// The second card: a size, minutes for each training, and whether its steps fit this machine, said before anything is trained.

import { element, make } from '../page/dom.ts'
import { COMPONENTS, type Component } from '../training/component.ts'
import { PRESETS, type Size } from './presets.ts'
import type { Memory } from './worker.ts'

const MINUTES: Record<Component, { label: string; minutes: number }> = {
  tokenizer: { label: 'Tokenizer', minutes: 5 },
  latent_action: { label: 'Latent actions', minutes: 5 },
  dynamics: { label: 'Dynamics', minutes: 10 },
}
/** Of a software adapter's memory, which is the machine's, the browser may take so much. */
const SHARE = 0.5

/** What a step may take, in bytes: in all, and a buffer. */
export interface Room {
  budget: number
  limit: number
}

/** What WebGPU does not say of a real GPU is found out when the buffers are made. */
export function roomOf(limits: GPUSupportedLimits, isSoftware: boolean): Room {
  const { maxBufferSize, maxStorageBufferBindingSize } = limits
  const gibibytes = (navigator as { deviceMemory?: number }).deviceMemory
  const budget = isSoftware && gibibytes ? SHARE * gibibytes * 2 ** 30 : Number.POSITIVE_INFINITY
  return { budget, limit: Math.min(maxBufferSize, maxStorageBufferBindingSize) }
}

const mebibytes = (bytes: number) => `${Math.ceil(bytes / 2 ** 20)} MiB`

export class Sizes {
  private readonly needs = new Map<Size, Memory>()
  private readonly radios = new Map<Size, HTMLInputElement>()
  private readonly fields = new Map<Component, HTMLInputElement>()

  /** @param size is chosen at first */
  constructor(
    private readonly room: Room,
    size: Size,
  ) {
    const cards = Object.entries(PRESETS).map(([size, { note }]) => this.card(size as Size, note))
    element('sizes').replaceChildren(...cards)
    element('minutes').replaceChildren(...COMPONENTS.map(component => this.field(component)))
    this.radios.get(size)!.checked = true
  }

  get size(): Size {
    return [...this.radios].find(([, { checked }]) => checked)![0]
  }

  get minutes(): Record<Component, number> {
    return Object.fromEntries([...this.fields].map(([c, field]) => [c, field.valueAsNumber])) as Record<
      Component,
      number
    >
  }

  /** @throws RangeError naming the minutes that are none */
  check(): void {
    for (const [component, field] of this.fields)
      if (!field.checkValidity())
        throw new RangeError(`${MINUTES[component].label}: give minutes from ${field.min} to ${field.max}.`)
  }

  set isLocked(value: boolean) {
    for (const [size, radio] of this.radios) radio.disabled = value || !this.fits(size)
    for (const field of this.fields.values()) field.disabled = value
  }

  show(size: Size, minutes: Record<Component, number>): void {
    this.radios.get(size)!.checked = true
    for (const [component, field] of this.fields) field.value = String(minutes[component])
    this.say()
  }

  /** Takes in what a size needs; of the sizes that do not fit none can be chosen. */
  tell(size: Size, memory: Memory): void {
    this.needs.set(size, memory)
    const radio = this.radios.get(size)!
    radio.disabled = !this.fits(size)
    element(`needs-${size}`).textContent =
      `${mebibytes(this.most(size).total)} ${radio.disabled ? 'do not fit here' : 'on the GPU'}`
    if (radio.disabled && radio.checked) this.radios.get(this.largest ?? 'nano')!.checked = true
    this.say()
  }

  /** Whether the size that is chosen can be trained. */
  get isGood(): boolean {
    return this.needs.has(this.size) && this.fits(this.size)
  }

  private most(size: Size): { total: number; largest: number } {
    const all = Object.values(this.needs.get(size) ?? {})
    return { total: Math.max(...all.map(m => m.total)), largest: Math.max(...all.map(m => m.largest)) }
  }

  private fits(size: Size): boolean {
    if (!this.needs.has(size)) return true
    const { total, largest } = this.most(size)
    return total <= this.room.budget && largest <= this.room.limit
  }

  private get largest(): Size | undefined {
    return (Object.keys(PRESETS) as Size[]).findLast(size => this.needs.has(size) && this.fits(size))
  }

  private say(): void {
    const needs = this.needs.get(this.size)
    if (!needs) return
    const { budget, limit } = this.room
    const each = COMPONENTS.map(c => `${MINUTES[c].label.toLowerCase()} ${mebibytes(needs[c].total)}`).join(', ')
    const refused = (Object.keys(PRESETS) as Size[]).filter(size => this.needs.has(size) && !this.fits(size))
    const most = Number.isFinite(budget)
      ? `${mebibytes(budget)} may be taken here`
      : `a buffer may have ${mebibytes(limit)} here`
    const refusal = this.largest
      ? `${refused.join(' and ')} would not fit, ${most}: the largest that fits is ${this.largest}.`
      : `Not even nano fits, ${most}.`
    element('memory-line').textContent = `A step takes: ${each}. ${refused.length > 0 ? refusal : ''}`
  }

  private card(size: Size, note: string): HTMLElement {
    const radio = make('input', { type: 'radio', name: 'size', value: size })
    radio.addEventListener('change', () => this.say())
    this.radios.set(size, radio)
    const needs = make('small', { id: `needs-${size}`, textContent: '…' })
    return make(
      'label',
      { className: 'size' },
      radio,
      make('b', { textContent: size }),
      make('small', { textContent: note }),
      needs,
    )
  }

  private field(component: Component): HTMLElement {
    const { label, minutes } = MINUTES[component]
    const field = make('input', {
      type: 'number',
      id: `minutes-${component}`,
      min: '0.05',
      max: '10000',
      step: 'any',
      required: true,
    })
    field.value = String(minutes)
    this.fields.set(component, field)
    return make('label', {}, make('span', { textContent: label }), field, make('small', { textContent: 'min' }))
  }
}
