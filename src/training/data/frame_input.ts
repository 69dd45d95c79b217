// The input of a latent action model, from clips: pixels, or the codes of a trained tokenizer.

import { unitVectors } from '../../model/codebook.ts'
import type { RecipeContext } from '../components/spec.ts'
import type { TokenCodebook } from '../init/tokens.ts'
import { type ClipWindow, concatenated, readWindows, TokenCache, withoutFrame } from './clips.ts'
import { patchWeights, pixelWeights } from './pixel_weights.ts'
import { readCodebook } from './upstream_outputs.ts'

interface FrameInput {
  /** The frames of windows: u32 [windows · T, H, W] RGBA8, or i32 [windows · T · S] codes. */
  read(windows: readonly ClipWindow[], T: number): Promise<Uint32Array<ArrayBuffer> | Int32Array<ArrayBuffer>>
  /** The weights in the reconstruction loss of all frames of windows but their first ones. */
  weights(
    windows: readonly ClipWindow[],
    frames: Uint32Array | Int32Array,
    T: number,
  ): Promise<Float32Array<ArrayBuffer>>
  /** The tokenizer's, for a latent action model that reads tokens. */
  codebook?: TokenCodebook
}

/** @throws FormatError as loadWeights does */
export async function frameInput({ gpu, config, clips, open }: RecipeContext): Promise<FrameInput> {
  const { height, width } = config.frame
  if (config.latent_action.input !== 'tokens')
    return {
      read: (windows, T) => readWindows(clips, windows, T),
      weights: async (_, frames, T) =>
        withoutFrame(pixelWeights(config, frames as Uint32Array, T), T, height * width, 0),
    }
  const { code_width, patch } = config.tokenizer
  const tokens = await TokenCache.load(gpu, config, await open('tokenizer.safetensors'), clips)
  const values = await readCodebook(await open('tokenizer.safetensors'))
  return {
    async read(windows, T) {
      const parts: Int32Array<ArrayBuffer>[] = []
      for (const { clip, first } of windows) {
        const all = await tokens.get(clip)
        const S = all.length / clips.length
        parts.push(all.slice(first * S, (first + T) * S))
      }
      return concatenated(parts)
    },
    async weights(windows, _, T) {
      const weights = patchWeights(config, await readWindows(clips, windows, T), T, patch)
      const others = withoutFrame(weights, T, weights.length / (windows.length * T), 0)
      const total = others.reduce((a, b) => a + b, 0)
      return others.map(weight => weight / total)
    },
    codebook: { values: unitVectors(values, code_width), width: code_width },
  }
}
