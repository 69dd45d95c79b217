// The weight of each pixel in the reconstruction loss: more where the picture changes, since that is what a key moves.
// The same in PyTorch: reference/changes.py.

import type { Config } from '../../model/config.ts'

/** The weight of what changes relative to the rest. */
const CHANGED_WEIGHT = 6
/** Smaller differences of a colour, 0 … 255, are noise. */
const NOTICED = 0.04 * 255
/** A patch changes where more than this share of its pixels does. */
const CHANGED_SHARE = 0.05

/**
 * frames u32 [n · T, H, W] of windows of T frames → 1 where a pixel changes, else 0, of the same shape. A frame is compared with the one
 * before it, the first of a window with the second.
 */
function changedPixels({ frame }: Config, frames: Uint32Array, T: number): Uint8Array {
  const size = frame.height * frame.width
  return Uint8Array.from(frames, (word, i) => {
    if (T === 1) return 0
    const other = frames[Math.floor(i / size) % T === 0 ? i + size : i - size]!
    return Number([0, 8, 16].some(shift => Math.abs(((word >> shift) & 255) - ((other >> shift) & 255)) > NOTICED))
  })
}

/** Weights of pixels [n · T, H, W], with mean 1. */
export function pixelWeights(config: Config, frames: Uint32Array, T: number): Float32Array<ArrayBuffer> {
  const weights = Float32Array.from(changedPixels(config, frames, T), changed => (changed ? CHANGED_WEIGHT : 1))
  const mean = weights.reduce((sum, w) => sum + w, 0) / weights.length
  return weights.map(w => w / mean)
}

/** Weights with sum 1, of patches [n · T · S]. */
export function patchWeights(config: Config, frames: Uint32Array, T: number, patch: number): Float32Array<ArrayBuffer> {
  const { height, width } = config.frame
  const columns = Math.ceil(width / patch)
  const S = Math.ceil(height / patch) * columns
  const [changed, pixels] = [new Float32Array((frames.length / (height * width)) * S), new Float32Array(S)]
  changedPixels(config, frames, T).forEach((isChanged, i) => {
    const [n, y, x] = [Math.floor(i / (height * width)), Math.floor(i / width) % height, i % width]
    const s = Math.floor(y / patch) * columns + Math.floor(x / patch)
    changed[n * S + s]! += isChanged
    if (n === 0) pixels[s]! += 1
  })
  const weights = changed.map((count, i) => (count > CHANGED_SHARE * pixels[i % S]! ? CHANGED_WEIGHT : 1))
  const total = weights.reduce((a, b) => a + b, 0)
  return weights.map(weight => weight / total)
}
