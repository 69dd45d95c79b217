// Input for a world: keyboard, gamepads, a button per latent action, and arrow buttons for touch. All press and release keys of one
// KeyMap.

import { listenToGamepads } from '../input/gamepad.ts'
import { KeyMap } from '../input/key_map.ts'
import { keySign, keyWord } from '../input/key_names.ts'
import { listenToKeyboard } from '../input/keyboard.ts'
import { type DistinctAction, descriptionOf, distinctActions } from './distinct_actions.ts'
import { create } from './dom.ts'
import type { NextInput } from './play_loop.ts'

const TOUCH_ARROWS = ['ArrowLeft', 'ArrowRight', 'ArrowUp']

export class Controls {
  private map = new KeyMap(0)
  private actionButtons: HTMLButtonElement[] = []
  private distinctActions: DistinctAction[] = []
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

  /**
   * Sets up for a world, or for other keys.
   * @param words what each latent action does
   */
  bind(actions: number, keys: Record<string, number> | undefined, words?: readonly string[]): void {
    this.map = new KeyMap(actions, keys)
    this.distinctActions = distinctActions(actions, words)
    this.actionButtons = this.distinctActions.map(distinct => this.actionButton(distinct))
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

  /** The latent actions, those that do the same as one. */
  get distinct(): readonly DistinctAction[] {
    return this.distinctActions
  }

  /** The keys of a latent action and of those that do the same, for people. */
  label(action: number): string {
    const seen = this.seenAs(action)
    return seen ? this.map.label(seen.action, ...seen.same) : this.map.label(action)
  }

  /** Highlights the latent action that was played. */
  show(action: number | undefined): void {
    const seen = this.seenAs(action)
    const isLit = (own: DistinctAction | undefined) => own !== undefined && own === seen
    for (const [i, button] of this.actionButtons.entries())
      button.classList.toggle('lit', isLit(this.distinctActions[i]))
    for (const button of this.arrows.children as HTMLCollectionOf<HTMLElement>)
      button.classList.toggle('lit', isLit(this.seenAs(this.map.actionOfKey(button.dataset.key!))))
  }

  private press(name: string, at = performance.now()): void {
    this.onPress()
    this.map.press(name)
    this.pressedAt ??= at
  }

  private seenAs(action: number | undefined): DistinctAction | undefined {
    if (action === undefined) return undefined
    return this.distinctActions.find(distinct => distinct.action === action || distinct.same.includes(action))
  }

  private actionButton(distinct: DistinctAction): HTMLButtonElement {
    const { action, same } = distinct
    const label = this.label(action)
    const button = this.keyButton(String(action), String(action), label)
    const description = descriptionOf(distinct)
    if (description) button.title = description
    const parts = [`Latent action ${action}`, label, description]
    button.setAttribute('aria-label', parts.filter(Boolean).join(', '))
    const digits = [action, ...same].filter(code => code < 10)
    if (digits.length > 0) button.setAttribute('aria-keyshortcuts', digits.join(' '))
    return button
  }

  private arrowButton(key: string): HTMLButtonElement {
    const bound = this.map.actionOfKey(key)!
    const action = this.seenAs(bound)?.action ?? bound
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
