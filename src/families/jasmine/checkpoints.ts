// A world of jasmine in one file of all its parameters: which component each belongs to, and the sizes, from their shapes.

import type { ComponentName } from '../../model/component_names.ts'
import type { ModelCheckpoint } from '../../weights/pytorch/checkpoint.ts'
import { checkpointError } from '../checkpoint_error.ts'
import { patchOf, shapeOf } from '../checkpoint_shapes.ts'
import type { CheckpointFormat } from '../convert.ts'

/** The defaults of the authors' code, for what the file's metadata lack. */
const [SIDE, FRAMES] = [64, 16]
const SAMPLING = { steps: 25, temperature: 1 }
/** Frames per second, where the metadata have none: a guess. */
const RATE = 10

const PREFIX: Record<ComponentName, string> = { tokenizer: 'tokenizer.', latent_action: 'lam.', dynamics: 'dynamics.' }
const ACTION_CODES = 'lam.vq.codebook'

export const jasmineCheckpoints: CheckpointFormat = {
  recognise(names) {
    if (names.has('dynamics.transformer.input_dense.kernel')) return 'dynamics'
    if (names.has('tokenizer.vq.codebook')) return 'tokenizer'
    return names.has('lam.encoder.input_dense.kernel') ? 'latent_action' : undefined
  },
  split(whole) {
    const tensors = new Map([...whole.tensors].map(([name, tensor]) => [plainName(name), tensor]))
    if (!tensors.has('dynamics.transformer.input_dense.kernel') || !tensors.has('tokenizer.vq.codebook'))
      return undefined
    const all = { ...whole, tensors }
    if (!tensors.has('dynamics.mask_token'))
      throw checkpointError(all, 'dynamics.mask_token is missing: only MaskGIT dynamics are supported, not causal ones')
    if (tensors.has('action_embed.embedding'))
      throw checkpointError(
        all,
        'it was trained with given actions (action_embed), which is not supported: expected an action model (lam)',
      )
    return Object.values(PREFIX).map(prefix => {
      const kept = [...tensors].filter(
        ([name]) => name.startsWith(prefix) || (prefix === PREFIX.dynamics && name === ACTION_CODES),
      )
      return { ...whole, tensors: new Map(kept) }
    })
  },
  config({ tokenizer, latent_action, dynamics }) {
    const [codes, code_width] = shapeOf(tokenizer, 'tokenizer.vq.codebook', 2)
    const [actions, action_width] = shapeOf(latent_action, ACTION_CODES, 2)
    const { layers, ...sizes } = stack(dynamics, 'dynamics.transformer.')
    const encoder = stack(tokenizer, 'tokenizer.encoder.')
    const decoder = stack(tokenizer, 'tokenizer.decoder.')
    const action = stack(latent_action, 'lam.encoder.')
    const frames = setting(dynamics, 'seq_len', FRAMES, 2)
    return {
      frame: {
        height: setting(tokenizer, 'image_height', SIDE),
        width: setting(tokenizer, 'image_width', SIDE),
        rate: setting(tokenizer, 'fps', RATE),
      },
      tokenizer: {
        patch: patchSide(tokenizer, 'tokenizer.encoder.'),
        ...withoutLayers(encoder),
        encoder_layers: encoder.layers,
        decoder_layers: decoder.layers,
        codes,
        code_width,
      },
      latent_action: {
        patch: patchSide(latent_action, 'lam.encoder.'),
        ...withoutLayers(action),
        encoder_layers: action.layers,
        actions,
        code_width: action_width,
      },
      dynamics: { ...sizes, layers, context: frames - 1 },
      sampling: SAMPLING,
    }
  },
  // The action model's decoder, and what leads to it, are for its training.
  ignored: name => /^lam\.(decoder|patch_up|action_up)\.|\.rngs\./.test(name),
}

/** A parameter's name without what checkpoints put around it. */
const plainName = (name: string): string => name.replace(/^model\./, '').replace(/\.(value|raw_value)$/, '')

const withoutLayers = ({ layers: _, ...sizes }: ReturnType<typeof stack>) => sizes

/** Sizes of a transformer. */
function stack(part: ModelCheckpoint, prefix: string) {
  const block = `${prefix}blocks.0.`
  const [width, heads] = shapeOf(part, `${block}spatial_attention.query.kernel`, 3)
  let layers = 0
  while (part.tensors.has(`${prefix}blocks.${layers}.ffn_dense1.kernel`)) layers++
  return { width, heads, ffn: shapeOf(part, `${block}ffn_dense1.kernel`, 2)[1], layers }
}

function patchSide(part: ModelCheckpoint, prefix: string): number {
  const tensor = `${prefix}input_dense.kernel`
  return patchOf(part, tensor, shapeOf(part, tensor, 2)[0]!)
}

function setting(part: ModelCheckpoint, field: string, preset: number, least = 1): number {
  const value = Number(part.config[field] ?? preset)
  if (Number.isInteger(value) && value >= least) return value
  throw checkpointError(part, `its metadata have ${field} ${value}, expected a whole number of ${least} or more`)
}
