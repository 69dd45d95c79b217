// The name map of tinyworlds: every tensor of the engine, and the tensors of a checkpoint that it is made of.

import { blockTensors } from '../../model/block.ts'
import type { Config, TransformerConfig } from '../../model/config.ts'
import type { Layout } from '../../weights/load.ts'
import type { FileTensor, NamedTensor } from '../../weights/named.ts'
import { tinyBlock } from './block.ts'

/** How the engine holds a tensor: on the GPU in a layout, or on the host. */
type Place = Layout | 'host'

/** One tensor under two names. `stored` is the file's shape where it differs. */
const one = (name: string, shape: number[], place: Place, from: string, stored = shape): NamedTensor => ({
  spec: place === 'host' ? { name, shape, layout: 'vector', host: true } : { name, shape, layout: place },
  from: [{ name: from, shape: stored }],
})

/** A linear layer with bias. `stored` is the file's shape of its weight where it differs. */
const layer = (name: string, shape: number[], from: string, stored = shape, place: Place = 'linear'): NamedTensor[] => [
  one(`${name}.weight`, shape, place, `${from}.weight`, stored),
  one(`${name}.bias`, [shape[0]!], place === 'host' ? 'host' : 'vector', `${from}.bias`),
]

const norm = (name: string, width: number, from: string): NamedTensor[] => [
  one(`${name}.weight`, [width], 'vector', `${from}.weight`),
  one(`${name}.bias`, [width], 'vector', `${from}.bias`),
]

/** The layer that embeds patches: a convolution in the file. */
const patches = (prefix: string, width: number, patch: number): NamedTensor[] =>
  layer(`${prefix}.patch`, [width, 3 * patch ** 2], `${prefix}.patch_embed.proj`, [width, 3 * patch ** 2, 1, 1])

/** Blocks under `prefix` (`encoder.`), which the file has under `prefix`transformer. */
function blocks(prefix: string, layers: number, config: TransformerConfig, conditionWidth?: number): NamedTensor[] {
  return blockTensors(prefix, layers, tinyBlock(config, config.window, conditionWidth)).map(spec => ({
    spec,
    from: blockTensor(spec.name, spec.shape),
  }))
}

/** `encoder.blocks.0.spatial.qkv.weight` → `encoder.transformer.blocks.0.spatial_attn.{q_proj,k_proj,v_proj}.weight`, and so on. */
function blockTensor(name: string, shape: number[]): FileTensor[] {
  const [, block, part, tensor] = /^(.*blocks\.\d+)\.(spatial|temporal|ffn)\.(.+)$/.exec(name)!
  const module = `${block!.replace(/blocks\.\d+$/, 'transformer.$&')}.${part === 'ffn' ? 'ffn' : `${part}_attn`}`
  const kind = tensor!.split('.').at(-1)!
  const stack = (...names: string[]) =>
    names.map(n => ({ name: `${module}.${n}.${kind}`, shape: [shape[0]! / names.length, ...shape.slice(1)] }))
  if (tensor!.startsWith('norm.film.')) return stack('norm.to_gamma_beta.1')
  if (tensor!.startsWith('norm.')) return stack('norm.rms')
  if (tensor!.startsWith('qkv.')) return stack('q_proj', 'k_proj', 'v_proj')
  if (part !== 'ffn') return stack('out_proj')
  return tensor!.startsWith('in.') ? stack('w_v', 'w_g') : stack('w_o')
}

export function tokenizerNames({ tokenizer: c }: Config): NamedTensor[] {
  const values = 3 * c.patch ** 2
  return [
    ...patches('encoder', c.width, c.patch),
    ...blocks('encoder.', c.encoder_layers, c),
    ...norm('encoder.norm', c.width, 'encoder.latent_head.0'),
    ...layer('encoder.head', [c.code_width, c.width], 'encoder.latent_head.1'),
    ...layer('decoder.code', [c.width, c.code_width], 'decoder.latent_embed', undefined, 'host'),
    ...blocks('decoder.', c.decoder_layers, c),
    ...layer('decoder.head', [values, c.width], 'decoder.frame_head.to_pixels', [values, c.width, 1, 1]),
  ]
}

export function actionNames({ latent_action: c }: Config): NamedTensor[] {
  const values = 3 * c.patch ** 2
  return [
    ...patches('encoder', c.width, c.patch),
    ...blocks('encoder.', c.encoder_layers, c),
    ...norm('encoder.norm', 2 * c.width, 'encoder.action_head.0'),
    ...layer('encoder.hidden', [4 * c.code_width, 2 * c.width], 'encoder.action_head.1'),
    ...layer('encoder.head', [c.code_width, 4 * c.code_width], 'encoder.action_head.3'),
    one('decoder.mask', [c.width], 'host', 'decoder.mask_token', [1, 1, 1, c.width]),
    one('decoder.patch_bias', [c.width], 'host', 'decoder.patch_embed.proj.bias'),
    ...patches('decoder', c.width, c.patch),
    ...blocks('decoder.', c.decoder_layers, c, c.code_width),
    ...norm('decoder.norm', c.width, 'decoder.frame_head.0'),
    ...layer('decoder.head', [values, c.width], 'decoder.frame_head.1'),
  ]
}

export function dynamicsNames({ tokenizer, latent_action, dynamics: c }: Config): NamedTensor[] {
  const n = tokenizer.code_width
  return [
    one('mask', [n], 'host', 'mask_token', [1, 1, 1, n]),
    ...layer('code', [c.width, n], 'latent_embed', undefined, 'host'),
    ...blocks('', c.layers, c, latent_action.code_width),
    ...layer('head', [tokenizer.codes, c.width], 'output_mlp'),
  ]
}
