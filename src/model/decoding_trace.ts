// The decoding steps of a traced frame, as they are read back. A page loads this file when it shows them.

/** A frame's tokens after a decoding step. */
export interface DecodingStep {
  /** [S], with N codebooks the first code of each position; K, the number of codes, marks a masked position. */
  tokens: Int32Array<ArrayBuffer>
  /** [S] log-probability of each position's candidate plus choice noise; 3.3e38 where it reached the threshold, 3.4e38 where the token was known before. */
  confidence: Float32Array<ArrayBuffer>
}

/** How many steps a frame took. @param masked positions that are masked before each step and after the last: [steps + 1] */
export const stepsTaken = (masked: Uint32Array): number => masked.findIndex((left, s) => left === 0 && s > 0)

/** @param trace token and confidence of each of `count` positions after each step, 32 bits each: [steps, count, 2] */
export function decodingSteps(steps: number, trace: ArrayBuffer, count: number): DecodingStep[] {
  return Array.from({ length: steps }, (_, s) => {
    const ints = new Int32Array(trace, 8 * s * count, 2 * count)
    const floats = new Float32Array(trace, 8 * s * count, 2 * count)
    return { tokens: ints.filter((_, i) => i % 2 === 0), confidence: floats.filter((_, i) => i % 2 === 1) }
  })
}
