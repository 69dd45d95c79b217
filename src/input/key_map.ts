// Maps keys to latent actions: the keys of a model's table (`key_bindings.ts`), WASD and space as arrows, digits as latent actions.

import { HeldKeys } from './held_keys.ts'
import { actionForKeys } from './key_bindings.ts'
import { keySign } from './key_names.ts'

/** Keys that act as an arrow unless the table gives them another action. By place: `KeyW` is above `KeyS` on every layout. */
const ARROWS_BY_CODE: Record<string, string> = {
  KeyA: 'ArrowLeft',
  KeyD: 'ArrowRight',
  KeyW: 'ArrowUp',
  KeyS: 'ArrowDown',
  Space: 'ArrowUp',
}

/** The part of a KeyboardEvent that names its key. */
type KeyPress = Pick<KeyboardEvent, 'key' | 'code'>

export class KeyMap {
  private readonly held = new HeldKeys()

  /**
   * @param actions how many latent actions the world has
   * @param keys KeyboardEvent.key → latent action, as in config.json
   */
  constructor(
    readonly actions: number,
    private readonly keys: Readonly<Record<string, number>> = {},
  ) {}

  /** The name that a key has here, for `press` and `release`. Undefined when the key does nothing, or an event has none. */
  name({ key = '', code }: KeyPress): string | undefined {
    // Shift and CapsLock do not change a letter's meaning.
    const plain = key.length === 1 && !this.isBound(key) ? key.toLowerCase() : key
    const arrow = ARROWS_BY_CODE[code]
    // A key with the arrow's own action counts as the arrow, so that it forms pairs as the arrow does.
    if (arrow && this.isBound(arrow) && (!this.isBound(plain) || this.keys[plain] === this.keys[arrow])) return arrow
    if (this.isBound(plain)) return plain
    // French keyboards have digits under Shift.
    const digit = /^Digit\d$/.test(code) ? code.slice(-1) : key
    return /^\d$/.test(digit) && Number(digit) < this.actions ? digit : undefined
  }

  private isBound(key: string): boolean {
    return key !== '' && Object.hasOwn(this.keys, key)
  }

  press(name: string): void {
    this.held.press(name)
  }

  release(name: string): void {
    this.held.release(name)
  }

  releaseAll(): void {
    this.held.releaseAll()
  }

  /** Whether a key is down. */
  get isHeld(): boolean {
    return this.held.isHeld
  }

  /** The latent action for the next step, from the keys that are down or were tapped since the last step. */
  take(): number {
    const names = this.held.take()
    const newest = names.at(-1)
    if (newest === undefined) return this.idleAction
    return Object.hasOwn(this.keys, newest) ? actionForKeys(this.keys, names)! : Number(newest)
  }

  /** The latent action while no key is down. */
  get idleAction(): number {
    return this.keys[''] ?? 0
  }

  /** The latent action of one key alone. Undefined when the table does not name it. */
  actionOfKey(name: string): number | undefined {
    return this.keys[name]
  }

  /** The keys of latent actions for people: `→`, `→↑`, `no key`. Empty when they have none. */
  label(...actions: number[]): string {
    const signs = Object.entries(this.keys)
      .filter(([, value]) => actions.includes(value))
      .map(([key]) => (key === '' ? 'no key' : keySign(key)))
    return [...new Set(signs)].join(' ')
  }
}
