// docs/model.md §3 and §4: how tokens, positions and actions become vectors of a width D. An action of -1 is null and adds nothing.

type Numbers = ArrayLike<number>

/** tokens [T, S], table [K + 1, D] (row K is the mask), position [S, D], actions [A, D], the action that led to each frame → [T, S, D]. */
export function embedding(
  tokens: Numbers,
  table: Numbers,
  position: Numbers,
  width: number,
  actions: Numbers = [],
  led: Numbers = [],
): Float64Array {
  const count = position.length / width
  return rowsOf(tokens.length, width, (row, i) => {
    const action = led[Math.floor(row / count)] ?? -1
    const added = action < 0 ? 0 : actions[action * width + i]!
    return table[tokens[row]! * width + i]! + position[(row % count) * width + i]! + added
  })
}

/** x [T, S, D] + actions [A, D] of codes [T]. */
export function addAction(x: Numbers, actions: Numbers, codes: Numbers, width: number): Float64Array {
  const tokens = x.length / (codes.length * width)
  return rowsOf(
    x.length / width,
    width,
    (row, i) => x[row * width + i]! + actions[codes[Math.floor(row / tokens)]! * width + i]!,
  )
}

/** x [T, S, D] → [T, S + 1, D], token [D] before the patches of every frame. */
export function prependToken(x: Numbers, token: Numbers, tokens: number): number[] {
  const all = Array.from(x)
  const frame = tokens * token.length
  const frames = Array.from({ length: all.length / frame }, (_, t) => all.slice(t * frame, (t + 1) * frame))
  return frames.flatMap(patches => [...Array.from(token), ...patches])
}

function rowsOf(rows: number, width: number, value: (row: number, i: number) => number): Float64Array {
  return Float64Array.from({ length: rows * width }, (_, at) => value(Math.floor(at / width), at % width))
}
