// The clips that a world is evaluated on, with labels where they are known.

/** The share of the jumps in some clips that their codes tell, where the clips have moves; null where none starts. */
export type JumpRecall = (
  codes: Int32Array,
  clips: Pick<EvalClips, 'moves' | 'keys' | 'length'>,
  actions: number,
) => number | null

/** Clips of one length, read on demand. */
export interface EvalClips {
  clips: number
  length: number // T, frames per clip
  /** Frames `first` … `first + count - 1` of a clip, u8 [count, H, W, 3]. */
  frames(clip: number, first: number, count: number): Promise<Uint8Array>
  /** Labels of all clips, concatenated; absent where unknown. A game numbers its moves and keys (arcade/evaluation/jumps.ts). */
  moves?: Int32Array // [clips · (T − 1)] what each transition was
  keys?: Int32Array // [clips · (T − 1)] the keys that were held
  character?: Int32Array // [clips · T · 4] the character's box: x, y, width, height, pixels
}
