// The clips that a world is evaluated on, with labels where they are known.

/** Clips of one length, read on demand. */
export interface EvalClips {
  clips: number
  length: number // T, frames per clip
  /** Frames `first` … `first + count - 1` of a clip, u8 [count, H, W, 3]. */
  frames(clip: number, first: number, count: number): Promise<Uint8Array>
  /** Labels of all clips, concatenated; absent where unknown. */
  moves?: Int32Array // [clips · (T − 1)] what each transition was: (left 0, still 1, right 2) + 3 while rising, + 6 going down
  keys?: Int32Array // [clips · (T − 1)] the arcade's action that was held: 0 none, 1 left, 2 right, + 3 with jump or up, + 6 down
  player?: Int32Array // [clips · T · 4] the player's box: x, y, width, height, pixels
}

/** Whether a move, as EvalClips numbers them, goes up. */
export const isRising = (move: number): boolean => move >= 3 && move < 6

/** The transitions in which a rise begins, except a clip's first, before which nothing is known. */
export function jumpStarts({ moves, keys, length }: EvalClips): number[] {
  const rises = (i: number) => isRising(moves![i]!)
  return Array.from(moves ?? [], (_, i) => i).filter(
    // A bounce off a slime rises too, with no key held.
    i => i % (length - 1) > 0 && rises(i) && !rises(i - 1) && (keys === undefined || keys[i]! >= 3),
  )
}
