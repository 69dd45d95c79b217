// The words for latent actions that config.json keeps, as `djinn bind` writes them: `still`, `scrolls right, 3.1 px`, `rises, 2.0 px`, `like 2`.

/** The latent action that words name as doing the same: 2 for `like 2`. */
export function likeIn(words: string): number | undefined {
  const [, code] = words.match(/^like (\d+)$/) ?? []
  return code === undefined ? undefined : Number(code)
}

/** Still, then left, right, up and down, then left and right with each of those. */
const ORDER = ['still', 'left', 'right', 'up', 'down', 'left up', 'right up', 'left down', 'right down']

/** For sorting latent actions by what they do; those without words come last. */
export function motionRank(words: string): number {
  const across = words.match(/\b(left|right)\b/)?.[0]
  const down = /\b(rises|up)\b/.test(words) ? 'up' : /\b(falls|down)\b/.test(words) ? 'down' : undefined
  const rank = ORDER.indexOf(words === 'still' ? words : [across, down].filter(Boolean).join(' '))
  return rank < 0 ? ORDER.length : rank
}
