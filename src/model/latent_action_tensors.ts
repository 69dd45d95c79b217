// The tensors of the latent action model (docs/model.md §3), apart from the model: play lists them but loads neither.

import { type Config, patchCount } from './config.ts'
import { linearLayer, type ModelParameter, norm, onHost, SMALL, table, vector, weight } from './parameters.ts'
import { blockParameters } from './st_transformer.ts'

/** Every tensor of latent_action.safetensors. */
export function latentActionTensors(config: Config): ModelParameter[] {
  const { frame, latent_action: c } = config
  const S = patchCount(frame, c.patch)
  const ofTokens = c.input === 'tokens'
  const values = ofTokens ? config.tokenizer.codes : 3 * c.patch ** 2
  const stack = (prefix: string, layers: number, head: number): ModelParameter[] => [
    ...(ofTokens
      ? [table(`${prefix}token.weight`, [values, c.width])]
      : linearLayer(`${prefix}patch`, [c.width, values])),
    table(`${prefix}position`, [S, c.width], SMALL),
    ...blockParameters(prefix, layers, c),
    ...norm(`${prefix}norm`, c.width),
    ...linearLayer(`${prefix}head`, [head, c.width]),
  ]
  return [
    ...stack('encoder.', c.encoder_layers, c.code_width),
    vector('encoder.action_token', [c.width], SMALL),
    ...onHost(table('codebook', [c.actions, c.code_width])),
    ...stack('decoder.', c.decoder_layers, values),
    ...onHost(weight('decoder.action', [c.width, c.code_width])),
  ]
}
