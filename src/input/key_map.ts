// Which latent action the keys ask for, by the names that a world's config.json gives them (`src/input/key_bindings.ts`). The digits
// always stand for the raw latent actions.
import { HeldKeys } from './held_keys.ts'
import { actionForKeys } from './key_bindings.ts'

/** Keys that act as another one wherever the world gives them no meaning of their own. */
const ALIASES: Record<string, string> = {
  a: 'ArrowLeft',
  d: 'ArrowRight',
  w: 'ArrowUp',
  s: 'ArrowDown',
  ' ': 'ArrowUp',
}

const SIGNS: Record<string, string> = { ArrowLeft: '←', ArrowRight: '→', ArrowUp: '↑', ArrowDown: '↓', ' ': 'space' }

export class KeyMap {
  private readonly held = new HeldKeys()

  /**
   * @param actions how many latent actions the world has
   * @param keys KeyboardEvent.key → latent action, as in config.json
   */
  constructor(
    readonly actions: number,
    private readonly keys: Record<string, number> = {},
  ) {}

  /** What a KeyboardEvent.key counts as here; undefined when it means nothing. */
  name(key: string): string | undefined {
    const plain = key.length === 1 ? key.toLowerCase() : key
    const alias = ALIASES[plain]
    // As the alias where both mean the same, so that space, too, makes a pair with another key.
    if (alias !== undefined && alias in this.keys && (this.keys[plain] ?? this.keys[alias]) === this.keys[alias])
      return alias
    if (plain !== '' && plain in this.keys) return plain
    return /^[0-9]$/.test(key) && Number(key) < this.actions ? key : undefined
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

  /** The latent action for the next step: of what is down or was tapped since the last one. */
  take(): number {
    const names = this.held.take()
    const newest = names.at(-1)
    if (newest === undefined) return this.rest
    return Object.hasOwn(this.keys, newest) ? actionForKeys(this.keys, names)! : Number(newest)
  }

  /** The latent action while no key is down. */
  get rest(): number {
    return this.keys[''] ?? 0
  }

  /** The latent action of one key by itself; undefined where the world does not name it. */
  actionOfKey(name: string): number | undefined {
    return this.keys[name]
  }

  /** How people read the keys of a latent action: `→`, `→↑`, `rest`; empty when it has none. */
  signs(action: number): string {
    const signs = Object.entries(this.keys)
      .filter(([, value]) => value === action)
      .map(([key]) => (key === '' ? 'rest' : key === '+' ? key : key.split('+').map(sign).join('')))
    return [...new Set(signs)].join(' ')
  }
}

function sign(key: string): string {
  return SIGNS[key] ?? key
}
