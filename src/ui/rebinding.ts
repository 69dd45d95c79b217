// Which latent action each key is, and other keys for it by trying: the world plays an action for as long as its row is open, and
// the key that is pressed then, or two together, mean it from now on. Kept by the browser for each world.

import type { Config } from '../model/config.ts'
import type { Controls } from './controls.ts'
import { create } from './dom.ts'

type Keys = Record<string, number>

export class Rebinding {
  private keys: Keys = {}
  private config: Config | undefined
  private trying: number | undefined // the latent action
  private readonly down = new Set<string>() // keys pressed while trying

  /**
   * @param list where the rows go
   * @param controls what is bound
   */
  constructor(
    private readonly list: HTMLElement,
    private readonly controls: Controls,
  ) {
    // Before the keys are played.
    addEventListener('keydown', event => this.hear(event), { capture: true })
    addEventListener('keyup', () => this.down.size > 0 && this.give([...this.down].join('+')), { capture: true })
  }

  /** Sets the controls up for a world, with the keys that were chosen for it before, if any. */
  open(config: Config): void {
    this.config = config
    this.trying = undefined
    this.keys = remembered(config) ?? config.keys ?? {}
    this.apply()
  }

  /** Back to the world's own keys. */
  reset(): void {
    if (!this.config) return
    localStorage.removeItem(nameOf(this.config))
    this.open(this.config)
  }

  private apply(): void {
    this.controls.bind(this.config!.latent_action.actions, this.keys)
    this.show()
  }

  private show(): void {
    const actions = this.config!.latent_action.actions
    this.list.replaceChildren(...Array.from({ length: actions }, (_, action) => this.row(action)))
  }

  private row(action: number): HTMLLIElement {
    const isOpen = action === this.trying
    const name = create('b', { textContent: String(action) })
    const signs = create('span', { textContent: this.controls.signs(action) || '–' })
    const toggle = create('button', { type: 'button', className: 'quiet', textContent: isOpen ? 'Leave it' : 'Try' })
    toggle.setAttribute(
      'aria-label',
      isOpen ? `Leave action ${action} as it is` : `Try action ${action}, and bind a key to it`,
    )
    toggle.addEventListener('click', () => this.try(isOpen ? undefined : action))
    const row = create('li', { className: isOpen ? 'trying' : '' }, name, signs, toggle)
    if (!isOpen) return row
    const rest = create('button', { type: 'button', className: 'quiet', textContent: 'no key at all' })
    rest.addEventListener('click', () => this.give(''))
    const hint = create(
      'p',
      {},
      'It is being played. Press the key that shall mean it, or two together; or make it ',
      rest,
    )
    hint.setAttribute('role', 'status')
    row.append(hint)
    return row
  }

  /** Opens a row, or closes the one that is open. */
  private try(action: number | undefined): void {
    if (this.trying !== undefined) this.controls.hold(this.trying, false)
    this.trying = action
    this.down.clear()
    if (action !== undefined) this.controls.hold(action, true)
    this.show()
    this.list.querySelector<HTMLElement>('.trying button')?.focus()
  }

  private hear(event: KeyboardEvent): void {
    const { key } = event
    if (this.trying === undefined || event.ctrlKey || event.metaKey || event.altKey || key === 'Tab') return
    // Space and Enter press the row's own buttons.
    if (event.target instanceof HTMLButtonElement && (key === ' ' || key === 'Enter')) return
    event.preventDefault()
    event.stopImmediatePropagation()
    if (key === 'Escape') this.try(undefined)
    else if (this.down.size < 2 && key !== 'Shift') this.down.add(key.length === 1 ? key.toLowerCase() : key)
  }

  /** Binds keys to the action that is being tried. */
  private give(name: string): void {
    const action = this.trying
    if (action === undefined) return
    this.try(undefined)
    this.keys = { ...this.keys, [name]: action }
    localStorage.setItem(nameOf(this.config!), JSON.stringify(this.keys))
    this.apply()
  }
}

const nameOf = ({ name }: Config) => `djinn keys of ${name}`

/** What was chosen before, as far as it is still a table of this world's actions. */
function remembered(config: Config): Keys | undefined {
  try {
    const keys = JSON.parse(localStorage.getItem(nameOf(config)) ?? 'null') as Keys | null
    const { actions } = config.latent_action
    const isAction = (value: number) => Number.isInteger(value) && value >= 0 && value < actions
    return keys && Object.values(keys).every(isAction) ? keys : undefined
  } catch {
    return undefined
  }
}
