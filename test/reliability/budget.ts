// How much each reliability test does: so many tries within `npm test`; within `npm run reliability` more of them, until its share of the
// minutes is used up. That command collects what was done from the file that DJINN_RELIABILITY names.
import { appendFileSync } from 'node:fs'

const { DJINN_RELIABILITY: results, DJINN_RELIABILITY_MINUTES: minutes, DJINN_SEED: seed } = process.env

/** The seed of everything random in these tests. */
export const SEED = Number(seed ?? 1)

/** The parts of a run's time. What is left of it goes to starting, and to tries that end late. */
const SHARES = {
  safetensors: 3,
  configs: 3,
  links: 3,
  clips: 3,
  worlds: 5,
  kills: 14,
  memory: 10, // on our device, and again on an embedder's
  loss: 6, // of our device, and again of an embedder's
  cycles: 8,
  frames: 8,
  turns: 6,
  forks: 6,
  workers: 5,
}
export type Part = keyof typeof SHARES

/** All shares together, those on two devices twice. */
const ALL = Object.values(SHARES).reduce((sum, share) => sum + share, SHARES.memory + SHARES.loss)
const USED = 0.85

/** Each try of these stands for itself. The others tell nothing with fewer than their least. */
const SINGLE: readonly Part[] = ['memory', 'loss', 'kills']

/**
 * Whether to try once more, asked with the number of tries so far: up to `least` within `npm test`, which depends on no clock; within
 * `npm run reliability` until the part's time is used up. `of` divides that time among several that each ask for themselves.
 */
export function budget(part: Part, least: number, of = 1): (tried: number) => boolean {
  if (!results) return tried => tried < least
  const fewest = SINGLE.includes(part) ? 1 : least
  const end = performance.now() + (Number(minutes) * 60_000 * USED * SHARES[part]) / ALL / of
  return tried => tried < fewest || performance.now() < end
}

/** Ends a test that hangs, and nothing else: these tests are counted, not timed. */
export const PATIENCE = 3_600_000

/** A line of the table: what was done, how often, and what came of it. Lines of the same words are added up. */
export function report(what: string, count: number, outcome: string): void {
  if (results) appendFileSync(results, `${JSON.stringify({ what, count, outcome })}\n`)
}

/** A growth, with its sign. */
export const percent = (growth: number): string => `${growth >= 0 ? '+' : '−'}${Math.abs(growth).toFixed(1)} %`
