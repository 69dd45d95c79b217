// The page's texts and the proposed training time for each component.

import type { ComponentName } from '../model/component_names.ts'
import { percent } from '../ui/format.ts'

export interface ComponentWords {
  title: string
  purpose: string
  /** The work before the first step. */
  preparing: string
  /** The first of the component's metrics. */
  metric: string
  format(value: number): string
  /** The proposed training time. */
  minutes: number
}

export const COMPONENT_WORDS: Record<ComponentName, ComponentWords> = {
  tokenizer: {
    title: 'Tokenizer',
    purpose: 'encodes a frame as a few tokens, and decodes them to pixels.',
    preparing: 'Compiling the kernels',
    metric: 'PSNR',
    format: value => `${value.toFixed(1)} dB`,
    minutes: 7,
  },
  latent_action: {
    title: 'Latent actions',
    purpose: 'infer the action between two frames, as one of a few codes.',
    preparing: 'Finding the actions in the clips',
    metric: 'accuracy',
    format: percent,
    minutes: 6,
  },
  dynamics: {
    title: 'Dynamics',
    purpose: 'predicts the tokens of the next frame for each action.',
    preparing: 'Inferring the actions of the clips',
    metric: 'token accuracy',
    format: percent,
    minutes: 30,
  },
}
