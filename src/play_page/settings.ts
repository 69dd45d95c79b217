// How the next frame is decoded: sliders for steps, temperature and guidance, and the seed of the dice.

import { byId } from '../ui/dom.ts'
import type { Sampling } from '../world/recording.ts'

const SLIDERS = ['temperature', 'steps', 'guidance'] as const

export class Settings {
  private readonly sliders = SLIDERS.map(name => ({ name, input: byId<HTMLInputElement>(name) }))
  private readonly seed = byId<HTMLInputElement>('seed')

  /**
   * @param onChange called when something was set
   * @param onReseed called when a new seed was asked for, and set
   */
  constructor(onChange: () => void, onReseed: () => void) {
    for (const input of [...this.sliders.map(({ input }) => input), this.seed]) {
      input.addEventListener('input', () => {
        this.paint()
        onChange()
      })
    }
    byId('dice').addEventListener('click', () => {
      this.seed.value = String(Math.floor(Math.random() * 1e6))
      onChange()
      onReseed()
    })
    this.paint()
  }

  /** Whether they show no world's settings yet. */
  get isFresh(): boolean {
    return this.seed.value === ''
  }

  /** Shows how a world samples. */
  show(sampling: Sampling): void {
    for (const { name, input } of this.sliders) input.value = String(sampling[name])
    this.seed.value = String(sampling.seed)
    this.paint()
  }

  /** Some worlds have no guidance: then it stays at 1. */
  allowGuidance(isAllowed: boolean): void {
    const guidance = byId<HTMLInputElement>('guidance')
    guidance.disabled = !isAllowed
    if (!isAllowed) guidance.value = '1'
    this.paint()
  }

  /** Makes a world sample as is set here; a seed that is none is left alone. */
  apply(sampling: Sampling): void {
    for (const { name, input } of this.sliders) sampling[name] = Number(input.value)
    if (this.seed.value !== '' && this.seed.checkValidity()) sampling.seed = Number(this.seed.value)
  }

  private paint(): void {
    for (const { name, input } of this.sliders) {
      const [value, min, max] = [input.value, input.min, input.max].map(Number) as [number, number, number]
      input.style.setProperty('--at', String((value - min) / (max - min)))
      byId<HTMLOutputElement>(`${name}-value`).value = input.value
    }
  }
}
