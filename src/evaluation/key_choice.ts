// Names for latent actions, and keys for them, from the measured effect of each.

import type { CodeEffect } from './code_effects.ts'

/** A key is bound to a motion of at least this, pixels per frame, from at least this share of the starting points. */
const [LEAST_MOTION, LEAST_CERTAINTY] = [0.5, 0.4]

/** A latent action in words: `scrolls right, 3.1 px`, `rises, 2.0 px`, `still`, `like 2`. */
export function wordsFor(effect: CodeEffect): string {
  const { x, up, what, like } = effect
  if (like !== undefined) return `like ${like}`
  if (what === 'still') return 'still'
  const across = Math.abs(x) >= LEAST_MOTION ? (x > 0 ? 'right' : 'left') : ''
  const rising = Math.abs(up) >= LEAST_MOTION ? (up > 0 ? 'rises' : 'falls') : ''
  const verb = what === 'view' ? 'scrolls' : 'goes'
  const size = `${Math.hypot(x, up).toFixed(1)} px`
  if (across && rising) return `${verb} ${across} and ${rising}, ${size}`
  if (rising) return what === 'view' ? `scrolls ${up > 0 ? 'up' : 'down'}, ${size}` : `${rising}, ${size}`
  return `${verb} ${across || 'a little'}, ${size}`
}

/** The keys that fit: no key is the action that changes least; arrows and space go to what moves their way most surely. */
export function chooseKeys(effects: readonly CodeEffect[]): Record<string, number> {
  const own = effects.filter(({ like }) => like === undefined)
  const idle = own.reduce((least, effect) => (effect.change < least.change ? effect : least))
  const keys: Record<string, number> = {}
  const sure = own.filter(effect => effect !== idle && effect.certainty >= LEAST_CERTAINTY)
  const taken = new Set<number>()
  const bind = (names: readonly string[], score: (effect: CodeEffect) => number) => {
    const [best] = sure
      .filter(effect => !taken.has(effect.code) && score(effect) >= LEAST_MOTION)
      .sort((a, b) => score(b) * b.certainty - score(a) * a.certainty)
    if (!best) return
    taken.add(best.code)
    for (const name of names) keys[name] = best.code
  }
  // Motion across a key's direction counts against it.
  bind(['ArrowLeft'], ({ x, up }) => -x - Math.abs(up) / 2)
  bind(['ArrowRight'], ({ x, up }) => x - Math.abs(up) / 2)
  bind(['ArrowUp', ' '], ({ x, up }) => up - Math.abs(x) / 2)
  bind(['ArrowDown'], ({ x, up }) => -up - Math.abs(x) / 2)
  bind(['ArrowLeft+ArrowUp'], ({ x, up }) => Math.min(-x, up))
  bind(['ArrowRight+ArrowUp'], ({ x, up }) => Math.min(x, up))
  keys[''] = idle.code
  return keys
}
