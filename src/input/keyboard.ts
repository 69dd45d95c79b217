// The keyboard as named keys. A pressed key is identified by its `code`, so that it is released even if Shift, CapsLock or the layout
// changes meanwhile. All keys are released when the page may miss a keyup.

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
  const down = new Map<string, string>() // code → name
  const forgetAll = () => {
    down.clear()
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
    const isRepeat = down.has(codeOf(event))
    down.set(codeOf(event), name)
    press(name, event, isRepeat)
  })
  addEventListener('keyup', event => {
    const name = down.get(codeOf(event))
    if (name === undefined) return
    down.delete(codeOf(event))
    if (![...down.values()].includes(name)) release(name)
  })
  addEventListener('blur', forgetAll)
  addEventListener('pagehide', forgetAll)
  document.addEventListener('visibilitychange', () => document.hidden && forgetAll())
}

/** On-screen keyboards give no code. */
const codeOf = ({ code, key }: KeyboardEvent) => code || key

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
