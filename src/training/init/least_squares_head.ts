// The encoder of latent actions begins by naming as well as a linear map of what it finds at its start can: its head is fitted to
// examples by least squares. What look_for_motion.ts lets it find varies little beside what is constant in the action token, and
// gradients alone took hundreds of steps to notice it, if they did.

import type { Gpu } from '../../gpu/gpu.ts'
import { Program } from '../../gpu/program.ts'
import type { Config } from '../../model/config.ts'
import { latentActionFeatures } from '../../model/latent_action.ts'
import { loadWeights } from '../../weights/load.ts'
import { bytesSource, joined, writeSafetensors } from '../../weights/safetensors.ts'
import { trainingTensors } from '../component.ts'
import { outputOf } from '../gradients.ts'
import { clipContexts } from '../losses.ts'
import type { InitialWeights } from './initial_weights.ts'

/** Of the sum of squares that the least squares minimise, beside a mean over examples. */
const RIDGE = 1e-6

/**
 * Fits the head to transitions: what it sees of each, rows [n][D], and their codes [n]. Does nothing where codes have fewer dimensions
 * than there are actions, or where all transitions are alike.
 */
export function startNaming(
  m: InitialWeights,
  config: Config,
  rows: readonly Float32Array[],
  codes: readonly number[],
): void {
  const { actions, code_width, width } = config.latent_action
  if (code_width < actions || new Set(codes).size < 2) return
  const { weight, bias } = leastSquares(rows, codes, actions)
  const head = m.get('encoder.head.weight').values
  for (let k = 0; k < actions; k++) head.set(weight[k]!, k * width)
  m.get('encoder.head.bias').values.set(bias)
}

/** Frames u32 [up to clips · T, H, W] RGBA8 at a time → what the head sees of every transition, rows [D]. */
export const featuresOf = (
  gpu: Gpu,
  m: InitialWeights,
  config: Config,
  shape: { clips: number; frames: number },
  pictures: AsyncIterable<Uint32Array<ArrayBuffer>>,
): Promise<Float32Array[]> =>
  gpu.withScope(async gpu => {
    const { height, width } = config.frame
    const c = config.latent_action
    const source = bytesSource('start', joined(writeSafetensors(m.toTensors())))
    const weights = await loadWeights(gpu, source, trainingTensors('latent_action', config))
    const p = new Program(gpu, 'features')
    const frames = gpu.tensor('frames', [shape.clips * shape.frames, height, width], 'u32')
    const tokens = weights.get('encoder.position').rows + 1
    const at = clipContexts(p, shape)('encoder', c.encoder_layers, c, tokens)
    const features = latentActionFeatures(p, config, weights, frames, at)
    outputOf(p, features)
    await p.build()
    const rows: Float32Array[] = []
    for await (const some of pictures) {
      gpu.write(frames, some)
      p.run()
      const values = new Float32Array(await gpu.read(features))
      for (let i = 0; i < some.length / (height * width); i++)
        if (i % shape.frames > 0) rows.push(values.slice(i * c.width, (i + 1) * c.width))
    }
    return rows
  })

/** What of x, rows [n][D], comes closest to 1 at the class of each row and to 0 at others, less the share of the class. */
export function leastSquares(
  rows: readonly Float32Array[],
  classes: readonly number[],
  count: number,
): { weight: Float64Array[]; bias: Float64Array } {
  const n = rows.length
  const D = rows[0]!.length
  const mean = new Float64Array(D)
  for (const row of rows) for (let i = 0; i < D; i++) mean[i]! += row[i]! / n
  const covariance = Array.from({ length: D }, () => new Float64Array(D))
  const goals = Array.from({ length: count }, () => new Float64Array(D))
  const x = new Float64Array(D)
  rows.forEach((row, r) => {
    for (let i = 0; i < D; i++) x[i] = row[i]! - mean[i]!
    for (let i = 0; i < D; i++) {
      for (let j = 0; j <= i; j++) covariance[i]![j]! += (x[i]! * x[j]!) / n
      goals[classes[r]!]![i]! += x[i]! / n
    }
  })
  for (let i = 0; i < D; i++) covariance[i]![i]! += RIDGE
  const weight = solve(covariance, goals)
  const bias = Float64Array.from(weight, w => -w.reduce((sum, v, i) => sum + v * mean[i]!, 0))
  return { weight, bias }
}

/** Solves A·x = b for every b, by Cholesky: the lower triangle of A [D][D], positive definite, is overwritten. */
function solve(A: Float64Array[], b: readonly Float64Array[]): Float64Array[] {
  const D = A.length
  for (let i = 0; i < D; i++)
    for (let j = 0; j <= i; j++) {
      let sum = A[i]![j]!
      for (let k = 0; k < j; k++) sum -= A[i]![k]! * A[j]![k]!
      A[i]![j] = i === j ? Math.sqrt(sum) : sum / A[j]![j]!
    }
  return b.map(goal => {
    const x = goal.slice()
    for (let i = 0; i < D; i++) {
      for (let k = 0; k < i; k++) x[i]! -= A[i]![k]! * x[k]!
      x[i]! /= A[i]![i]!
    }
    for (let i = D - 1; i >= 0; i--) {
      for (let k = i + 1; k < D; k++) x[i]! -= A[k]![i]! * x[k]!
      x[i]! /= A[i]![i]!
    }
    return x
  })
}
