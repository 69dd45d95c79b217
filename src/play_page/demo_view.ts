// Shows the demo over the screen: the keys that it holds, and how to take over.

import { keySign } from '../input/key_names.ts'
import { create, find } from '../ui/dom.ts'
import type { Demo, DemoStep } from './demo.ts'

export class DemoView {
  private readonly row: HTMLElement
  private caps: HTMLElement[] = []

  /** @param place is hidden while no demo plays */
  constructor(private readonly place: HTMLElement) {
    this.row = find(place, '.demo-keys')
  }

  /** Makes a cap for each key of a script. */
  load(script: readonly DemoStep[]): void {
    const names = [...new Set(script.flatMap(({ keys }) => keys))].sort()
    this.caps = names.map(name => {
      const cap = create('kbd', { textContent: keySign(name) })
      cap.dataset.key = name
      return cap
    })
    this.row.replaceChildren(...this.caps)
  }

  show({ isOn, keys }: Demo): void {
    this.place.hidden = !isOn
    for (const cap of this.caps) cap.classList.toggle('lit', keys.includes(cap.dataset.key!))
  }
}
