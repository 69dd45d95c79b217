// The ONNX models that onnxruntime-web runs in the benchmark, as a user of that runtime would export them: three single
// operations of any shape, the dynamics and the tokenizer's decoder. Weights are constants in 32 bits. Each run computes the
// whole window: there is no KV cache.

import { projectRows, unitVectors } from '../src/model/codebook.ts'
import type { Config, TransformerConfig } from '../src/model/config.ts'
import { toFloat32 } from '../src/weights/floats.ts'
import { transpose } from '../src/weights/load.ts'
import type { ModelSource } from '../src/weights/model_source.ts'
import { type HostTensor, readSafetensors } from '../src/weights/safetensors.ts'
import { OnnxGraph } from './onnx_graph.ts'

type OperationName = 'linear' | 'layer_norm' | 'attention'
export type OnnxModels = Record<OperationName | 'dynamics' | 'decoder', Uint8Array>

/** The three operations, and the dynamics and decoder of the model at `source`, each over its whole window. */
export async function onnxModels(source: ModelSource, config: Config): Promise<OnnxModels> {
  const read = async (file: string) => (await readSafetensors(await source.open(file))).tensors
  return {
    ...operationModels(),
    dynamics: dynamicsModel(config, await read('dynamics.safetensors')),
    decoder: decoderModel(config, await read('tokenizer.safetensors')),
  }
}

/** linear(x, w, b) and layer_norm(x, w, b) of rows x, and attention(q, k, v) of [heads, S, d] with q already divided by √d. */
export function operationModels(): Record<OperationName, Uint8Array> {
  const operation = (ranks: Record<string, number>, build: (g: OnnxGraph, inputs: string[]) => string) => {
    const g = new OnnxGraph()
    const sizes = (name: string, rank: number) => Array.from({ length: rank }, (_, i) => `${name}${i}`)
    const inputs = Object.entries(ranks).map(([name, rank]) => g.input(name, 'f32', sizes(name, rank)))
    return g.model(build(g, inputs), sizes('y', Object.values(ranks)[0]!))
  }
  return {
    linear: operation({ x: 2, w: 2, b: 1 }, (g, [x, w, b]) => g.node('Add', [g.node('MatMul', [x!, w!]), b!])),
    layer_norm: operation({ x: 2, w: 1, b: 1 }, (g, xwb) => g.node('LayerNormalization', xwb, LAYER_NORM)),
    attention: operation({ q: 3, k: 3, v: 3 }, (g, [q, k, v]) => {
      const scores = g.node('MatMul', [q!, g.node('Transpose', [k!], { perm: [0, 2, 1] })])
      return g.node('MatMul', [g.node('Softmax', [scores], { axis: -1 }), v!])
    }),
  }
}

/** tokens i32 [frames, S] (K: masked), actions i32 [frames] (what led to each frame, -1: none) → logits [frames, S, K]. */
export function dynamicsModel(
  { tokenizer, dynamics, latent_action }: Config,
  tensors: Tensors,
  frames = dynamics.window,
): Uint8Array {
  const { width: D, layers } = dynamics
  const b = new ModelBuilder(tensors)
  const { g } = b
  const [S] = b.shape('position') as [number]
  const tokenTable = Float32Array.from([...b.values('token.weight'), ...b.values('mask')])
  const codes = unitVectors(b.values('action_codebook'), latent_action.code_width)
  const actionTable = new Float32Array((latent_action.actions + 1) * D) // index -1 takes the last row, which is 0
  actionTable.set(projectRows(codes, b.values('action.weight'), latent_action.code_width))
  const tokens = g.input('tokens', 'i32', [frames, S])
  const actions = g.input('actions', 'i32', [frames])
  const tokenRows = g.node('Gather', [g.constant(tokenTable, [tokenizer.codes + 1, D]), tokens])
  const actionRows = g.node('Gather', [g.constant(actionTable, [latent_action.actions + 1, D]), actions])
  const embedded = g.node('Add', [
    g.node('Add', [tokenRows, b.weight('position')]),
    g.node('Unsqueeze', [actionRows, g.integers(1)]),
  ])
  const x = b.transformer(embedded, '', layers, dynamics, [frames, S])
  return g.model(b.linear(b.layerNorm(x, 'norm'), 'head'), [frames, S, tokenizer.codes])
}

/** tokens i32 [frames, S] → the pixels of the last frame, [H, W, 3] in 0 … 1. */
export function decoderModel(
  { frame: { height, width }, tokenizer: c }: Config,
  tensors: Tensors,
  frames = c.window,
): Uint8Array {
  const b = new ModelBuilder(tensors)
  const { g } = b
  const [S] = b.shape('decoder.position') as [number]
  const [rows, columns] = [Math.ceil(height / c.patch), Math.ceil(width / c.patch)]
  const codes = unitVectors(b.values('codebook'), c.code_width)
  const table = projectRows(codes, b.values('decoder.code.weight'), c.code_width, b.values('decoder.code.bias'))
  const tokens = g.input('tokens', 'i32', [frames, S])
  const tokenRows = g.node('Gather', [g.constant(table, [c.codes, c.width]), tokens])
  const embedded = g.node('Add', [tokenRows, b.weight('decoder.position')])
  const x = b.transformer(embedded, 'decoder.', c.decoder_layers, c, [frames, S])
  const patches = g.node('Sigmoid', [b.linear(b.layerNorm(x, 'decoder.norm'), 'decoder.head')])
  const last = g.node('Gather', [patches, g.integers(frames - 1)])
  const cut = b.reshape(last, rows, columns, c.patch, c.patch, 3)
  const padded = b.reshape(g.node('Transpose', [cut], { perm: [0, 2, 1, 3, 4] }), rows * c.patch, columns * c.patch, 3)
  const cropped = g.node('Slice', [padded, g.integers(0, 0), g.integers(height, width), g.integers(0, 1)])
  return g.model(cropped, [height, width, 3])
}

type Tensors = Map<string, HostTensor>

const LAYER_NORM = { axis: -1, epsilon: 1e-5 }

/** Layers whose weights are the tensors of a component's file, by their names there. */
class ModelBuilder {
  readonly g = new OnnxGraph()

  constructor(private readonly tensors: Tensors) {}

  shape(name: string): number[] {
    return this.tensors.get(name)!.shape
  }

  values(name: string): Float32Array<ArrayBuffer> {
    return toFloat32(this.tensors.get(name)!, name)
  }

  weight(name: string): string {
    return this.g.constant(this.values(name), this.shape(name))
  }

  reshape(x: string, ...shape: number[]): string {
    return this.g.node('Reshape', [x, this.g.integers(...shape)])
  }

  layerNorm(x: string, name: string): string {
    const parameters = [this.weight(`${name}.weight`), this.weight(`${name}.bias`)]
    return this.g.node('LayerNormalization', [x, ...parameters], LAYER_NORM)
  }

  linear(x: string, name: string): string {
    const shape = this.shape(`${name}.weight`)
    const matrix = this.g.constant(transpose(this.values(`${name}.weight`), shape), shape.toReversed())
    const y = this.g.node('MatMul', [x, matrix])
    return this.tensors.has(`${name}.bias`) ? this.g.node('Add', [y, this.weight(`${name}.bias`)]) : y
  }

  /** x [T, S, D] through all blocks of an ST-transformer. */
  transformer(
    x: string,
    prefix: string,
    layers: number,
    config: TransformerConfig,
    shape: [T: number, S: number],
  ): string {
    if (config.variant && config.variant !== 'st-vivit')
      throw new Error(`the ONNX model of the variant ${config.variant} is not written, only that of st-vivit`)
    for (let i = 0; i < layers; i++) {
      const block = `${prefix}blocks.${i}`
      x = this.g.node('Add', [x, this.attention(x, `${block}.spatial`, config, shape)])
      x = this.g.node('Add', [x, this.attention(x, `${block}.temporal`, config, shape)])
      const hidden = this.gelu(this.linear(this.layerNorm(x, `${block}.ffn.norm`), `${block}.ffn.in`))
      x = this.g.node('Add', [x, this.linear(hidden, `${block}.ffn.out`)])
    }
    return x
  }

  /** Among the tokens of each frame, or, where the tensors have a bias by age, between the frames of each token. */
  private attention(
    x: string,
    name: string,
    { width, heads, window }: TransformerConfig,
    [T, S]: [number, number],
  ): string {
    const { g } = this
    const d = width / heads
    const isTemporal = this.tensors.has(`${name}.bias`)
    const perm = isTemporal ? [1, 2, 0, 3] : [0, 2, 1, 3] // [T, S, h, d] → [S, h, T, d] or [T, h, S, d]
    const qkv = g.split(this.linear(this.layerNorm(x, `${name}.norm`), `${name}.qkv`), 3, -1)
    const [q, k, v] = qkv.map((part, i) => {
      const split = this.reshape(part, T, S, heads, d)
      return i < 2 ? this.headNorm(split, `${name}.${'qk'[i]}_norm.weight`) : split
    }) as [string, string, string]
    const byHead = (part: string, order = perm) => g.node('Transpose', [part], { perm: order })
    const scaled = g.node('Div', [q, g.scalar(Math.sqrt(d))])
    let scores = g.node('MatMul', [byHead(scaled), byHead(k, [perm[0]!, perm[1]!, 3, perm[2]!])])
    if (isTemporal) scores = g.node('Add', [scores, this.biasByAge(`${name}.bias`, window, T)])
    const sums = g.node('MatMul', [g.node('Softmax', [scores], { axis: -1 }), byHead(v)])
    const back = [0, 1, 2, 3].map(axis => perm.indexOf(axis))
    return this.linear(this.reshape(byHead(sums, back), T, S, width), `${name}.out`)
  }

  /** RMS norm of x; x itself where the file has no such weight. */
  private headNorm(x: string, weight: string): string {
    const { g } = this
    if (!this.tensors.has(weight)) return x
    const meanSquare = g.node('ReduceMean', [g.node('Mul', [x, x])], { axes: [-1], keepdims: 1 })
    const root = g.node('Sqrt', [g.node('Add', [meanSquare, g.scalar(1e-6)])])
    return g.node('Mul', [g.node('Div', [x, root]), this.weight(weight)])
  }

  /** [h, T, T] by query and key: the bias of the key's age, -∞ where it is later or older than the window. */
  private biasByAge(name: string, window: number, T: number): string {
    const bias = this.values(name)
    const heads = bias.length / window
    const all = Float32Array.from({ length: heads * T * T }, (_, i) => {
      const age = (Math.floor(i / T) % T) - (i % T)
      return age < 0 || age >= window ? -Infinity : bias[Math.floor(i / (T * T)) * window + age]!
    })
    return this.g.constant(all, [heads, T, T])
  }

  /** GELU in its tanh form, from ONNX's basic operators. */
  private gelu(x: string): string {
    const { g } = this
    const cube = g.node('Mul', [g.scalar(0.044715), g.node('Mul', [x, g.node('Mul', [x, x])])])
    const inner = g.node('Mul', [g.scalar(Math.sqrt(2 / Math.PI)), g.node('Add', [x, cube])])
    const gate = g.node('Add', [g.scalar(1), g.node('Tanh', [inner])])
    return g.node('Mul', [g.scalar(0.5), g.node('Mul', [x, gate])])
  }
}
