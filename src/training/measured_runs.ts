// How many steps documented trainings had, and what was measured after them (docs/training.md, Minutes to a quality). With the seconds of
// a step on this machine this tells about how long a training takes to that quality.

import type { ComponentName } from '../model/component_names.ts'
import type { ModelSize } from './presets.ts'
import type { StepSeconds } from './step_timing.ts'

interface MeasuredComponent {
  steps: number
  quality: string
}

/** Asylum, 30 November 2026 (docs/foreign-game.md). */
const ASYLUM: Record<ComponentName, MeasuredComponent> = {
  tokenizer: { steps: 4691, quality: '30.6 dB' },
  latent_action: { steps: 1054, quality: '0.9 dB over the mean code' },
  dynamics: { steps: 2222, quality: 'Δ₄PSNR 2.9 dB' },
}

/** Seconds that its search for codes took, and the encoding of its examples. Both run on the CPU. */
export const MEASURED_SEARCH = { search: 360, examples: 240 }

export const MEASURED_RUNS: Record<ModelSize, Record<ComponentName, MeasuredComponent>> = {
  // The built-in game in a tab, 28 November 2026. Its latent actions had another recipe; the encoder's size is that of `tiny`.
  nano: {
    tokenizer: { steps: 1863, quality: '28.8 dB' },
    latent_action: ASYLUM.latent_action,
    dynamics: { steps: 7502, quality: 'Δ₄PSNR 2.7 dB' },
  },
  tiny: ASYLUM,
  small: ASYLUM,
}

/** Whose steps those are, in words. */
export const MEASURED_TRAINING: Record<ModelSize, string> = {
  nano: 'two documented trainings',
  tiny: 'a documented training',
  small: 'a documented training of tiny (none of small is documented)',
}

/** Seconds that the steps of the measured run take, by component. */
export function secondsOfMeasuredRun(size: ModelSize, step: StepSeconds): Record<ComponentName, number> {
  const { tokenizer, latent_action, dynamics } = MEASURED_RUNS[size]
  return {
    tokenizer: tokenizer.steps * step.tokenizer,
    latent_action: latent_action.steps * step.latent_action,
    dynamics: dynamics.steps * step.dynamics,
  }
}
