// The curves of a component over steps: its loss on a logarithmic scale, and its metric.

import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import type { CurvePoint } from './trainer.ts'

const HEIGHT = 150 // CSS pixels

export class Chart {
  private plot: uPlot | undefined
  private points: readonly CurvePoint[] = []

  /**
   * @param metric name of the second curve
   * @param format one of its values as text
   */
  constructor(
    private readonly place: HTMLElement,
    private readonly metric: string,
    private readonly format: (value: number) => string,
  ) {
    new ResizeObserver(() => this.plot?.setSize({ width: place.clientWidth, height: HEIGHT })).observe(place)
    // The page's colours change with the colour scheme.
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.draw())
  }

  show(points: readonly CurvePoint[]): void {
    this.points = points
    if (this.plot && points.length > 0) this.plot.setData(this.data())
    else this.draw()
  }

  private data(): uPlot.AlignedData {
    const { points } = this
    return [points.map(p => p.step), points.map(p => p.loss), points.map(p => p.metric)]
  }

  private draw(): void {
    this.plot?.destroy()
    this.plot = undefined
    if (this.points.length === 0) return
    const [soft, line, violet, brass] = ['soft', 'line', 'violet', 'brass'].map(name => this.colour(name)) as [
      string,
      string,
      string,
      string,
    ]
    const axis = { stroke: soft, grid: { stroke: line, width: 1 }, ticks: { show: false }, font: '11px system-ui' }
    this.plot = new uPlot(
      {
        width: this.place.clientWidth,
        height: HEIGHT,
        legend: { live: false },
        scales: { x: { time: false }, loss: { distr: 3 }, metric: {} },
        axes: [
          { ...axis, size: 26 },
          { ...axis, scale: 'loss', size: 48 },
          {
            ...axis,
            scale: 'metric',
            side: 1,
            size: 48,
            grid: { show: false },
            values: (_, ticks) => ticks.map(this.format),
          },
        ],
        series: [
          { label: 'step' },
          { label: 'loss', scale: 'loss', stroke: violet, width: 1.5 },
          { label: this.metric, scale: 'metric', stroke: brass, width: 1.5 },
        ],
      },
      this.data(),
      this.place,
    )
  }

  /** A colour of the page for the canvas. An element's computed style resolves light-dark(). */
  private colour(name: string): string {
    const { style } = this.place
    style.color = `var(--${name})`
    const { color } = getComputedStyle(this.place)
    style.color = ''
    return color
  }
}
