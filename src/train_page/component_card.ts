// The card of a component in training: progress, curves and previews.

import type { ComponentName } from '../model/component_names.ts'
import { FRAME } from '../training/presets.ts'
import { create } from '../ui/dom.ts'
import { brief, duration, percent } from '../ui/format.ts'
import { Remaining } from '../ui/remaining.ts'
import { Chart } from './chart.ts'
import { COMPONENT_WORDS, type ComponentWords } from './component_words.ts'
import { frameRow } from './picture_rows.ts'
import type { Preview } from './previews.ts'
import type { CurvePoint, TrainingEvent } from './trainer.ts'

export class ComponentCard {
  readonly element: HTMLElement
  private readonly state = create('p', { className: 'line', textContent: 'not started' })
  private readonly bar = create('progress', { max: 1, value: 0 })
  private readonly numbers = create('p', { className: 'line numbers' })
  /** The size of the world's frames. */
  frame = FRAME
  private readonly pictures = create('div', { className: 'preview' })
  private readonly next = create('p', { className: 'line next' })
  private readonly health = create('p', { className: 'line health' })
  private readonly chart: Chart
  private readonly words: ComponentWords
  private points: CurvePoint[] = []
  private steps = 0
  private restarts = 0
  private rate: number | undefined // steps per second
  private work = '' // before the first step or after the last
  private remaining = new Remaining()

  constructor(component: ComponentName) {
    this.words = COMPONENT_WORDS[component]
    const { title, purpose, metric, format } = this.words
    const place = create('div', { className: 'chart' })
    place.setAttribute('role', 'img')
    place.setAttribute('aria-label', `Loss and ${metric} of the ${title.toLowerCase()} over steps`)
    this.state.setAttribute('role', 'status')
    this.bar.setAttribute('aria-label', `${title}: progress`)
    const head = create('div', { className: 'component-head' }, create('h3', { textContent: title }), this.state)
    const body = [this.bar, this.next, this.numbers, this.health, place, this.pictures]
    this.element = create(
      'section',
      { className: 'card component-card' },
      head,
      create('p', { className: 'hint', textContent: purpose }),
      ...body,
    )
    this.element.dataset.component = component
    this.chart = new Chart(place, metric, format)
  }

  onEvent(event: Exclude<TrainingEvent, { kind: 'notice' }>): void {
    switch (event.kind) {
      case 'preparing':
        this.element.dataset.state = 'preparing'
        this.next.textContent = ''
        if (event.restarts !== undefined) {
          this.rate = undefined
          this.restarts = event.restarts
          this.showHealth()
          this.show(0, [])
        }
        this.showWork(event.text, event.share)
        break
      case 'paused':
        this.element.dataset.state = 'paused'
        this.remaining.pause()
        this.state.textContent = `${this.work}: paused`
        break
      case 'failed':
        this.next.textContent = `This stage ended with an error. ${event.next}`
        break
      case 'started':
        this.steps = event.steps
        this.rate = undefined
        this.element.dataset.state = 'training'
        this.restarts = event.restarts
        this.showHealth()
        this.show(event.step, event.log)
        break
      case 'reported':
        this.rate = this.rate === undefined ? event.rate : 0.8 * this.rate + 0.2 * event.rate
        this.show(event.point.step, [...this.points, event.point])
        break
      case 'checkpoint':
        this.element.dataset.checkpoint = String(event.step)
        break
      case 'preview':
        this.showPreview(event.preview)
        break
      case 'health':
        this.showHealth(event.text)
        this.next.textContent = sentences(event.advice)
        break
      case 'finished':
        this.steps = event.step
        this.rate = undefined
        this.element.dataset.state = 'finished'
        this.element.dataset.checkpoint = String(event.step)
        this.restarts = event.restarts
        this.showHealth(event.health)
        this.show(event.step, event.log)
        this.state.textContent = `done: ${event.step} steps`
        this.next.textContent = sentences(event.advice)
        break
    }
  }

  /** Training stopped. */
  showPaused(): void {
    if (!['training', 'preparing', 'paused'].includes(this.element.dataset.state ?? '')) return
    this.element.dataset.state = 'paused'
    this.bar.value = this.steps ? Number(this.element.dataset.step ?? 0) / this.steps : 0
    this.state.textContent = this.steps ? `paused at step ${this.element.dataset.step} of ${this.steps}` : 'not started'
  }

  /** @param share of the work that is done, where that is known */
  private showWork(text: string, share: number | undefined): void {
    if (text !== this.work) this.remaining = new Remaining()
    this.work = text
    if (share === undefined) {
      this.bar.removeAttribute('value')
      this.state.textContent = `${text}…`
      return
    }
    const left = this.remaining.after(share)
    this.bar.value = share
    const rest = left === undefined ? '' : ` · about ${duration(left)} left`
    this.state.textContent = `${text}: ${percent(share)}${rest}`
  }

  private show(step: number, points: CurvePoint[]): void {
    this.points = points
    this.element.dataset.step = String(step)
    this.bar.value = this.steps ? step / this.steps : 0
    const left = this.rate && (this.steps - step) / this.rate
    const parts = [`step ${step} of ${this.steps}`]
    if (this.rate) parts.push(`${brief(this.rate)} per second`, `${duration(left!)} left`)
    this.state.textContent = parts.join(' · ')
    this.chart.show(points)
    const last = points.at(-1)
    const { metric, format } = this.words
    this.numbers.textContent = last ? `loss ${last.loss.toPrecision(4)} · ${metric} ${format(last.metric)}` : ''
  }

  /** @param numbers of the newest measurement, where there is one */
  private showHealth(numbers = ''): void {
    const often = this.restarts === 1 ? 'once' : `${this.restarts} times`
    const restarted = this.restarts > 0 ? `Started over ${often}, because its codes had collapsed. ` : ''
    this.health.textContent = restarted + (numbers && `Health: ${numbers}.`)
  }

  showPreview(preview: Preview): void {
    const rows = preview.map(({ label, pictures }) =>
      create('figure', {}, create('figcaption', { textContent: label }), frameRow(pictures, this.frame, label)),
    )
    this.pictures.replaceChildren(...rows)
  }
}

/** Texts as sentences. */
const sentences = (texts: string[]) => texts.map(text => `${text[0]!.toUpperCase()}${text.slice(1)}.`).join(' ')
