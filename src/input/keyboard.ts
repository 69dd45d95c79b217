// The keyboard as named keys. All keys are released when the page may miss a keyup.

import { PressedKeys } from './pressed_keys.ts'

interface KeyHandlers {
  /** The name of a key, or undefined for a key that is not ours. */
  nameOf(event: KeyboardEvent): string | undefined
  /** @param isRepeat the key was down before */
  press(name: string, event: KeyboardEvent, isRepeat: boolean): void
  release(name: string): void
  releaseAll(): void
}

/** Listens to all keys of the page that no focused control uses itself. */
export function listenToKeyboard({ nameOf, press, release, releaseAll }: KeyHandlers): void {
  const pressed = new PressedKeys()
  const forgetAll = () => {
    pressed.clear()
    releaseAll()
  }
  addEventListener('keydown', event => {
    if (event.ctrlKey || event.metaKey || event.altKey) {
      // macOS reports no keyup while Command is down.
      if (event.metaKey) forgetAll()
      return
    }
    if (isControlKey(event)) return
    const name = nameOf(event)
    if (name === undefined) return
    event.preventDefault()
    press(name, event, pressed.press(event, name))
  })
  addEventListener('keyup', event => {
    const name = pressed.release(event)
    if (name !== undefined) release(name)
  })
  addEventListener('blur', forgetAll)
  addEventListener('pagehide', forgetAll)
  document.addEventListener('visibilitychange', () => document.hidden && forgetAll())
}

const SLIDER_KEYS = ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'Home', 'End', 'PageUp', 'PageDown']

/** Whether the focused control uses this key itself: text is typed, a slider moves, Space and Enter press a button. */
export function isControlKey(event: KeyboardEvent): boolean {
  const [target] = event.composedPath()
  const { key } = event
  if (!(target instanceof HTMLElement)) return false
  if (target.closest('dialog, select, [role=tablist]')) return true
  if (target instanceof HTMLInputElement) {
    if (target.type === 'checkbox') return key === ' '
    if (target.type === 'range' || target.type === 'radio') return SLIDER_KEYS.includes(key) || key === ' '
    if (target.type !== 'file') return true
  }
  if (target.isContentEditable || target instanceof HTMLTextAreaElement) return true
  return target.matches('button, a, summary, input') && (key === ' ' || key === 'Enter')
}
