// From coordinates of transitions to codes. Each reliable coordinate is below, within or above a dead zone, and the commonest patterns are
// the codes.

import { mutualInformation } from '../../statistics.ts'
import { fitSmoothing, NO_SMOOTHING, type Smoothing, smoothed } from './smoothing.ts'

/** The coordinates from here on are those of an object's motion. */
const OBJECT = 2
/** The dead zones around 0 that are tried, in pixels. What is below the least is noise, even where both halves agree on it. */
const DEAD_ZONES = [0.15, 0.2, 0.3, 0.4, 0.6, 0.8, 1]
/** Bits: the narrowest dead zone is taken that shares at most so many less than the best. */
const TOLERANCE = 0.05

export interface Patterns {
  /** The filter over time of every coordinate. */
  smoothing: Smoothing[]
  /** The coordinates that count. */
  kept: number[]
  /** The dead zone of every coordinate, pixels. */
  deadZones: number[]
  /** By code, -1, 0 or 1 for each coordinate that counts; the commonest first. */
  signs: number[][]
}

function sign(value: number, deadZone: number): number {
  return Number(value > deadZone) - Number(value < -deadZone)
}

/**
 * Chooses codes for transitions.
 * @param all coordinates [n][4]
 * @param ofHalves the same from either half of the blocks: what these share of a coordinate is reliable
 * @param runLength successive transitions per sampled run; 1 where clips are too short
 */
export function choosePatterns(
  all: readonly number[][],
  ofHalves: readonly [readonly number[][], readonly number[][]],
  runLength: number,
  actions: number,
): Patterns {
  const dimensions = all[0]!.map((_, d) => d)
  const parts = [all, ...ofHalves].map(part => runsOf(part, runLength))
  // An object's motion is 0 where there is no object, which is no rounding.
  const smoothing = dimensions.map(d =>
    runLength > 1 && d < OBJECT ? fitSmoothing(parts[0]!.map(r => r.map(v => v[d]!))) : NO_SMOOTHING,
  )
  const [whole, ...halves] = parts.map(runs => runs.flatMap(r => smoothed(r, smoothing))) as [
    number[][],
    ...number[][][],
  ]
  const tried = dimensions.map(d =>
    DEAD_ZONES.map(zone => {
      const [one, other] = halves.map(half => half.map(v => sign(v[d]!, zone))) as [number[], number[]]
      return mutualInformation(one, other)
    }),
  )
  const chosen = tried.map(bits => bits.findIndex(one => one >= Math.max(...bits) - TOLERANCE))
  const deadZones = chosen.map(i => DEAD_ZONES[i]!)
  const shared = tried.map((bits, d) => bits[chosen[d]!]!)
  // As many coordinates as it takes to distinguish that many actions.
  const count = Math.max(1, Math.min(dimensions.length, Math.ceil(Math.log(actions) / Math.log(3) - 1e-9)))
  const kept = dimensions
    .toSorted((a, b) => shared[b]! - shared[a]! || b - a)
    .slice(0, count)
    .sort((a, b) => a - b)
  const times = new Map<string, number>()
  for (const v of whole) {
    const pattern = kept.map(d => sign(v[d]!, deadZones[d]!)).join()
    times.set(pattern, (times.get(pattern) ?? 0) + 1)
  }
  const codes = [...times]
    .map(([pattern, n]) => ({ pattern: pattern.split(',').map(Number), n }))
    .sort((a, b) => b.n - a.n || lexical(a.pattern, b.pattern))
    .slice(0, actions)
  return { smoothing, kept, deadZones, signs: codes.map(({ pattern }) => pattern) }
}

const runsOf = (coordinates: readonly number[][], length: number): number[][][] =>
  Array.from({ length: coordinates.length / length }, (_, r) => coordinates.slice(r * length, (r + 1) * length))

/** The codes of successive transitions: that of the smoothed coordinates' pattern, or of the nearest one, on ties the rarer. */
export function codesOf(
  coordinates: readonly (readonly number[])[],
  { smoothing, kept, deadZones, signs }: Patterns,
): number[] {
  return smoothed(coordinates, smoothing).map(values => {
    const pattern = kept.map(d => sign(values[d]!, deadZones[d]!))
    const distances = signs.map(ofCode => ofCode.reduce((sum, v, i) => sum + (v - pattern[i]!) ** 2, 0))
    return distances.lastIndexOf(Math.min(...distances))
  })
}

function lexical(a: readonly number[], b: readonly number[]): number {
  const i = a.findIndex((v, i) => v !== b[i])
  return i < 0 ? 0 : a[i]! - b[i]!
}
