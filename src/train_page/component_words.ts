// The words of the page for each component, by its name.

import type { ComponentName } from '../model/components.ts'

export interface ComponentWords {
  title: string
  what: string
  /** Of what is done before its first step. */
  preparing: string
  /** The first of the component's metrics. */
  metric: string
  format(value: number): string
  /** The time that is proposed for its training. */
  minutes: number
}

const percent = (value: number) => `${Math.round(100 * value)} %`

export const COMPONENT_WORDS: Record<ComponentName, ComponentWords> = {
  tokenizer: {
    title: 'Tokenizer',
    what: 'learns to say a frame in few tokens, and to draw it from them.',
    preparing: 'Compiling its kernels',
    metric: 'PSNR',
    format: value => `${value.toFixed(1)} dB`,
    minutes: 7,
  },
  latent_action: {
    title: 'Latent actions',
    what: 'finds out what can change from one frame to the next, and numbers it.',
    preparing: 'Measuring what moves in the clips',
    metric: 'action accuracy',
    format: percent,
    minutes: 6,
  },
  dynamics: {
    title: 'Dynamics',
    what: 'learns to guess the tokens of the next frame under each action.',
    preparing: 'Looking for actions in the clips',
    metric: 'tokens right',
    format: percent,
    minutes: 30,
  },
}
