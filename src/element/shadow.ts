// The shadow tree of a <djinn-world>: the canvas, messages over it, and touch buttons.

import { keySign, keyWord } from '../input/key_names.ts'

const CSS = `
:host { display: block; position: relative; inline-size: 384px; max-inline-size: 100%; touch-action: manipulation; user-select: none }
:host(:focus-visible) { outline: 3px solid Highlight; outline-offset: 2px }
canvas { display: block; inline-size: 100%; aspect-ratio: 1; background: #14161f center / cover; image-rendering: pixelated }
p { position: absolute; inset: 0; display: grid; place-items: center; margin: 0; padding: 1em; text-align: center;
  font: 1em/1.4 system-ui, sans-serif; color: #fff; background: #14161fd9 }
p:empty { display: none }
div { position: absolute; inset: auto 0 0; display: none; justify-content: space-between; padding: 8px }
@media (pointer: coarse) { div { display: flex } }
button { inline-size: 3.2rem; block-size: 3.2rem; border: 0; border-radius: 50%; font-size: 1.3rem; color: #fff; background: #0008;
  touch-action: none }
button:active { background: #000c }
`

export interface Shadow {
  canvas: HTMLCanvasElement
  /** Loading progress, a live region. Nothing covers the canvas while it is empty. */
  status: HTMLElement
  /** The error, a live region. */
  alert: HTMLElement
  pads: HTMLElement
}

export function createShadow(host: HTMLElement): Shadow {
  const root = host.attachShadow({ mode: 'open' })
  // A constructed style sheet works under a Content-Security-Policy that forbids inline styles.
  const style = new CSSStyleSheet()
  style.replaceSync(CSS)
  root.adoptedStyleSheets = [style]
  const canvas = document.createElement('canvas')
  const status = document.createElement('p')
  status.role = 'status'
  const alert = document.createElement('p')
  alert.role = 'alert'
  const pads = document.createElement('div')
  root.append(canvas, status, alert, pads)
  return { canvas, status, alert, pads }
}

/** A touch button that holds a key down while a finger is on it. */
export function createPad(key: string, press: (key: string) => void, release: (key: string) => void): HTMLElement {
  const pad = document.createElement('button')
  pad.type = 'button'
  pad.tabIndex = -1 // with a keyboard, the keys themselves play
  pad.textContent = keySign(key)
  pad.ariaLabel = keyWord(key)
  pad.addEventListener('pointerdown', event => {
    pad.setPointerCapture(event.pointerId)
    press(key)
  })
  for (const end of ['pointerup', 'pointercancel'] as const) pad.addEventListener(end, () => release(key))
  pad.addEventListener('contextmenu', event => event.preventDefault())
  return pad
}

/** `left, right, up` */
export const namesOf = (keys: readonly string[]): string => keys.map(keyWord).join(', ')
