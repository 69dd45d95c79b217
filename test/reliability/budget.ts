// How much each reliability test does: little within `npm test`, as much as the minutes allow within `npm run reliability`, which collects
// what was done from the file that DJINN_RELIABILITY names.
import { appendFileSync } from 'node:fs'

const { DJINN_RELIABILITY: results, DJINN_RELIABILITY_MINUTES: minutes, DJINN_SEED: seed } = process.env

/** The seed of everything random in these tests. */
export const SEED = Number(seed ?? 1)

/** `least` within `npm test`; within `npm run reliability` so many for every minute of its budget, but not fewer. */
export const times = (least: number, aMinute: number): number =>
  results ? Math.max(least, Math.round(aMinute * Number(minutes))) : least

/** Long enough for a loaded machine: these tests are counted, not timed. */
export const PATIENCE = results ? 3_600_000 : 600_000

/** A line of the table: what was done, how often, and what came of it. */
export function report(what: string, count: number, outcome: string): void {
  if (results) appendFileSync(results, `${JSON.stringify({ what, count, outcome })}\n`)
}
