// The name map of jasmine: every tensor of the engine, and the parameters that it is made of. Flax has weights as [inputs, outputs], and
// splits the outputs of queries, keys and values into heads.

import { blockTensors } from '../../model/block.ts'
import type { Config, TransformerConfig } from '../../model/config.ts'
import type { FileTensor, NamedTensor } from '../../weights/named.ts'
import { jasmineBlock } from './block.ts'

/** A tensor on the GPU, or on the host. `stored` is the file's shape where it differs. */
const one = (name: string, shape: number[], isHost: boolean, from: string, stored = shape): NamedTensor => ({
  spec: { name, shape, layout: 'vector', ...(isHost && { host: true }) },
  from: [{ name: from, shape: stored }],
})

/** A linear layer with bias, of a file's kernel [inputs, outputs]. */
const layer = (name: string, [outputs, inputs]: [number, number], from: string, isHost = false): NamedTensor[] => [
  {
    spec: { name: `${name}.weight`, shape: [outputs, inputs], layout: 'linear', ...(isHost && { host: true }) },
    from: [{ name: `${from}.kernel`, shape: [inputs, outputs], inputs }],
  },
  one(`${name}.bias`, [outputs], isHost, `${from}.bias`),
]

const norm = (name: string, width: number, from: string, isHost: boolean): NamedTensor[] => [
  one(`${name}.weight`, [width], isHost, `${from}.scale`),
  one(`${name}.bias`, [width], isHost, `${from}.bias`),
]

/**
 * A whole transformer, which the file has under `from`.
 * Its stem is the input layer with a norm before it (`stem.norm_in`) and one after it (`stem.norm_out`), after which positions are added.
 * @param host whether the stem stays on the host: that of codes and actions is computed once, when the model is loaded
 */
function transformer(
  prefix: string,
  from: string,
  c: TransformerConfig,
  { layers, inputs, outputs, host }: { layers: number; inputs: number; outputs: number; host: boolean },
): NamedTensor[] {
  return [
    ...norm(`${prefix}stem.norm_in`, inputs, `${from}input_norm1`, host),
    ...layer(`${prefix}stem.dense`, [c.width, inputs], `${from}input_dense`, host),
    ...norm(`${prefix}stem.norm_out`, c.width, `${from}input_norm2`, host),
    ...blockTensors(prefix, layers, jasmineBlock(c, c.window)).map(spec => ({
      spec,
      from: blockTensor(`${from}${spec.name.slice(prefix.length)}`, spec.shape, c.heads),
    })),
    ...layer(`${prefix}head`, [outputs, c.width], `${from}output_dense`),
  ]
}

/** `….blocks.0.spatial.qkv.weight` → `….blocks.0.spatial_attention.{query,key,value}.kernel`, and so on. */
function blockTensor(name: string, shape: number[], heads: number): FileTensor[] {
  const [, block, part, tensor, kind] = /^(.*blocks\.\d+)\.(spatial|temporal|ffn)\.(\w+)\.(weight|bias)$/.exec(name)!
  const width = shape.at(-1)!
  if (tensor === 'norm') return [{ name: `${block}.${part}_norm.${kind === 'weight' ? 'scale' : 'bias'}`, shape }]
  const file = kind === 'weight' ? 'kernel' : 'bias'
  if (part === 'ffn') {
    const of = `${block}.ffn_dense${tensor === 'in' ? 1 : 2}.${file}`
    return [kind === 'bias' ? { name: of, shape } : { name: of, shape: shape.toReversed(), inputs: width }]
  }
  const of = (sub: string) => `${block}.${part}_attention.${sub}.${file}`
  if (tensor === 'out')
    return [
      kind === 'bias'
        ? { name: of('out'), shape }
        : { name: of('out'), shape: [heads, width / heads, width], inputs: width },
    ]
  const D = shape[0]! / 3
  const split = [heads, D / heads]
  return ['query', 'key', 'value'].map(sub =>
    kind === 'bias' ? { name: of(sub), shape: split } : { name: of(sub), shape: [D, ...split], inputs: D },
  )
}

export function tokenizerNames({ tokenizer: c }: Config): NamedTensor[] {
  const values = 3 * c.patch ** 2
  const { encoder_layers, decoder_layers, code_width, codes } = c
  return [
    ...transformer('encoder.', 'tokenizer.encoder.', c, {
      layers: encoder_layers,
      inputs: values,
      outputs: code_width,
      host: false,
    }),
    one('codebook', [codes, code_width], true, 'tokenizer.vq.codebook'),
    ...transformer('decoder.', 'tokenizer.decoder.', c, {
      layers: decoder_layers,
      inputs: code_width,
      outputs: values,
      host: true,
    }),
  ]
}

export function actionNames({ latent_action: c }: Config): NamedTensor[] {
  const values = 3 * c.patch ** 2
  return [
    one('encoder.action', [values], false, 'lam.action_in', [1, 1, 1, values]),
    ...transformer('encoder.', 'lam.encoder.', c, {
      layers: c.encoder_layers,
      inputs: values,
      outputs: c.code_width,
      host: false,
    }),
    one('codebook', [c.actions, c.code_width], true, 'lam.vq.codebook'),
  ]
}

/** The dynamics' file has the action model's codebook too. */
export function dynamicsNames({ tokenizer, latent_action, dynamics: c }: Config): NamedTensor[] {
  const { actions, code_width } = latent_action
  return [
    one('tokens', [tokenizer.codes, c.width], true, 'dynamics.patch_embed.embedding'),
    one('mask', [c.width], true, 'dynamics.mask_token', [1, 1, 1, c.width]),
    one('actions', [actions, code_width], true, 'lam.vq.codebook'),
    ...layer('action', [c.width, code_width], 'dynamics.action_up', true),
    ...transformer('', 'dynamics.transformer.', c, {
      layers: c.layers,
      inputs: c.width,
      outputs: tokenizer.codes,
      host: true,
    }),
  ]
}
