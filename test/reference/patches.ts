// docs/model.md §2, patches: row by row over the frame; within a patch row, column, channel. Padding at the bottom and right
// repeats the edge pixel, and unpatchify crops it.

type Numbers = ArrayLike<number>

export interface Frames {
  count: number
  height: number
  width: number
}

/** Calls `visit` with every value of every patch, in order: its index in frames [F, height, width, 3], and whether it is padding. */
function visitPatches(
  { count, height, width }: Frames,
  patch: number,
  visit: (from: number, isPadding: boolean) => void,
) {
  for (let f = 0; f < count; f++)
    for (let top = 0; top < height; top += patch)
      for (let left = 0; left < width; left += patch)
        for (let y = top; y < top + patch; y++)
          for (let x = left; x < left + patch; x++)
            for (let channel = 0; channel < 3; channel++) {
              const edge = [Math.min(y, height - 1), Math.min(x, width - 1)] as const
              visit(((f * height + edge[0]) * width + edge[1]) * 3 + channel, y >= height || x >= width)
            }
}

/** bytes [F, height, width, 3] → patches [F, S, 3p²] in 0 … 1. */
export function patchify(bytes: Numbers, frames: Frames, patch: number, zeroPadding = false): number[] {
  const patches: number[] = []
  visitPatches(frames, patch, (from, isPadding) => patches.push(zeroPadding && isPadding ? 0 : bytes[from]! / 255))
  return patches
}

/** patches [F, S, 3p²] of logits → pixels [F, height, width, 3]. */
export function unpatchify(patches: Numbers, frames: Frames, patch: number): Float64Array {
  const pixels = new Float64Array(frames.count * frames.height * frames.width * 3)
  let i = 0
  visitPatches(frames, patch, (to, isPadding) => {
    const logit = patches[i++]!
    if (!isPadding) pixels[to] = 1 / (1 + Math.exp(-logit))
  })
  return pixels
}
