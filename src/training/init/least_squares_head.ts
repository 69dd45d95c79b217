// The head of the latent action encoder begins as the least-squares classifier of its own initial features. The features that separate
// actions vary little beside the constant part of the action token, and gradients alone took hundreds of steps to find them.

import type { Gpu } from '../../gpu/gpu.ts'
import { Program } from '../../gpu/program.ts'
import type { Config } from '../../model/config.ts'
import { latentActionFeatures, latentActionTensors } from '../../model/latent_action.ts'
import { dot, ridgeRegression } from '../linear_algebra.ts'
import { type BatchShape, clipContexts } from '../losses.ts'
import type { InitialWeights } from './initial_weights.ts'
import { uploadWeights } from './upload.ts'

/** Added to the covariance of the features. */
const RIDGE = 1e-6

/**
 * Fits the head to transitions: their features, rows [n][D], and their codes [n]. Does nothing where a code has fewer dimensions than
 * there are actions, or where all transitions have one code.
 */
export function fitHead(
  m: InitialWeights,
  config: Config,
  rows: readonly Float32Array[],
  codes: ArrayLike<number>,
): void {
  const { actions, code_width, width } = config.latent_action
  if (code_width < actions || new Set(Array.from(codes)).size < 2) return
  const { weight, bias } = leastSquares(rows, codes, actions)
  const head = m.get('encoder.head.weight').values
  for (let k = 0; k < actions; k++) head.set(weight[k]!, k * width)
  m.get('encoder.head.bias').values.set(bias)
}

/**
 * The input of the encoder's head for every transition, rows [D].
 * @param batches frames as the model takes them, of up to `shape.clips` clips each
 */
export const encoderFeatures = (
  gpu: Gpu,
  m: InitialWeights,
  config: Config,
  shape: BatchShape,
  batches: AsyncIterable<Uint32Array<ArrayBuffer> | Int32Array<ArrayBuffer>>,
): Promise<Float32Array[]> =>
  gpu.withScope(async gpu => {
    const { frame, latent_action: c } = config
    const weights = await uploadWeights(gpu, m, latentActionTensors(config))
    const p = new Program(gpu, 'features')
    const S = weights.get('encoder.position').rows
    const count = shape.clips * shape.frames
    const frames =
      c.input === 'tokens'
        ? gpu.tensor('frames', [count * S], 'i32')
        : gpu.tensor('frames', [count, frame.height, frame.width], 'u32')
    const context = clipContexts(p, shape)('encoder', c.encoder_layers, c, S + 1)
    const features = p.output(latentActionFeatures(p, config, weights, frames, context))
    await p.build()
    const rows: Float32Array[] = []
    for await (const batch of batches) {
      gpu.write(frames, batch)
      p.run()
      const values = new Float32Array(await gpu.read(features))
      for (let i = 0; i < (batch.length / frames.length) * count; i++)
        if (i % shape.frames > 0) rows.push(values.slice(i * c.width, (i + 1) * c.width))
    }
    return rows
  })

/** The linear map of rows [n][D] that comes closest to 1 for the class of a row and to 0 for the others, less the class's share. */
export function leastSquares(
  rows: readonly Float32Array[],
  classes: ArrayLike<number>,
  count: number,
): { weight: Float64Array[]; bias: Float64Array } {
  const { mean, weight } = ridgeRegression(rows, RIDGE, mean => {
    const products = Array.from({ length: count }, () => new Float64Array(mean.length))
    for (const [r, row] of rows.entries())
      for (let i = 0; i < mean.length; i++) products[classes[r]!]![i]! += (row[i]! - mean[i]!) / rows.length
    return products
  })
  const bias = Float64Array.from(weight, w => -dot(w, mean))
  return { weight, bias }
}
