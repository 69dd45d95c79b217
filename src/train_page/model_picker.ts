// The second card: a size, where latent actions come from, minutes for each training, and whether its steps fit this machine, said
// before anything is trained.

import { COMPONENT_NAMES, type ComponentName } from '../model/components.ts'
import type { ActionLabels } from '../training/winners.ts'
import { byId, create } from '../ui/dom.ts'
import { COMPONENT_WORDS } from './component_words.ts'
import { PRESETS, type Size } from './presets.ts'
import type { Plan } from './project.ts'
import type { Memory } from './worker.ts'

const SIZES = Object.keys(PRESETS) as Size[]
/** Of a software adapter's memory, which is the machine's, the browser may take so much. */
const SHARE = 0.5

/** What a step may take, in bytes: in all, and a buffer. */
export interface MemoryBudget {
  budget: number
  limit: number
}

/** What WebGPU does not say of a real GPU is found out when the buffers are made. */
export function roomOf(limits: GPUSupportedLimits, isSoftwareAdapter: boolean): MemoryBudget {
  const { maxBufferSize, maxStorageBufferBindingSize } = limits
  const gibibytes = (navigator as { deviceMemory?: number }).deviceMemory
  const budget = isSoftwareAdapter && gibibytes ? SHARE * gibibytes * 2 ** 30 : Number.POSITIVE_INFINITY
  return { budget, limit: Math.min(maxBufferSize, maxStorageBufferBindingSize) }
}

const mebibytes = (bytes: number) => `${Math.ceil(bytes / 2 ** 20)} MiB`

export class ModelPicker {
  private readonly needs = new Map<Size, Record<ActionLabels, Memory>>()
  private readonly radios = new Map<Size, HTMLInputElement>()
  private readonly sources = [...byId('labels').querySelectorAll('input')]
  private readonly fields = new Map<ComponentName, HTMLInputElement>()

  /** @param size is chosen at first */
  constructor(
    private readonly room: MemoryBudget,
    size: Size,
    private readonly onChange: () => void,
  ) {
    byId('sizes').replaceChildren(...SIZES.map(size => this.card(size)))
    byId('minutes').replaceChildren(...COMPONENT_NAMES.map(component => this.field(component)))
    for (const source of this.sources) source.addEventListener('change', () => this.say())
    this.radios.get(size)!.checked = true
  }

  get size(): Size {
    return [...this.radios].find(([, { checked }]) => checked)![0]
  }

  get labels(): ActionLabels {
    return this.sources.find(({ checked }) => checked)!.value as ActionLabels
  }

  get minutes(): Record<ComponentName, number> {
    return Object.fromEntries([...this.fields].map(([c, field]) => [c, field.valueAsNumber])) as Record<
      ComponentName,
      number
    >
  }

  /** @throws RangeError naming the minutes that are none */
  check(): void {
    for (const [component, field] of this.fields)
      if (!field.checkValidity())
        throw new RangeError(`${COMPONENT_WORDS[component].title}: give minutes from ${field.min} to ${field.max}.`)
  }

  set isLocked(value: boolean) {
    for (const [size, radio] of this.radios) radio.disabled = value || !this.fits(size)
    for (const control of [...this.sources, ...this.fields.values()]) control.disabled = value
  }

  show({ size, labels, minutes }: Plan): void {
    this.radios.get(size)!.checked = true
    this.sources.find(({ value }) => value === labels)!.checked = true
    for (const [component, field] of this.fields) field.value = String(minutes[component])
    this.say()
  }

  /** Takes in what a size needs. */
  setMemory(size: Size, memory: Record<ActionLabels, Memory>): void {
    this.needs.set(size, memory)
    this.say()
  }

  /** Whether the size that is chosen can be trained. */
  get isGood(): boolean {
    return this.needs.has(this.size) && this.fits(this.size)
  }

  private most(size: Size): { total: number; largest: number } {
    const all = Object.values(this.needs.get(size)![this.labels])
    return { total: Math.max(...all.map(m => m.total)), largest: Math.max(...all.map(m => m.largest)) }
  }

  private fits(size: Size): boolean {
    if (!this.needs.has(size)) return true
    const { total, largest } = this.most(size)
    return total <= this.room.budget && largest <= this.room.limit
  }

  private get largest(): Size | undefined {
    return SIZES.findLast(size => this.needs.has(size) && this.fits(size))
  }

  /** What everything needs; of the sizes that do not fit none can be chosen. */
  private say(): void {
    for (const size of this.needs.keys())
      byId(`needs-${size}`).textContent =
        `${mebibytes(this.most(size).total)} ${this.fits(size) ? 'on the GPU' : 'do not fit here'}`
    if (!this.fits(this.size)) this.radios.get(this.largest ?? 'nano')!.checked = true
    this.onChange()
    const needs = this.needs.get(this.size)?.[this.labels]
    if (!needs) return
    const { budget, limit } = this.room
    const each = COMPONENT_NAMES.map(
      c => `${COMPONENT_WORDS[c].title.toLowerCase()} ${mebibytes(needs[c].total)}`,
    ).join(', ')
    const refused = SIZES.filter(size => !this.fits(size))
    const most = Number.isFinite(budget)
      ? `${mebibytes(budget)} may be taken here`
      : `a buffer may have ${mebibytes(limit)} here`
    const refusal = this.largest
      ? `${refused.join(' and ')} would not fit, ${most}: the largest that fits is ${this.largest}.`
      : `Not even nano fits, ${most}.`
    byId('memory-line').textContent = `A step takes: ${each}. ${refused.length > 0 ? refusal : ''}`
  }

  private card(size: Size): HTMLElement {
    const radio = create('input', { type: 'radio', name: 'size', value: size })
    radio.addEventListener('change', () => this.say())
    this.radios.set(size, radio)
    return create(
      'label',
      { className: 'size' },
      radio,
      create('b', { textContent: size }),
      create('small', { textContent: PRESETS[size].note }),
      create('small', { id: `needs-${size}`, textContent: '…' }),
    )
  }

  private field(component: ComponentName): HTMLElement {
    const { title, minutes } = COMPONENT_WORDS[component]
    const field = create('input', {
      type: 'number',
      id: `minutes-${component}`,
      min: '0.05',
      max: '10000',
      step: 'any',
      required: true,
    })
    field.value = String(minutes)
    this.fields.set(component, field)
    return create('label', {}, create('span', { textContent: title }), field, create('small', { textContent: 'min' }))
  }
}
