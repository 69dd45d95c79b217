// Random numbers, ranges and choices.
import type { Pcg } from '../../src/random.ts'

/** A random number in [0, 1). */
export const random01 = (random: Pcg): number => random.below(1 << 20) / (1 << 20)

export const uniform = (random: Pcg, low: number, high: number): number => low + (high - low) * random01(random)

export const choose = <T>(random: Pcg, list: readonly T[]): T => list[random.below(list.length)]
