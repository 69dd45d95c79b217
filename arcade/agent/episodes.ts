// Plays levels of the arcade, many at once. The policy sees only frames, and its action is pressed as a key.

import { Game, HEIGHT, WIDTH } from '../game/game.ts'
import { observe, type PolicyConfig } from './policy.ts'

/** How an episode ended. */
export type Outcome = 'solved' | 'died' | 'late'

/** A level from a column on. */
interface Episode {
  seed: number
  start: number
  /** By action of the policy, the key that is pressed. */
  keys: readonly number[]
}

/** Newest frames u32 [games, H, W] RGBA8 → an action for each game. */
export type Choose = (frames: Uint32Array<ArrayBuffer>) => Promise<number[]>

/**
 * Plays every episode to its end: the flag, a death, or `limit` frames.
 * @param games how many episodes are played at once
 */
export async function runEpisodes(
  episodes: readonly Episode[],
  config: PolicyConfig,
  choose: Choose,
  { games, limit }: { games: number; limit: number },
): Promise<Outcome[]> {
  const pixels = config.frame.height * config.frame.width
  const outcomes = new Array<Outcome>(episodes.length)
  const frames = new Uint32Array(games * pixels)
  const picture = new Uint8Array(3 * HEIGHT * WIDTH)
  let next = 0
  /** Starts the next episode; undefined when there are no more. */
  const begin = () => (next < episodes.length ? new EpisodeRun(episodes[next]!, next++) : undefined)
  const plays = Array.from({ length: games }, begin)
  while (plays.some(play => play)) {
    for (const [slot, play] of plays.entries()) {
      if (!play) continue
      play.game.render(picture)
      frames.set(observe(config, picture), slot * pixels)
    }
    const actions = await choose(frames)
    for (const [slot, play] of plays.entries()) {
      const outcome = play?.press(actions[slot]!, limit)
      if (!outcome) continue
      outcomes[play!.index] = outcome
      plays[slot] = begin()
    }
  }
  return outcomes
}

class EpisodeRun {
  readonly game: Game
  frames = 0
  private readonly level

  constructor(
    private readonly episode: Episode,
    readonly index: number,
  ) {
    this.game = new Game(episode.seed, { start: episode.start })
    this.level = this.game.level
  }

  /** Plays a frame with this action. Returns the outcome when the episode is over. */
  press(action: number, limit: number): Outcome | undefined {
    this.game.step(this.episode.keys[action]!)
    this.frames++
    if (this.game.deaths > 0) return 'died'
    if (this.game.level !== this.level) return 'solved'
    return this.frames >= limit ? 'late' : undefined
  }
}
