// Loads the components of families that recompute their window, for play and one by one, and says what play recomputes.

import type { Gpu } from '../../gpu/gpu.ts'
import type { ActionModel, DynamicsModel, VideoTokenizer } from '../../model/component_types.ts'
import type { Config, TransformerConfig } from '../../model/config.ts'
import type { ByteSource } from '../../weights/safetensors.ts'
import type { Components, FamilyModels } from '../family.ts'
import type { WindowParts, WindowState } from './state.ts'

interface Loader<C> {
  load(gpu: Gpu, config: Config, source: ByteSource): Promise<C>
}

/** @param State the play state of the loaded components */
export function windowModels<T extends VideoTokenizer, A extends ActionModel, D extends DynamicsModel>(
  tokenizers: Loader<T>,
  actionModels: Loader<A>,
  dynamics: Loader<D>,
  State: new (gpu: Gpu, parts: WindowParts<T, A, D>) => WindowState,
): Pick<FamilyModels, 'playComponents' | 'loadPlay' | 'loadComponents'> {
  return {
    // The action model finds the actions between the prompt's frames.
    playComponents: ['tokenizer', 'latent_action', 'dynamics'],
    async loadPlay(gpu, config, files) {
      const tokenizer = await tokenizers.load(gpu, config, files[0]!)
      const actionModel = await actionModels.load(gpu, config, files[1]!)
      const parts = { config, tokenizer, actionModel, dynamics: await dynamics.load(gpu, config, files[2]!) }
      return { createState: on => new State(on, parts) }
    },
    async loadComponents(gpu, config, open, has) {
      const parts: Components = { tokenizer: await tokenizers.load(gpu, config, await open('tokenizer.safetensors')) }
      if (await has('latent_action'))
        parts.latentActionModel = await actionModels.load(gpu, config, await open('latent_action.safetensors'))
      if (await has('dynamics')) parts.dynamics = await dynamics.load(gpu, config, await open('dynamics.safetensors'))
      return parts
    },
  }
}

/** Multiplications of one block for one frame of S tokens, its temporal attention left out. @param layers of the feed-forward part */
export const blockWork = ({ width, ffn }: TransformerConfig, S: number, layers: number): number =>
  S * (8 * width ** 2 + layers * width * ffn + 2 * S * width)

/** What `inspect` says of play with so many frames of context. @param again and `fresh`: the blocks' work for past frames and for the new one */
export const windowNotes = (contextFrames: number, steps: number, again: number, fresh: number): string[] => [
  `play: positions are absolute in a window of ${contextFrames + 1} frames, so its ${contextFrames} past frames are recomputed for every frame, ${Math.round((100 * again) / (again + fresh))} % of the blocks' multiplications; within a frame's ${steps} steps their keys and values are kept`,
]
