// docs/model.md §1, attention, over whole sequences and without a cache. Queries, keys and values are [T, S, h, d].

type Numbers = ArrayLike<number>

interface Heads {
  positions: number // S
  heads: number // h
  headWidth: number // d
}

/** qkv [rows, 3 · h · d] → q, k, v [rows, h, d]; with `norm`, q and k of each head are divided by sqrt(mean(square) + 1e-6) and weighted. */
export function splitHeads(
  qkv: Numbers,
  { heads, headWidth: d }: Heads,
  norm?: { q: Numbers; k: Numbers },
): { q: number[]; k: number[]; v: number[] } {
  const parts = { q: [] as number[], k: [] as number[], v: [] as number[] }
  for (let row = 0; row < qkv.length / (3 * heads * d); row++)
    for (const [i, part] of (['q', 'k', 'v'] as const).entries())
      for (let head = 0; head < heads; head++) {
        const values = vector(qkv, ((row * 3 + i) * heads + head) * d, d)
        const weight = part === 'v' ? undefined : norm?.[part]
        parts[part].push(...(weight ? normalised(values, weight) : values))
      }
  return parts
}

function normalised(values: number[], weight: Numbers): number[] {
  const meanSquare = values.reduce((sum, v) => sum + v * v, 0) / values.length
  return values.map((v, i) => (v / Math.sqrt(meanSquare + 1e-6)) * weight[i]!)
}

/** Every frame alone → [T, S, h, d]. */
export function spatialAttention(q: Numbers, k: Numbers, v: Numbers, shape: Heads): number[] {
  const rows = q.length / (shape.heads * shape.headWidth)
  return Array.from({ length: rows }, (_, row) => spatialRow(q, k, v, shape, row)).flat()
}

/** One row of it, [h, d]: position row mod S of frame ⌊row / S⌋. */
export function spatialRow(
  q: Numbers,
  k: Numbers,
  v: Numbers,
  { positions, heads, headWidth: d }: Heads,
  row: number,
): number[] {
  const first = Math.floor(row / positions) * positions
  return range(heads).flatMap(head => {
    const at = (r: number) => (r * heads + head) * d
    const seen = range(positions).map(s => ({
      key: vector(k, at(first + s), d),
      value: vector(v, at(first + s), d),
      bias: 0,
    }))
    return attend(vector(q, at(row), d), seen)
  })
}

/** Every position alone, or with `allTokens` all together, frame t seeing frames t-W+1 … t → [T, S, h, d]; bias [h, W] by age. */
export function temporalAttention(
  q: Numbers,
  k: Numbers,
  v: Numbers,
  bias: Numbers,
  { positions, heads, headWidth: d, allTokens = false }: Heads & { allTokens?: boolean },
): number[] {
  const frames = q.length / (positions * heads * d)
  const window = bias.length / heads
  return range(frames).flatMap(t =>
    range(positions).flatMap(s =>
      range(heads).flatMap(head => {
        const at = (frame: number, token: number) => ((frame * positions + token) * heads + head) * d
        const seen = range(Math.min(window, t + 1)).flatMap(age =>
          (allTokens ? range(positions) : [s]).map(token => ({
            key: vector(k, at(t - age, token), d),
            value: vector(v, at(t - age, token), d),
            bias: bias[head * window + age]!,
          })),
        )
        return attend(vector(q, at(t, s), d), seen)
      }),
    ),
  )
}

/** softmax(q · k / sqrt(d) + bias) · v. */
function attend(query: number[], seen: { key: number[]; value: number[]; bias: number }[]): number[] {
  const scores = seen.map(
    ({ key, bias }) => query.reduce((sum, v, i) => sum + v * key[i]!, 0) / Math.sqrt(query.length) + bias,
  )
  const largest = Math.max(...scores)
  const weights = scores.map(score => Math.exp(score - largest))
  const total = weights.reduce((a, b) => a + b)
  return query.map((_, i) => seen.reduce((sum, { value }, j) => sum + (weights[j]! / total) * value[i]!, 0))
}

const range = (count: number) => Array.from({ length: count }, (_, i) => i)
const vector = (values: Numbers, from: number, width: number) => range(width).map(i => values[from + i]!)
