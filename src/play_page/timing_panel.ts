// Where the time of a frame goes, from the GPU's own clock: a bar of its stages, and their milliseconds.

import { create } from '../ui/dom.ts'
import type { World } from '../world/world.ts'

const STAGES = ['dynamics', 'sampling', 'decode', 'draw'] as const
const LAST = 8 // frames that are averaged

type Times = Record<string, number>

export class TimingPanel {
  private world: World | undefined
  private isOpen = false
  private isBusy = false
  private measured: Times[] = [] // newest last

  /**
   * @param bar where the stages lie side by side
   * @param line where they are said in words
   */
  constructor(
    private readonly bar: HTMLElement,
    private readonly line: HTMLElement,
  ) {
    bar.append(...STAGES.map(stage => create('i', { className: stage, title: stage })))
  }

  /** @param world undefined while there is none */
  attach(world: World | undefined): void {
    this.world = world
    this.isBusy = false
    this.measured = []
  }

  /** Only an open panel costs anything: a frame that is timed takes a pass for each stage of each step. */
  set open(isOpen: boolean) {
    this.isOpen = isOpen
    void this.look()
  }

  /** Has the next frame timed, unless one is being timed already. */
  async look(): Promise<void> {
    const { world } = this
    if (!world || !this.isOpen || this.isBusy) return
    this.isBusy = true
    const times = await world.timeNextFrame().catch(() => undefined)
    if (world !== this.world) return
    if (!times) {
      // Without timestamps it stays busy: there is nothing to ask for again.
      this.line.textContent = 'This device gives no timestamps, so a frame’s time cannot be split.'
      return
    }
    this.isBusy = false
    this.measured = [...this.measured.slice(1 - LAST), times]
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
