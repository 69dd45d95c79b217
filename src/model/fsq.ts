// Finite scalar quantisation on the CPU: the vector of a code, and how far a latent is from another code.

/** The vectors of all `levels`ⁿ codes, [levelsⁿ, n]: 2·digit/(levels - 1) - 1, the first digit the least significant. */
export function fsqVectors(levels: number, width: number): Float32Array<ArrayBuffer> {
  const count = levels ** width
  const vectors = new Float32Array(count * width)
  for (let code = 0; code < count; code++)
    for (let j = 0, rest = code; j < width; j++, rest = Math.floor(rest / levels))
      vectors[code * width + j] = (2 * (rest % levels)) / (levels - 1) - 1
  return vectors
}

/**
 * How far `code` is from being the code of a latent [n], on the scale of digits: 0 where it is, else the distance of the worst digit
 * from the edge of that digit's interval.
 */
export function fsqDistance(latent: ArrayLike<number>, code: number, levels: number): number {
  let worst = 0
  for (let j = 0, rest = code; j < latent.length; j++, rest = Math.floor(rest / levels)) {
    const u = 0.5 * (Math.tanh(latent[j]!) + 1) * (levels - 1)
    worst = Math.max(worst, Math.abs(u - (rest % levels)) - 0.5)
  }
  return worst
}
