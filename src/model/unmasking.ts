// Unmasking schedules as data: how many positions of a frame stay masked after each decoding step.

import { checkSampling, type SamplingConfig } from './config.ts'

/** One decoding step of a frame. */
export interface Step {
  temperature: number
  /** Scale of the noise that is added to confidences: choice_temperature · (1 - (s+1)/n). */
  choiceNoise: number
  guidance: number
  /** Positions that stay masked after this step. */
  maskedAfter: number
}

/**
 * How many of N positions are known after step s of n. `cosine`: docs/model.md §5, at least one more a step. `exponential`: expm1(k·s/n) /
 * expm1(k) of them at the steps s = 0 … n-2, but at least one in `floor` more a step. The last step leaves none masked.
 */
export type Unmasking = { kind: 'cosine' } | { kind: 'exponential'; k: number; floor: number }

export const COSINE: Unmasking = { kind: 'cosine' }

/** The steps of a frame of N positions: n, or fewer if all positions are known earlier. */
export function unmaskingSteps(N: number, sampling: SamplingConfig, unmasking: Unmasking): Step[] {
  const { steps: n, temperature, choice_temperature, guidance } = checkSampling(sampling, 'sampling')
  const steps: Step[] = []
  let masked = N
  for (let s = 0; s < n && masked > 0; s++) {
    const maskedAfter = unmasking.kind === 'cosine' ? cosine(N, masked, s, n) : exponential(N, masked, s, n, unmasking)
    steps.push({ temperature, choiceNoise: choice_temperature * (1 - (s + 1) / n), guidance, maskedAfter })
    masked = maskedAfter
  }
  return steps
}

function cosine(N: number, masked: number, s: number, n: number): number {
  if (s === n - 1) return 0
  return Math.min(masked - 1, Math.floor(N * Math.cos((Math.PI / 2) * ((s + 1) / n))))
}

function exponential(
  N: number,
  masked: number,
  s: number,
  n: number,
  { k, floor }: { k: number; floor: number },
): number {
  const goal = s === n - 1 ? N : Math.ceil((N * Math.expm1((k * s) / n)) / Math.expm1(k))
  const wanted = Math.min(Math.max(goal - (N - masked), 0), masked)
  return masked - Math.min(masked, Math.max(Math.floor(N / floor), 1, wanted))
}
