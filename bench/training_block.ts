// One ST-transformer block in training (without QK-norm): spatial attention, temporal attention with a bias by age, and a GELU
// feed-forward network, each after a layer norm. Its outputs are the logits of a cross-entropy loss. The backward pass computes
// the gradients of its input and of every weight. This file has the data and the engine's implementation.

import { createTape } from '../kernels/autograd.ts'
import { crossEntropy } from '../kernels/losses/cross_entropy.ts'
import { reduceRows } from '../kernels/rows/reduce_rows.ts'
import type { Gpu } from '../src/gpu/gpu.ts'
import { Program } from '../src/gpu/program.ts'
import type { Tensor } from '../src/gpu/tensor.ts'
import { KvCache } from '../src/model/block.ts'
import { blockParameters, djinnBlock, stTransformer } from '../src/model/st_transformer.ts'
import { upload, Weights } from '../src/weights/load.ts'

export interface BlockShape {
  frames: number // T, as many as the window
  tokens: number // S a frame
  width: number // D
  heads: number
  ffn: number
}

/** Row-major values with their shape. */
interface Values {
  shape: number[]
  values: Float32Array<ArrayBuffer>
}

export interface Block {
  shape: BlockShape
  /** The inputs to differentiate by: `x` [T · S, D], and the weights by name, matrices as [in, out]. */
  inputs: Record<string, Values>
  /** The true class of each row, below D. */
  targets: Int32Array<ArrayBuffer> // [T · S]
}

/** The loss (one number), and the gradients by the names of the inputs. */
type BlockResult = { loss: ArrayLike<number> } & Record<string, ArrayLike<number>>

/** The block in one library, ready to run. */
export interface TrainedBlock {
  /** Computes forward and backward once; resolves when both are done. */
  run(): Promise<void>
  /** The result of the last run. */
  result(): Promise<BlockResult>
  dispose(): void
}

const stack = ({ width, heads, ffn, frames }: BlockShape) => ({ width, heads, ffn, window: frames, qk_norm: false })

/** A block with seeded random numbers. */
export function makeBlock(shape: BlockShape): Block {
  let state = 7
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 31 - 1
  }
  const rows = shape.frames * shape.tokens
  const filled = (of: number[], value: () => number): Values => ({
    shape: of,
    values: Float32Array.from({ length: of.reduce((a, b) => a * b, 1) }, value),
  })
  const inputs: Record<string, Values> = { x: filled([rows, shape.width], random) }
  for (const { name, shape: stored } of blockParameters('', 1, stack(shape))) {
    const scale = 1.7 / Math.sqrt(stored.at(-1)!)
    const value = /norm\.weight$/.test(name) ? () => 1 + 0.2 * random() : () => scale * random()
    inputs[name] = filled(/(qkv|out|in)\.weight$/.test(name) ? stored.toReversed() : [...stored], value)
  }
  const targets = Int32Array.from({ length: rows }, () => Math.floor(((random() + 1) / 2) * shape.width))
  return { shape, inputs, targets }
}

/** Constants of temporal attention: `age` [W, T · T] is 1 where key s is that many frames older than query t; `hidden` [T, T] masks later keys. */
export function past(T: number): { age: Float32Array<ArrayBuffer>; hidden: Float32Array<ArrayBuffer> } {
  const age = new Float32Array(T * T * T)
  const hidden = new Float32Array(T * T)
  for (let t = 0; t < T; t++)
    for (let s = 0; s < T; s++)
      if (s <= t) age[(t - s) * T * T + t * T + s] = 1
      else hidden[t * T + s] = -1e9
  return { age, hidden }
}

/** The block in the engine: the transformer that plays, recorded with a Tape. */
export async function ownBlock(gpu: Gpu, { shape, inputs, targets }: Block): Promise<TrainedBlock> {
  const { frames, tokens } = shape
  const rows = frames * tokens
  const weights = new Weights('block')
  for (const [name, { shape, values }] of Object.entries(inputs)) weights.set(name, upload(gpu, name, shape, values))
  const classes = gpu.tensor('classes', [rows], 'i32')
  gpu.write(classes, targets)
  const shares = upload(gpu, 'weights of rows', [rows], new Float32Array(rows).fill(1 / rows))
  const lossWeights = upload(gpu, 'loss weights', [1], Float32Array.of(1))
  const p = new Program(gpu, 'block', createTape())
  const at = {
    frameInfo: gpu.tensor('frameInfo', [2 + frames], 'i32'),
    clip: frames,
    cache: new KvCache(gpu, 'block', 1, djinnBlock(stack(shape)), tokens, frames),
  }
  const y = stTransformer(p, weights.get('x'), weights, '', stack(shape), at)
  const losses = crossEntropy(p, y, { targets: classes, weights: shares, lossWeights, term: 0 })
  p.tape!.backward(p)
  const results: Record<string, Tensor> = { loss: reduceRows(p, losses, { period: 1 }) }
  for (const name of Object.keys(inputs)) results[name] = p.tape!.gradient(weights.get(name))!
  for (const [name, t] of Object.entries(results)) t.bindBuffer(gpu.tensor(`gradient of ${name}`, t.shape).buffer)
  await p.build()
  return {
    async run() {
      p.run()
      await gpu.device.queue.onSubmittedWorkDone()
    },
    async result() {
      const read = async (t: Tensor) => new Float32Array(await gpu.read(t)).slice(0, t.length)
      const entries = Object.entries(results).map(async ([name, t]) => [name, await read(t)] as const)
      const found = Object.fromEntries(await Promise.all(entries))
      // The first of the two sums is the loss, the second the accuracy.
      return { ...found, loss: found.loss!.subarray(0, 1) }
    },
    dispose: () => gpu.dispose(),
  }
}
