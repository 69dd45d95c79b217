// The latent actions as a player sees them: those that do the same are one, in the order of what they do.

import { likeIn, motionRank } from '../input/action_words.ts'

export interface DistinctAction {
  action: number
  /** What it does; empty where the config says nothing. */
  words: string
  /** Higher latent actions that do the same. */
  same: number[]
}

/** @param words of each latent action, as in config.json */
export function distinctActions(actions: number, words: readonly string[] = []): DistinctAction[] {
  const distinct: DistinctAction[] = []
  for (let action = 0; action < actions; action++) {
    const text = words[action] ?? ''
    const like = likeIn(text)
    const first = distinct.find(other => other.action === like)
    if (first) first.same.push(action)
    else distinct.push({ action, words: text, same: [] })
  }
  return distinct.sort((a, b) => motionRank(a.words) - motionRank(b.words)) // keeps the order of equals
}

/** `scrolls right, 3.1 px; 4 and 5 do the same`. */
export function descriptionOf({ words, same }: DistinctAction): string {
  const last = same.at(-1)
  if (last === undefined) return words
  const others = same.slice(0, -1).join(', ')
  return `${words}; ${others ? `${others} and ${last} do` : `${last} does`} the same`
}
