// Hands on the world: the keyboard, a button for each latent action, and arrow pads for fingers. All of them press and
// release names in one KeyMap.

import { KeyMap } from './key_map.ts'

const PADS = [
  { name: 'ArrowLeft', sign: '←', label: 'left' },
  { name: 'ArrowRight', sign: '→', label: 'right' },
  { name: 'ArrowUp', sign: '↑', label: 'up' },
]

export class Controls {
  private map = new KeyMap(0)
  private chips: HTMLButtonElement[] = []

  /**
   * @param row where the latent actions' buttons go
   * @param pads where the arrow pads go, for worlds that name arrow keys
   * @param onPress called after each press
   */
  constructor(
    private readonly row: HTMLElement,
    private readonly pads: HTMLElement,
    private readonly onPress: () => void,
  ) {
    addEventListener('keydown', event => {
      const name = this.map.name(event.key)
      if (name === undefined || event.ctrlKey || event.metaKey || event.altKey || isUsed(event)) return
      event.preventDefault()
      this.press(name)
    })
    addEventListener('keyup', event => {
      const name = this.map.name(event.key)
      if (name !== undefined) this.map.release(name)
    })
    // The keyup of a key held while the window loses the focus goes elsewhere.
    addEventListener('blur', () => this.map.releaseAll())
  }

  /** Sets up for a world. */
  bind(actions: number, keys: Record<string, number> | undefined): void {
    this.map = new KeyMap(actions, keys)
    this.chips = Array.from({ length: actions }, (_, action) => this.chip(action))
    this.row.replaceChildren(...this.chips)
    const pads = PADS.filter(({ name }) => this.map.actionOfKey(name) !== undefined).map(pad => this.pad(pad))
    this.pads.replaceChildren(...pads)
    this.show(undefined)
  }

  /** The latent action for the next step. */
  take(): number {
    return this.map.take()
  }

  /** Lights the latent action that was just played. */
  show(action: number | undefined): void {
    for (const [i, chip] of this.chips.entries()) chip.classList.toggle('lit', i === action)
    for (const pad of this.pads.children as HTMLCollectionOf<HTMLElement>) {
      pad.classList.toggle('lit', this.map.actionOfKey(pad.dataset.key!) === action)
    }
  }

  private press(name: string): void {
    this.map.press(name)
    this.onPress()
  }

  private chip(action: number): HTMLButtonElement {
    const signs = this.map.signs(action)
    const chip = this.button(`${action}`, String(action), signs)
    chip.setAttribute('aria-label', `Latent action ${action}${signs ? `, ${signs}` : ''}`)
    if (action < 10) chip.setAttribute('aria-keyshortcuts', String(action))
    return chip
  }

  private pad({ name, sign, label }: (typeof PADS)[number]): HTMLButtonElement {
    const action = this.map.actionOfKey(name)!
    const pad = this.button(name, sign, `latent ${action}`)
    pad.dataset.key = name
    pad.setAttribute('aria-label', `${label}, latent action ${action}`)
    return pad
  }

  /** A button that acts as a key named `name`: down while a pointer presses it, tapped by Enter or Space. */
  private button(name: string, face: string, caption: string): HTMLButtonElement {
    const button = document.createElement('button')
    button.type = 'button'
    const top = document.createElement('b')
    top.textContent = face
    const bottom = document.createElement('small')
    bottom.textContent = caption
    button.append(top, bottom)
    button.addEventListener('pointerdown', event => {
      button.setPointerCapture(event.pointerId)
      this.press(name)
    })
    for (const end of ['pointerup', 'pointercancel', 'lostpointercapture'] as const) {
      button.addEventListener(end, () => this.map.release(name))
    }
    button.addEventListener('click', event => {
      // A click without a pointer comes from the keyboard or a screen reader.
      if (event.detail !== 0) return
      this.press(name)
      this.map.release(name)
    })
    button.addEventListener('contextmenu', event => event.preventDefault())
    return button
  }
}

/** Whether the focused control has a use of its own for this key. */
function isUsed({ key, target }: KeyboardEvent): boolean {
  if (target instanceof HTMLInputElement) return target.type !== 'checkbox' || key === ' '
  return target instanceof HTMLButtonElement && (key === ' ' || key === 'Enter')
}
