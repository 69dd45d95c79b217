// The outputs of the models that were trained before: tokens and latent actions of the clips, each clip encoded once.

import type { Gpu } from '../../gpu/gpu.ts'
import { ActionInference } from '../../model/action_inference.ts'
import { unitVectors } from '../../model/codebook.ts'
import { type Config, codebooksOf } from '../../model/config.ts'
import { toFloat32 } from '../../weights/floats.ts'
import type { OpenFile } from '../../weights/model_source.ts'
import { type ByteSource, FormatError, readSafetensors } from '../../weights/safetensors.ts'
import { type Clips, TokenCache } from './clips.ts'

export interface UpstreamOutputs {
  /** i32 [T · S], with N codebooks [T · S · N]: the codes of a clip's frames. */
  tokens(clip: number): Promise<Int32Array>
  /** i32 [T - 1]: the latent actions of a clip's transitions. */
  actions(clip: number): Promise<Int32Array>
  /** f32 [K, C], unit rows: the codebook of the tokenizer; with N codebooks [N · K, C], as in the file. */
  codebook: Float32Array
  /** f32 [A, C]: the codebook of the latent action model. */
  actionCodebook: Float32Array
}

/**
 * Loads the tokenizer and, where the actions of the clips are not known, the latent action model.
 * @throws FormatError as loadWeights does
 */
export async function loadUpstream(
  gpu: Gpu,
  config: Config,
  open: OpenFile,
  clips: Clips,
  known?: readonly Int32Array[],
): Promise<UpstreamOutputs> {
  const tokens = await TokenCache.load(gpu, config, await open('tokenizer.safetensors'), clips)
  const encoder = known ? undefined : await ActionInference.load(gpu, config, open)
  const actions = new Map(known?.entries())
  const codebook = await readCodebook(await open('tokenizer.safetensors'))
  return {
    tokens: clip => tokens.get(clip),
    async actions(clip) {
      const found = actions.get(clip) ?? (await encoder!.infer(await clips.frames(clip, 0, clips.length)))
      actions.set(clip, found)
      return found
    },
    codebook: codebooksOf(config.tokenizer) > 1 ? codebook : unitVectors(codebook, config.tokenizer.code_width),
    actionCodebook: await readCodebook(await open('latent_action.safetensors')),
  }
}

/** The codebook of a component's file. @throws FormatError when it is missing */
export async function readCodebook(source: ByteSource): Promise<Float32Array> {
  const found = (await readSafetensors(source)).tensors.get('codebook')
  if (!found) throw new FormatError(`${source.name}: codebook is missing`)
  return toFloat32(found, 'codebook')
}
