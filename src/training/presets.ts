// Three sizes of models, for the training page and `djinn learn`. All have the same frame size and rate unless another is given.

import { PATCH } from '../media/video_proposal.ts'
import type { ComponentName } from '../model/component_names.ts'
import type { Config } from '../model/config.ts'
import type { BatchShape } from './losses.ts'

export type ModelSize = 'nano' | 'tiny' | 'small'

/** Frame size in pixels, and frames per second. */
export const FRAME = { height: 64, width: 64, rate: 10 }
/** Frames per clip: twice the frames of a dynamics batch, of nano three times. */
export const CLIP_LENGTH = 24

interface Preset {
  config: Config
  batches: Record<ComponentName, BatchShape>
  /** Shown beside its name. */
  note: string
}

const common = {
  format: 'genie-1',
  frame: FRAME,
  sampling: { steps: 4, temperature: 0.2, choice_temperature: 3, guidance: 1 },
} as const
const tokenizer = { patch: PATCH, heads: 4, encoder_layers: 2, decoder_layers: 2, window: 4 }
// The same for all sizes: the encoder's initialisation compares frames, which needs two layers (src/training/init/compare_frames.ts).
const latent_action = {
  patch: 16,
  width: 112,
  heads: 4,
  ffn: 128,
  encoder_layers: 2,
  decoder_layers: 2,
  window: 2,
  actions: 8,
  code_width: 32,
}
const actionBatch = { clips: 32, frames: 3, decoderShare: 0.25 }

export const PRESETS: Record<ModelSize, Preset> = {
  nano: {
    note: 'for a machine without a GPU',
    config: {
      ...common,
      name: 'nano',
      tokenizer: {
        patch: PATCH,
        width: 64,
        heads: 2,
        ffn: 128,
        encoder_layers: 1,
        decoder_layers: 1,
        window: 2,
        codes: 128,
        code_width: 16,
      },
      latent_action: { ...latent_action, decoder_layers: 1 },
      dynamics: { width: 64, heads: 4, ffn: 128, layers: 2, window: 4, qk_norm: true },
    },
    batches: {
      tokenizer: { clips: 2, frames: 3 },
      latent_action: actionBatch,
      dynamics: { clips: 1, frames: 8 },
    },
  },
  tiny: {
    note: 'a middle size',
    config: {
      ...common,
      name: 'tiny',
      tokenizer: { ...tokenizer, width: 96, ffn: 256, codes: 256, code_width: 32 },
      latent_action,
      dynamics: { width: 128, heads: 4, ffn: 384, layers: 3, window: 6, qk_norm: true },
    },
    batches: {
      tokenizer: { clips: 4, frames: 4 },
      latent_action: actionBatch,
      dynamics: { clips: 4, frames: 12 },
    },
  },
  small: {
    note: 'the size of the world that is shipped',
    config: {
      ...common,
      name: 'small',
      tokenizer: { ...tokenizer, width: 128, ffn: 512, codes: 512, code_width: 32 },
      latent_action,
      dynamics: { width: 192, heads: 6, ffn: 512, layers: 4, window: 6, qk_norm: true },
    },
    batches: {
      tokenizer: { clips: 6, frames: 4 },
      latent_action: actionBatch,
      dynamics: { clips: 4, frames: 12 },
    },
  },
}

/** What a video decides of a world. */
export interface VideoShape {
  frame: Config['frame']
  /** Of the tokenizer; default: the preset's. */
  codes?: number
}

/** The config of a preset for a video. */
export function presetConfig(size: ModelSize, { frame, codes }: VideoShape): Config {
  const { tokenizer, ...rest } = structuredClone(PRESETS[size].config)
  return { ...rest, frame, tokenizer: { ...tokenizer, ...(codes !== undefined && { codes }) } }
}
