// Input for a world: keyboard, gamepads, a button per latent action, and arrow buttons for touch. All press and release keys of one
// KeyMap.

import { listenToGamepads } from '../input/gamepad.ts'
import { KeyMap } from '../input/key_map.ts'
import { keySign, keyWord } from '../input/key_names.ts'
import { listenToKeyboard } from '../input/keyboard.ts'
import { create } from './dom.ts'
import type { NextInput } from './play_loop.ts'

const TOUCH_ARROWS = ['ArrowLeft', 'ArrowRight', 'ArrowUp']

export class Controls {
  private map = new KeyMap(0)
  private actionButtons: HTMLButtonElement[] = []
  private pressedAt: number | undefined // the first press since the last step, milliseconds

  /**
   * @param row where the latent actions' buttons go
   * @param arrows where the touch arrows go, for worlds that bind arrow keys
   * @param onPress called before each press of the user
   */
  constructor(
    private readonly row: HTMLElement,
    private readonly arrows: HTMLElement,
    private readonly onPress: () => void,
  ) {
    listenToKeyboard({
      nameOf: event => this.map.name(event),
      press: (name, { timeStamp }, isRepeat) => (isRepeat ? this.map.press(name) : this.press(name, timeStamp)),
      release: name => this.map.release(name),
      releaseAll: () => this.map.releaseAll(),
    })
    listenToGamepads(
      key => this.map.actionOfKey(key) !== undefined && this.press(key),
      key => this.map.release(key),
    )
  }

  /** Sets up for a world, or for other keys. */
  bind(actions: number, keys: Record<string, number> | undefined): void {
    this.map = new KeyMap(actions, keys)
    this.actionButtons = Array.from({ length: actions }, (_, action) => this.actionButton(action))
    this.row.replaceChildren(...this.actionButtons)
    const bound = TOUCH_ARROWS.filter(key => this.map.actionOfKey(key) !== undefined)
    this.arrows.replaceChildren(...bound.map(key => this.arrowButton(key)))
    this.show(undefined)
  }

  /** Whether a key or button is down. */
  get isHeld(): boolean {
    return this.map.isHeld
  }

  /** The input for the next step. */
  take(): NextInput {
    const { pressedAt } = this
    this.pressedAt = undefined
    return { action: this.map.take(), pressedAt }
  }

  /** Holds or releases a key for the demo. */
  setKey(name: string, isDown: boolean): void {
    if (isDown) this.map.press(name)
    else this.map.release(name)
  }

  /** Holds a latent action, or releases it. */
  hold(action: number, isDown: boolean): void {
    if (isDown) this.press(String(action))
    else this.map.release(String(action))
  }

  /** The keys of a latent action, for people. */
  label(action: number): string {
    return this.map.label(action)
  }

  /** Highlights the latent action that was played. */
  show(action: number | undefined): void {
    for (const [i, button] of this.actionButtons.entries()) button.classList.toggle('lit', i === action)
    for (const button of this.arrows.children as HTMLCollectionOf<HTMLElement>)
      button.classList.toggle('lit', this.map.actionOfKey(button.dataset.key!) === action)
  }

  private press(name: string, at = performance.now()): void {
    this.onPress()
    this.map.press(name)
    this.pressedAt ??= at
  }

  private actionButton(action: number): HTMLButtonElement {
    const label = this.map.label(action)
    const button = this.keyButton(String(action), String(action), label)
    button.setAttribute('aria-label', `Latent action ${action}${label ? `, ${label}` : ''}`)
    if (action < 10) button.setAttribute('aria-keyshortcuts', String(action))
    return button
  }

  private arrowButton(key: string): HTMLButtonElement {
    const action = this.map.actionOfKey(key)!
    // The real game, which is played without WebGPU, has no latent actions.
    const isLatent = this.map.actions > 0
    const button = this.keyButton(key, keySign(key), isLatent ? `latent ${action}` : keyWord(key))
    button.dataset.key = key
    button.setAttribute('aria-label', isLatent ? `${keyWord(key)}, latent ${action}` : keyWord(key))
    return button
  }

  /** A button that acts as a key: down while a pointer presses it, tapped by Enter or Space. */
  private keyButton(name: string, face: string, caption: string): HTMLButtonElement {
    const faces = [create('b', { textContent: face }), create('small', { textContent: caption })]
    const button = create('button', { type: 'button' }, ...faces)
    button.addEventListener('pointerdown', event => {
      button.setPointerCapture(event.pointerId)
      this.press(name, event.timeStamp)
    })
    for (const end of ['pointerup', 'pointercancel', 'lostpointercapture'] as const)
      button.addEventListener(end, () => this.map.release(name))
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
