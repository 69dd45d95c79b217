// Heads as attention reads them: d channels padded with zeros to a multiple of 4, frame t at slot t mod slots.

import { randomNumbers } from '../../helpers/random_model.ts'

export const HEADS = 3
/** Widths that are and are not a multiple of 4, in one, two and three chunks of 64 channels. */
export const HEAD_WIDTHS = [10, 12, 70, 130]

/** [… , d] → [… , padded d]. */
export function padHeads(values: ArrayLike<number>, headWidth: number): number[] {
  const padding = new Array<number>(Math.ceil(headWidth / 4) * 4 - headWidth).fill(0)
  return parts(values, values.length / headWidth).flatMap(head => [...head, ...padding])
}

/**
 * A ring after the last of `frames` (each a row of numbers) was written: frame t at slot t mod slots, `first` the number of
 * the first. Slots that no frame reached hold `junk`, which must not be read.
 */
export function ringOf(frames: number[][], slots: number, first = 0, junk = 1e4): number[][] {
  const ring = Array.from({ length: slots }, () => frames[0]!.map(() => junk))
  frames.forEach((frame, t) => {
    ring[(first + t) % slots] = frame
  })
  return ring
}

/** Cuts numbers into `count` equal parts. */
export function parts(values: ArrayLike<number>, count: number): number[][] {
  const all = Array.from(values)
  const size = all.length / count
  return Array.from({ length: count }, (_, i) => all.slice(i * size, (i + 1) * size))
}

/** Uniform in ±scale. */
export function randomScaled(seed: number, scale: number): () => number {
  const random = randomNumbers(seed)
  return () => scale * random()
}
