// What moves in clips, measured once for every pair of neighbouring frames: a training draws the same ones again and again, and on a GPU
// measuring would take longer than a step.

import type { Clips, ClipWindow } from './data/clips.ts'
import { directionOf, nearMovement, type PictureSize, weightsOf } from './moving.ts'

const measured = new WeakMap<object, Movements>()

export class Movements {
  /** By the number of the later frame among all frames of all clips. */
  private readonly directions = new Map<number, number>()
  /** By twice that number of the picture that is looked at, odd where it is compared with the frame after it; a bit a pixel. */
  private readonly masks = new Map<number, Uint8Array>()

  constructor(
    private readonly clips: Pick<Clips, 'length'>,
    private readonly size: PictureSize,
  ) {}

  /** Those of clips, the same ones for whoever asks. */
  static of(clips: Clips, size: PictureSize): Movements {
    const movements = measured.get(clips) ?? new Movements(clips, size)
    measured.set(clips, movements)
    return movements
  }

  /** The direction of every transition: frames u32 [places · T, H, W] are those at the places → [places · (T-1)]. */
  directionsIn(places: readonly ClipWindow[], frames: Uint32Array, T: number): number[] {
    return places.flatMap((place, clip) =>
      Array.from({ length: T - 1 }, (_, t) => {
        const key = this.frame(place, t + 1)
        const at = clip * T + t
        const known =
          this.directions.get(key) ?? directionOf(this.picture(frames, at), this.picture(frames, at + 1), this.size)
        this.directions.set(key, known)
        return known
      }),
    )
  }

  /**
   * Frames u32 [places · T, H, W] → weights of their pixels, of mean 1: `gain` times the weight where something moves on its own, and one
   * pixel around. Frame t is compared with frame t-1, frame 0 with frame 1.
   */
  weightsIn(places: readonly ClipWindow[], frames: Uint32Array, T: number, gain: number): Float32Array<ArrayBuffer> {
    const { height, width } = this.size
    const near = new Uint8Array(places.length * T * height * width)
    places.forEach((place, clip) => {
      for (let t = 0; t < T; t++) {
        const at = clip * T + t
        const other = t > 0 ? at - 1 : at + Math.min(1, T - 1)
        const key = 2 * this.frame(place, t) + Number(other > at)
        const known =
          this.masks.get(key) ?? packed(nearMovement(this.picture(frames, other), this.picture(frames, at), this.size))
        this.masks.set(key, known)
        for (let i = 0, from = at * height * width; i < height * width; i++)
          near[from + i] = (known[i >> 3]! >> (i & 7)) & 1
      }
    })
    return weightsOf(near, gain)
  }

  private frame({ clip, first }: ClipWindow, t: number): number {
    return clip * this.clips.length + first + t
  }

  private picture(frames: Uint32Array, at: number): Uint32Array {
    const pixels = this.size.height * this.size.width
    return frames.subarray(at * pixels, (at + 1) * pixels)
  }
}

/** 0 and 1 → a bit each. */
function packed(mask: Uint8Array): Uint8Array {
  const bits = new Uint8Array((mask.length + 7) >> 3)
  mask.forEach((one, i) => {
    bits[i >> 3]! |= one << (i & 7)
  })
  return bits
}
