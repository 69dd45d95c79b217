// How much each pixel weighs in the reconstruction loss. Small moving figures would blur if all pixels weighed the same.

import type { Config } from '../../model/config.ts'
import { Movements } from '../movements.ts'
import type { Clips, ClipWindow } from './clips.ts'

/** The weight of a moving pixel relative to others. */
const FOREGROUND_WEIGHT = 6

/** frames u32 [windows · T, H, W], those of the windows → f32 of the same shape with mean 1. */
export function pixelWeights(
  clips: Clips,
  { frame }: Config,
  windows: readonly ClipWindow[],
  frames: Uint32Array,
  T: number,
): Float32Array<ArrayBuffer> {
  return Movements.of(clips, frame).weightsIn(windows, frames, T, FOREGROUND_WEIGHT)
}

/** Weights of pixels [n, H, W] → of patches [n · S], each the mean of its pixels, with sum 1. */
export function patchWeights(weights: Float32Array, { frame }: Config, patch: number): Float32Array<ArrayBuffer> {
  const { height, width } = frame
  const columns = Math.ceil(width / patch)
  const S = Math.ceil(height / patch) * columns
  const [sums, counts] = [0, 1].map(() => new Float32Array((weights.length / (height * width)) * S)) as [
    Float32Array<ArrayBuffer>,
    Float32Array<ArrayBuffer>,
  ]
  weights.forEach((weight, i) => {
    const [n, y, x] = [Math.floor(i / (height * width)), Math.floor(i / width) % height, i % width]
    const s = n * S + Math.floor(y / patch) * columns + Math.floor(x / patch)
    sums[s]! += weight
    counts[s]! += 1
  })
  const means = sums.map((sum, s) => sum / counts[s]!)
  const total = means.reduce((a, b) => a + b, 0)
  return means.map(mean => mean / total)
}
