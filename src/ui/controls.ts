// Hands on the world: the keyboard, gamepads, a button for each latent action, and arrow pads for fingers. All of them press and
// release names in one KeyMap.

import { listenToGamepads } from '../input/gamepad.ts'
import { KeyMap } from '../input/key_map.ts'
import { create } from './dom.ts'
import type { NextInput } from './play_loop.ts'

const PADS = [
  { name: 'ArrowLeft', sign: '←', label: 'left' },
  { name: 'ArrowRight', sign: '→', label: 'right' },
  { name: 'ArrowUp', sign: '↑', label: 'up' },
]

export class Controls {
  private map = new KeyMap(0)
  private chips: HTMLButtonElement[] = []
  private pressed: number | undefined // when the first press since the last step was, milliseconds

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
      if (event.repeat) this.map.press(name)
      else this.press(name, event.timeStamp)
    })
    addEventListener('keyup', event => {
      const name = this.map.name(event.key)
      if (name !== undefined) this.map.release(name)
    })
    // The keyup of a key held while the window loses the focus goes elsewhere.
    addEventListener('blur', () => this.map.releaseAll())
    const bound = (name: string) => (this.map.actionOfKey(name) === undefined ? undefined : name)
    listenToGamepads(
      name => bound(name) && this.press(name),
      name => this.map.release(name),
    )
  }

  /** Sets up for a world, or for other keys. */
  bind(actions: number, keys: Record<string, number> | undefined): void {
    this.map = new KeyMap(actions, keys)
    this.chips = Array.from({ length: actions }, (_, action) => this.chip(action))
    this.row.replaceChildren(...this.chips)
    const pads = PADS.filter(({ name }) => this.map.actionOfKey(name) !== undefined).map(pad => this.pad(pad))
    this.pads.replaceChildren(...pads)
    this.show(undefined)
  }

  /** What the next step shall be. */
  take(): NextInput {
    const { pressed } = this
    this.pressed = undefined
    return { action: this.map.take(), pressed }
  }

  /** Holds a latent action down by itself, or lets go of it. */
  hold(action: number, isDown: boolean): void {
    if (isDown) this.press(String(action))
    else this.map.release(String(action))
  }

  /** How people read the keys of a latent action. */
  signs(action: number): string {
    return this.map.signs(action)
  }

  /** Lights the latent action that was just played. */
  show(action: number | undefined): void {
    for (const [i, chip] of this.chips.entries()) chip.classList.toggle('lit', i === action)
    for (const pad of this.pads.children as HTMLCollectionOf<HTMLElement>) {
      pad.classList.toggle('lit', this.map.actionOfKey(pad.dataset.key!) === action)
    }
  }

  private press(name: string, when = performance.now()): void {
    this.map.press(name)
    this.pressed ??= when
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
    // Where no world is played, but the real game, the actions are not latent.
    const isLatent = this.map.actions > 0
    const pad = this.button(name, sign, isLatent ? `latent ${action}` : label)
    pad.dataset.key = name
    pad.setAttribute('aria-label', isLatent ? `${label}, latent action ${action}` : label)
    return pad
  }

  /** A button that acts as a key named `name`: down while a pointer presses it, tapped by Enter or Space. */
  private button(name: string, face: string, caption: string): HTMLButtonElement {
    const faces = [create('b', { textContent: face }), create('small', { textContent: caption })]
    const button = create('button', { type: 'button' }, ...faces)
    button.addEventListener('pointerdown', event => {
      button.setPointerCapture(event.pointerId)
      this.press(name, event.timeStamp)
    })
    for (const end of ['pointerup', 'pointercancel', 'lostpointercapture'] as const) {
      button.addEventListener(end, () => this.map.release(name))
    }
    button.addEventListener('click', event => {
      // A click without a pointer comes from the keyboard or a screen reader.
      if (event.detail !== 0) return
      this.press(name, event.timeStamp)
      this.map.release(name)
    })
    button.addEventListener('contextmenu', event => event.preventDefault())
    return button
  }
}

/** Whether the focused control has a use of its own for this key. */
function isUsed({ key, target }: KeyboardEvent): boolean {
  if (!(target instanceof HTMLElement)) return false
  if (target.closest('dialog, select, [role=tablist]')) return true
  if (target instanceof HTMLInputElement) return target.type !== 'checkbox' || key === ' '
  return target instanceof HTMLButtonElement && (key === ' ' || key === 'Enter')
}
