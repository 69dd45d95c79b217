// tinyworlds' checkpoints: which is which, and the sizes that shapes and the authors' own config give.

import { printable } from '../../weights/printable.ts'
import type { ModelCheckpoint } from '../../weights/pytorch/checkpoint.ts'
import { checkpointError } from '../checkpoint_error.ts'
import { patchOf, shapeOf } from '../checkpoint_shapes.ts'
import type { CheckpointFormat } from '../convert.ts'

/** The defaults of the authors' code, for what a checkpoint's config lacks. */
const HEADS = 8
const FRAME_SIZE = 128
/** The authors' defaults in play. */
const CONTEXT = 2
const SAMPLING = { steps: 10, temperature: 0.5, schedule_k: 5 }
/** Frames per second, where the config has none: a guess, since the data sets keep every second to fourth frame of 30 or 60 per second. */
const RATE = 10

export const tinyworldsCheckpoints: CheckpointFormat = {
  recognise(names) {
    if (names.has('encoder.action_head.3.weight')) return 'latent_action'
    if (names.has('decoder.latent_embed.weight')) return 'tokenizer'
    return names.has('output_mlp.weight') && names.has('latent_embed.weight') ? 'dynamics' : undefined
  },
  config({ tokenizer, latent_action, dynamics }, onNotice) {
    const parts = [tokenizer, latent_action, dynamics]
    for (const part of parts) {
      refuseExperts(part)
      if (part.config.num_heads === undefined) onNotice(`${part.name} does not say num_heads: ${HEADS} are assumed`)
    }
    if (dynamics.config.use_actions === false)
      onNotice(`${dynamics.name} was trained without actions (use_actions): keys have no meaning in this world`)
    const size = frameSize(parts, onNotice)
    const [code_width] = shapeOf(tokenizer, 'encoder.latent_head.1.weight', 2)
    const [codes, width] = shapeOf(dynamics, 'output_mlp.weight', 2)
    const [digits] = shapeOf(latent_action, 'encoder.action_head.3.weight', 2)
    const trained = wholeNumber(dynamics, 'context_length', CONTEXT + 1)
    const { fps } = tokenizer.config
    return {
      frame: { height: size, width: size, rate: typeof fps === 'number' && fps > 0 ? fps : RATE },
      tokenizer: { ...stack(tokenizer, size), levels: levelsOf(tokenizer, code_width!, codes!), code_width },
      latent_action: { ...stack(latent_action, size), actions: 2 ** digits! },
      dynamics: {
        width,
        heads: wholeNumber(dynamics, 'num_heads', HEADS),
        ffn: shapeOf(dynamics, 'transformer.blocks.0.ffn.w_v.weight', 2)[0],
        layers: blockCount(dynamics, ''),
        context: Math.max(1, Math.min(CONTEXT, trained - 1)),
      },
      sampling: SAMPLING,
    }
  },
  ignored: name => name === 'quantizer.basis',
}

/** The side of a frame, which no tensor's shape tells. @throws CheckpointError where two checkpoints differ */
function frameSize(parts: readonly ModelCheckpoint[], onNotice: (sentence: string) => void): number {
  const [first, ...others] = parts.filter(part => part.config.frame_size !== undefined)
  if (!first) {
    onNotice(`no checkpoint says its frame_size: ${FRAME_SIZE} pixels are assumed`)
    return FRAME_SIZE
  }
  const size = wholeNumber(first, 'frame_size', FRAME_SIZE)
  const other = others.find(part => part.config.frame_size !== size)
  if (other)
    throw checkpointError(other, `its frame_size is ${other.config.frame_size}, that of ${first.name} is ${size}`)
  return size
}

/** Sizes of an encoder and a decoder. @param size pixels of a frame's side */
function stack(part: ModelCheckpoint, size: number) {
  const [width, values] = shapeOf(part, 'encoder.patch_embed.proj.weight', 4)
  const patch = patchOf(part, 'encoder.patch_embed.proj.weight', values!)
  if (size % patch !== 0)
    throw checkpointError(part, `its patch is ${patch}, which does not divide the frame_size ${size}`)
  return {
    patch,
    width,
    heads: wholeNumber(part, 'num_heads', HEADS),
    ffn: shapeOf(part, 'encoder.transformer.blocks.0.ffn.w_v.weight', 2)[0],
    encoder_layers: blockCount(part, 'encoder.'),
    decoder_layers: blockCount(part, 'decoder.'),
  }
}

/** L of Lⁿ codes: the second place value of the quantiser, or of one digit the number of codes. */
function levelsOf(tokenizer: ModelCheckpoint, digits: number, codes: number): number {
  const basis = tokenizer.tensors.get('quantizer.basis')
  if (digits === 1 || basis?.dtype !== 'I64' || basis.shape[0] !== digits) return Math.round(codes ** (1 / digits))
  const { data } = basis.read()
  return Number(new BigInt64Array(data.slice().buffer)[1])
}

function blockCount(part: ModelCheckpoint, prefix: string): number {
  let count = 0
  while (part.tensors.has(`${prefix}transformer.blocks.${count}.ffn.w_v.weight`)) count++
  if (count === 0)
    throw checkpointError(part, `${prefix}transformer.blocks.0.ffn.w_v.weight is missing, so it has no blocks`)
  return count
}

function wholeNumber(part: ModelCheckpoint, field: string, preset: number): number {
  const value = part.config[field] ?? preset
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1)
    throw checkpointError(
      part,
      `its config has ${field} ${printable(String(value), 40)}, expected a whole number of 1 or more`,
    )
  return value
}

function refuseExperts(part: ModelCheckpoint): void {
  const router = [...part.tensors.keys()].find(tensor => tensor.includes('.ffn.router.'))
  if (router)
    throw checkpointError(part, `${printable(router, 120)} is of a mixture of experts, which is not supported`)
}
