// Unmasking schedules as data: how many positions of a frame stay masked after each decoding step.

import { checkSampling, type SamplingConfig } from './config.ts'

/** One decoding step of a frame. */
export interface Step {
  temperature: number
  /** Scale of the noise that is added to confidences: choice_temperature · (1 - (s+1)/n). For `sampleFrames` that of the noise in the draw: 1, or 0 for none. */
  choiceNoise: number
  guidance: number
  /** Positions that stay masked after this step, at most. */
  maskedAfter: number
  /** A candidate whose log-probability reaches it is unmasked in any case; 3.4e38 for none. */
  logThreshold: number
}

/**
 * How many positions are known after step s of n. `cosine`: docs/model.md §5, at least one more a step. `exponential`: expm1(k·s/n) /
 * expm1(k) of them at the steps s = 0 … n-2, but at least one in `floor` more a step. The last step leaves none masked.
 */
export type Unmasking = { kind: 'cosine' } | { kind: 'exponential'; k: number; floor: number }

/** Stands for infinity, which WGSL may assume absent. */
export const LARGEST = 3.4e38

export const COSINE: Unmasking = { kind: 'cosine' }

/** The steps of a frame: n, or fewer if all positions are unmasked earlier by the schedule alone. */
export function unmaskingSteps(positions: number, sampling: SamplingConfig, unmasking: Unmasking): Step[] {
  const { steps: n, temperature, choice_temperature, guidance, threshold = 1 } = checkSampling(sampling, 'sampling')
  const logThreshold = threshold === 1 ? LARGEST : Math.max(Math.log(threshold), -LARGEST)
  const steps: Step[] = []
  let masked = positions
  for (let s = 0; s < n && masked > 0; s++) {
    const maskedAfter =
      unmasking.kind === 'cosine' ? cosine(positions, masked, s, n) : exponential(positions, masked, s, n, unmasking)
    steps.push({
      temperature,
      choiceNoise: choice_temperature * (1 - (s + 1) / n),
      guidance,
      maskedAfter,
      logThreshold,
    })
    masked = maskedAfter
  }
  return steps
}

/** 32-bit words per step of the schedule on the GPU (kernels/maskgit/decoding.wgsl). */
export const STEP_WORDS = 5

/** The schedule as the GPU reads it, [steps, STEP_WORDS]. */
export function packSteps(steps: readonly Step[]): Uint32Array<ArrayBuffer> {
  const words = new Uint32Array(STEP_WORDS * steps.length)
  const floats = new Float32Array(words.buffer)
  steps.forEach(({ temperature, choiceNoise, guidance, maskedAfter, logThreshold }, i) => {
    floats.set([temperature, choiceNoise, guidance, 0, logThreshold], STEP_WORDS * i)
    words[STEP_WORDS * i + 3] = maskedAfter
  })
  return words
}

function cosine(positions: number, masked: number, s: number, n: number): number {
  if (s === n - 1) return 0
  return Math.min(masked - 1, Math.floor(positions * Math.cos((Math.PI / 2) * ((s + 1) / n))))
}

function exponential(
  positions: number,
  masked: number,
  s: number,
  n: number,
  { k, floor }: { k: number; floor: number },
): number {
  const goal = s === n - 1 ? positions : Math.ceil((positions * Math.expm1((k * s) / n)) / Math.expm1(k))
  const wanted = Math.min(Math.max(goal - (positions - masked), 0), masked)
  return masked - Math.min(masked, Math.max(Math.floor(positions / floor), 1, wanted))
}
