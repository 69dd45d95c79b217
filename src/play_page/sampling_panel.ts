// The sampling panel: sliders for decoding steps, temperature, guidance and threshold, and the seed.

import { find } from '../ui/dom.ts'
import { paintSlider } from '../ui/slider.ts'
import type { Sampling } from '../world/recording.ts'

const SLIDERS = ['temperature', 'steps', 'guidance', 'threshold'] as const
/** The schedule is fixed: no token is kept early. */
const NO_THRESHOLD = 1

/** Fixed steps of a shipped world, as docs/quality.md has them: PSNR of the fourth frame of unseen levels, milliseconds on lavapipe. */
type QualityTable = { steps: number; ms: number; dB: number }[]
const measured = import.meta.glob<QualityTable>('../../docs/quality/*.json', { import: 'default', eager: true })

export class SamplingPanel {
  private quality: QualityTable = []
  private readonly qualityLine: HTMLElement
  /** What the page says below a slider, by its name. */
  private readonly reasons: Record<string, string | null> = {}
  private readonly sliders: { name: (typeof SLIDERS)[number]; input: HTMLInputElement; output: HTMLOutputElement }[]
  private readonly seed: HTMLInputElement

  /**
   * @param panel with an input and an output per slider, and the seed
   * @param onChange called when a setting changed
   * @param onReseed called when a new seed was asked for and set
   */
  constructor(panel: HTMLElement, onChange: () => void, onReseed: () => void) {
    this.sliders = SLIDERS.map(name => ({
      name,
      input: find<HTMLInputElement>(panel, `#${name}`),
      output: find<HTMLOutputElement>(panel, `#${name}-value`),
    }))
    this.seed = find<HTMLInputElement>(panel, '#seed')
    this.qualityLine = find(panel, '#steps-quality')
    for (const input of [...this.sliders.map(({ input }) => input), this.seed]) {
      input.addEventListener('input', () => {
        this.paint()
        onChange()
      })
    }
    find(panel, '#new-seed').addEventListener('click', () => {
      this.seed.value = String(Math.floor(Math.random() * 1e6))
      onChange()
      onReseed()
    })
    this.paint()
  }

  /** Whether it shows no world's settings yet. */
  get isEmpty(): boolean {
    return this.seed.value === ''
  }

  /** Forgets the settings, so that it shows those of the next world. */
  clear(): void {
    this.seed.value = ''
  }

  /** Shows a world's settings. */
  show(sampling: Sampling): void {
    for (const { name, input } of this.sliders) input.value = String(sampling[name] ?? NO_THRESHOLD)
    this.seed.value = String(sampling.seed)
    this.paint()
  }

  /** Shows what was measured of a shipped world at this number of steps. @param address of the world; nothing is shown for others */
  showQuality(address: string): void {
    const [, name] = /^weights\/([^/]+)\/$/.exec(address) ?? []
    this.quality = measured[`../../docs/quality/${name}.json`] ?? []
    this.paint()
  }

  /** Worlds without guidance have no threshold either: both stay at 1, and say so. */
  allowGuidance(isAllowed: boolean): void {
    for (const { name, input } of this.sliders.filter(({ name }) => name === 'guidance' || name === 'threshold')) {
      const reason = find(input.parentElement!, 'small')
      this.reasons[name] ??= reason.textContent
      input.disabled = !isAllowed
      reason.textContent = isAllowed ? this.reasons[name] : 'worlds of this kind do not have it'
      if (!isAllowed) input.value = '1'
    }
    this.paint()
  }

  /** Sets a world's sampling to what is shown. An invalid seed changes nothing. */
  apply(sampling: Sampling): void {
    for (const { name, input } of this.sliders) sampling[name] = Number(input.value)
    // As a recording without a threshold has it.
    if (sampling.threshold === NO_THRESHOLD) delete sampling.threshold
    if (this.seed.value !== '' && this.seed.checkValidity()) sampling.seed = Number(this.seed.value)
  }

  private paint(): void {
    for (const { input, output } of this.sliders) {
      paintSlider(input)
      output.value = input.value
    }
    const asked = Number(this.sliders.find(({ name }) => name === 'steps')!.input.value)
    const [nearest] = this.quality.toSorted((a, b) => Math.abs(a.steps - asked) - Math.abs(b.steps - asked))
    const steps = nearest?.steps === 1 ? '1 step' : `${nearest?.steps} steps`
    this.qualityLine.textContent = nearest
      ? `Measured at ${steps}: ${nearest.dB.toFixed(1)} dB PSNR after 4 frames of unseen levels, ${nearest.ms} ms per frame on two CPU cores.`
      : ''
  }
}
