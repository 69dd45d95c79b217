// What the dynamics is trained on: the tokens and latent actions that the models trained before it find in clips, each clip read once.

import type { Gpu } from '../../gpu/gpu.ts'
import { ActionEncoder } from '../../model/action_inference.ts'
import { unitVectors } from '../../model/codebook.ts'
import type { Config } from '../../model/config.ts'
import { toFloat32 } from '../../weights/floats.ts'
import type { OpenFile } from '../../weights/model_source.ts'
import { FormatError, readSafetensors } from '../../weights/safetensors.ts'
import type { UpstreamOutputs } from '../recipe_dynamics.ts'
import { type Clips, TokenCache } from './clips.ts'

/**
 * @param open gives tokenizer.safetensors and latent_action.safetensors
 * @throws FormatError as loadWeights does
 */
export async function encodeClips(gpu: Gpu, config: Config, open: OpenFile, clips: Clips): Promise<UpstreamOutputs> {
  const codebookOf = async (file: string) => {
    const source = await open(file)
    const found = (await readSafetensors(source)).tensors.get('codebook')
    if (!found) throw new FormatError(`${source.name}: codebook is missing`)
    return toFloat32(found, 'codebook')
  }
  const tokens = await TokenCache.load(gpu, config, await open('tokenizer.safetensors'), clips)
  const actions = await ActionEncoder.load(gpu, config, open)
  const known = new Map<number, Int32Array>()
  return {
    tokens: clip => tokens.get(clip),
    async actions(clip) {
      const found = known.get(clip) ?? (await actions.infer(await clips.frames(clip, 0, clips.length)))
      known.set(clip, found)
      return found
    },
    codebook: unitVectors(await codebookOf('tokenizer.safetensors'), config.tokenizer.code_width),
    actionCodebook: await codebookOf('latent_action.safetensors'),
  }
}
