// The plan card: model size and minutes per component. It shows the GPU memory of a training step before
// training starts, and disables sizes that do not fit.

import { COMPONENT_NAMES, type ComponentName } from '../model/component_names.ts'
import { PRESETS } from '../training/presets.ts'
import { create, find } from '../ui/dom.ts'
import type { ModelSize, Plan } from '../ui/project.ts'
import { COMPONENT_WORDS } from './component_words.ts'
import type { StepMemory } from './training_host.ts'

const SIZES = Object.keys(PRESETS) as ModelSize[]
/** The share of the machine's memory that training on a software adapter may take. */
const MEMORY_SHARE = 0.5

/** What a training step may take, in bytes. */
export interface MemoryBudget {
  total: number
  buffer: number
}

/** WebGPU does not report a GPU's total memory, so only a software adapter has a total. */
export function memoryBudget(limits: GPUSupportedLimits, isSoftwareAdapter: boolean): MemoryBudget {
  const { maxBufferSize, maxStorageBufferBindingSize } = limits
  const gibibytes = (navigator as { deviceMemory?: number }).deviceMemory
  const total = isSoftwareAdapter && gibibytes ? MEMORY_SHARE * gibibytes * 2 ** 30 : Number.POSITIVE_INFINITY
  return { total, buffer: Math.min(maxBufferSize, maxStorageBufferBindingSize) }
}

const mebibytes = (bytes: number) => `${Math.ceil(bytes / 2 ** 20)} MiB`

export class ModelPicker {
  private readonly needs = new Map<ModelSize, StepMemory>()
  private readonly radios = new Map<ModelSize, HTMLInputElement>()
  private readonly fields = new Map<ComponentName, HTMLInputElement>()

  /**
   * @param card with the fieldsets
   * @param initial the size that is chosen at first
   */
  constructor(
    private readonly card: HTMLElement,
    private readonly budget: MemoryBudget,
    initial: ModelSize,
    private readonly onChange: () => void,
  ) {
    find(card, '#sizes').replaceChildren(...SIZES.map(size => this.sizeRadio(size)))
    find(card, '#minutes').replaceChildren(...COMPONENT_NAMES.map(component => this.minutesField(component)))
    this.radios.get(initial)!.checked = true
  }

  get size(): ModelSize {
    return [...this.radios].find(([, { checked }]) => checked)![0]
  }

  get minutes(): Record<ComponentName, number> {
    return Object.fromEntries([...this.fields].map(([c, field]) => [c, field.valueAsNumber])) as Record<
      ComponentName,
      number
    >
  }

  /** @throws RangeError when a number of minutes is not valid */
  check(): void {
    for (const [component, field] of this.fields)
      if (!field.checkValidity())
        throw new RangeError(`${COMPONENT_WORDS[component].title}: enter ${field.min} to ${field.max} minutes.`)
  }

  set isLocked(value: boolean) {
    for (const [size, radio] of this.radios) radio.disabled = value || !this.fits(size)
    for (const control of this.fields.values()) control.disabled = value
  }

  show({ size, minutes }: Plan): void {
    this.radios.get(size)!.checked = true
    for (const [component, field] of this.fields) field.value = String(minutes[component])
    this.update()
  }

  /** Tells the memory that a size needs. */
  setMemory(size: ModelSize, memory: StepMemory): void {
    this.needs.set(size, memory)
    this.update()
  }

  /** Whether the chosen size fits. */
  get isValid(): boolean {
    return this.needs.has(this.size) && this.fits(this.size)
  }

  private needsOf(size: ModelSize): { total: number; largest: number } {
    const all = Object.values(this.needs.get(size)!)
    return { total: Math.max(...all.map(m => m.total)), largest: Math.max(...all.map(m => m.largest)) }
  }

  private fits(size: ModelSize): boolean {
    if (!this.needs.has(size)) return true
    const { total, largest } = this.needsOf(size)
    return total <= this.budget.total && largest <= this.budget.buffer
  }

  private get largestFit(): ModelSize | undefined {
    return SIZES.findLast(size => this.needs.has(size) && this.fits(size))
  }

  /** Shows the memory of every size, and leaves a size that does not fit. */
  private update(): void {
    for (const size of this.needs.keys())
      find(this.card, `#needs-${size}`).textContent =
        `${mebibytes(this.needsOf(size).total)} ${this.fits(size) ? 'on the GPU' : 'do not fit'}`
    if (!this.fits(this.size)) this.radios.get(this.largestFit ?? 'nano')!.checked = true
    this.onChange()
    const needs = this.needs.get(this.size)
    if (!needs) return
    const { total, buffer } = this.budget
    const each = COMPONENT_NAMES.map(
      c => `${COMPONENT_WORDS[c].title.toLowerCase()} ${mebibytes(needs[c].total)}`,
    ).join(', ')
    const refused = SIZES.filter(size => !this.fits(size))
    const most = Number.isFinite(total)
      ? `training may take ${mebibytes(total)} here`
      : `a buffer may take ${mebibytes(buffer)} here`
    const refusal = this.largestFit
      ? `Of the sizes, ${refused.join(' and ')} ${refused.length > 1 ? 'do' : 'does'} not fit (${most}). The largest that fits is ${this.largestFit}.`
      : `No size fits (${most}).`
    find(this.card, '#memory-line').textContent = `A training step takes: ${each}. ${refused.length > 0 ? refusal : ''}`
  }

  private sizeRadio(size: ModelSize): HTMLElement {
    const radio = create('input', { type: 'radio', name: 'size', value: size })
    radio.addEventListener('change', () => this.update())
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

  private minutesField(component: ComponentName): HTMLElement {
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
