// docs/model.md §5, MaskGIT decoding of one frame, with its counter-based randomness.

type Numbers = ArrayLike<number>

/** PCG's output function on one step of its generator, in 32 wrapping bits. */
export function pcg(v: number): number {
  const s = (Math.imul(v, 747796405) + 2891336453) >>> 0
  const w = Math.imul((s >>> ((s >>> 28) + 4)) ^ s, 277803737)
  return ((w >>> 22) ^ w) >>> 0
}

export function gumbelOf(bits: number): number {
  const v = (bits >>> 9) * 2 ** -23 + 2 ** -24
  return -Math.log(-Math.log1p(-v))
}

/** What the random numbers of a decoding step depend on. */
export interface Place {
  seed: number
  frame: number
  step: number
}

export function gumbel({ seed, frame, step }: Place, i: number, k: number): number {
  return gumbelOf(pcg(pcg(pcg(pcg(pcg(seed) ^ frame) ^ step) ^ i) ^ k))
}

export interface StepReference {
  temperature: number
  /** choice_temperature · (1 - (s+1)/n) */
  choiceNoise: number
  /** How many positions stay masked, at most. */
  maskedAfter: number
  /** A candidate whose log-probability reaches it is certain. Default: none. */
  logThreshold?: number
}

/** The confidence of a certain candidate. */
export const CERTAIN = Math.fround(3.3e38)

/** (2) and (3): the token that position i draws from its logits [K], and its confidence. */
export function draw(
  logits: number[],
  { temperature, choiceNoise, logThreshold = 3.4e38 }: StepReference,
  at: Place,
  i: number,
): { token: number; confidence: number } {
  const scores = logits.map((l, k) => (temperature > 0 ? l / temperature + gumbel(at, i, k) : l))
  const token = scores.indexOf(Math.max(...scores))
  const largest = Math.max(...logits)
  const logSum = largest + Math.log(logits.reduce((sum, l) => sum + Math.exp(l - largest), 0))
  const logProbability = logits[token]! - logSum
  const noise = choiceNoise * gumbel(at, i, logits.length)
  return { token, confidence: logProbability >= logThreshold ? CERTAIN : logProbability + noise }
}

/**
 * (4): tokens [S], where `mask` is masked, after the masked positions took their candidates, except the `maskedAfter` least confident
 * and fewer than all. Certain ones always take theirs.
 */
export function remask(
  tokens: Numbers,
  candidates: Numbers,
  confidence: Numbers,
  maskedAfter: number,
  mask: number,
): number[] {
  const masked = Array.from(tokens).flatMap((token, i) => (token === mask ? [i] : []))
  const order = masked.toSorted((a, b) => confidence[a]! - confidence[b]! || a - b)
  const stay = order.slice(0, Math.min(maskedAfter, masked.length - 1)).filter(i => confidence[i] !== CERTAIN)
  return Array.from(tokens, (token, i) => (token === mask && !stay.includes(i) ? candidates[i]! : token))
}

/** null + g · (conditional - null) */
export function guided(conditional: number[], unconditional: number[], g: number): number[] {
  return unconditional.map((n, k) => n + g * (conditional[k]! - n))
}
