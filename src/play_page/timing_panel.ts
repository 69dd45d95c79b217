// The timing panel: the GPU time of a frame by stage, as a bar and in milliseconds.

import { create } from '../ui/dom.ts'
import type { World } from '../world/world.ts'

const STAGES = ['dynamics', 'sampling', 'decode', 'draw'] as const
const AVERAGED = 8 // frames

type Times = Record<string, number>

export class TimingPanel {
  private world: World | undefined
  private isOpen = false
  private isBusy = false
  private measured: Times[] = [] // newest last

  /**
   * @param bar gets a segment per stage
   * @param line gets the same as text
   */
  constructor(
    private readonly bar: HTMLElement,
    private readonly line: HTMLElement,
  ) {
    bar.append(...STAGES.map(stage => create('i', { className: stage, title: stage })))
  }

  /** @param world undefined while none is loaded */
  attach(world: World | undefined): void {
    this.world = world
    this.isBusy = false
    this.measured = []
  }

  /** Only an open panel costs anything: a timed frame takes a compute pass per stage and step. */
  set open(isOpen: boolean) {
    this.isOpen = isOpen
    void this.timeNextFrame()
  }

  /** Times the next frame, unless one is being timed. */
  async timeNextFrame(): Promise<void> {
    const { world } = this
    if (!world || !this.isOpen || this.isBusy) return
    this.isBusy = true
    const times = await world.timeNextFrame().catch(() => undefined)
    if (world !== this.world) return
    if (!times) {
      // It stays busy, because asking again would not help.
      this.line.textContent = 'This device has no timestamp queries, so the time cannot be split by stage.'
      return
    }
    this.isBusy = false
    this.measured = [...this.measured.slice(1 - AVERAGED), times]
    this.show()
  }

  private show(): void {
    const mean = (stage: string) =>
      this.measured.reduce((sum, times) => sum + (times[stage] ?? 0), 0) / this.measured.length
    for (const [i, stage] of STAGES.entries())
      (this.bar.children[i] as HTMLElement).style.flexGrow = String(mean(stage))
    this.line.replaceChildren(
      ...STAGES.map(stage => create('span', { className: stage }, `${stage} ${mean(stage).toFixed(1)} ms`)),
    )
  }
}
