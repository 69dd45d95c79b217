// The list of latent actions, what they do and their keys. "Try" plays an action, and the next key, or two keys together, become its keys. The
// browser remembers them for each world.

import type { Config } from '../model/config.ts'
import type { Controls } from './controls.ts'
import { type DistinctAction, descriptionOf } from './distinct_actions.ts'
import { create } from './dom.ts'

type Keys = Record<string, number>

export class Rebinding {
  private keys: Keys = {}
  private config: Config | undefined
  private open: number | undefined // the latent action that is tried
  private readonly down = new Set<string>() // keys pressed while trying

  /**
   * @param list where the rows go
   * @param controls which is bound
   */
  constructor(
    private readonly list: HTMLElement,
    private readonly controls: Controls,
  ) {
    // In the capture phase: before the controls play the key.
    addEventListener('keydown', event => this.onKeyDown(event), { capture: true })
    addEventListener('keyup', () => this.down.size > 0 && this.assign([...this.down].join('+')), { capture: true })
  }

  /** Sets the controls up for a world, with the keys remembered for it, or its own. */
  load(config: Config): void {
    this.config = config
    this.open = undefined
    this.keys = remembered(config) ?? config.keys ?? {}
    this.apply()
  }

  /** Back to the world's own keys. */
  reset(): void {
    if (!this.config) return
    localStorage.removeItem(storageKey(this.config))
    this.load(this.config)
  }

  private apply(): void {
    const { latent_action, actions: words } = this.config!
    this.controls.bind(latent_action.actions, this.keys, words)
    this.show()
  }

  private show(): void {
    this.list.replaceChildren(...this.controls.distinct.map(distinct => this.row(distinct)))
  }

  private row(distinct: DistinctAction): HTMLLIElement {
    const { action } = distinct
    const isOpen = action === this.open
    const name = create('b', { textContent: String(action) })
    const label = create('span', { textContent: this.controls.label(action) || '–' })
    const toggle = create('button', { type: 'button', className: 'quiet', textContent: isOpen ? 'Cancel' : 'Try' })
    toggle.setAttribute(
      'aria-label',
      isOpen ? `Leave action ${action} as it is` : `Try action ${action}, and bind a key to it`,
    )
    toggle.addEventListener('click', ({ detail }) => this.toggle(isOpen ? undefined : action, detail === 0))
    const row = create('li', { className: isOpen ? 'trying' : '' }, name, label, toggle)
    const description = descriptionOf(distinct)
    if (description) row.append(create('small', { textContent: description }))
    if (!isOpen) return row
    const noKey = create('button', { type: 'button', className: 'quiet', textContent: 'no key' })
    noKey.addEventListener('click', () => this.assign(''))
    const hint = create(
      'p',
      {},
      'The world is playing it. Press a key for it, or two together. Or play it while there is ',
      noKey,
    )
    hint.setAttribute('role', 'status')
    row.append(hint)
    return row
  }

  /** Opens a row, or closes the open one. With the keyboard the focus stays on the row. */
  private toggle(action: number | undefined, byKeyboard: boolean): void {
    if (this.open !== undefined) this.controls.hold(this.open, false)
    this.open = action
    this.down.clear()
    if (action !== undefined) this.controls.hold(action, true)
    this.show()
    if (byKeyboard) this.list.querySelector<HTMLElement>('.trying button')?.focus()
  }

  private onKeyDown(event: KeyboardEvent): void {
    const { key } = event
    if (this.open === undefined || event.ctrlKey || event.metaKey || event.altKey || key === 'Tab') return
    // Space and Enter press the row's own buttons.
    if (event.target instanceof HTMLButtonElement && (key === ' ' || key === 'Enter')) return
    event.preventDefault()
    event.stopImmediatePropagation()
    if (key === 'Escape') this.toggle(undefined, true)
    else if (this.down.size < 2 && key !== 'Shift') this.down.add(key.length === 1 ? key.toLowerCase() : key)
  }

  /** Binds keys to the action that is tried. */
  private assign(name: string): void {
    const action = this.open
    if (action === undefined) return
    this.toggle(undefined, false)
    this.keys = { ...this.keys, [name]: action }
    localStorage.setItem(storageKey(this.config!), JSON.stringify(this.keys))
    this.apply()
  }
}

const storageKey = ({ name }: Config) => `djinn keys of ${name}`

/** The remembered keys, if they are still a table of this world's actions. */
function remembered(config: Config): Keys | undefined {
  try {
    const keys = JSON.parse(localStorage.getItem(storageKey(config)) ?? 'null') as Keys | null
    const { actions } = config.latent_action
    const isAction = (value: number) => Number.isInteger(value) && value >= 0 && value < actions
    return keys && Object.values(keys).every(isAction) ? keys : undefined
  } catch {
    return undefined
  }
}
