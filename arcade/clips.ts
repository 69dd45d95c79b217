// Clips of the arcade under a random policy, which `djinn record` writes and worlds are trained on. Clip i of seed s depends on (s, i)
// alone, so two seeds share no level, and a clip can be made again without those before it.

import { hash } from '../src/random.ts'
import { Game, HEIGHT, WIDTH } from './game/game.ts'
import { RandomPolicy } from './policies/random_policy.ts'

/** `length` frames, and the keys from each to the next. */
export interface Clip {
  frames: Uint8Array // [length, 64, 64, 3]
  keys: Int32Array // [length − 1] the action of the keys held, 0 … 5
  moves: Int32Array // [length − 1] what they did: (left 0, still 1, right 2) + 3 while rising
  player: Int32Array // [length, 4] x, y, width, height on the screen, pixels
}

/** Plays clip `index` of `seed`, which starts anywhere in a level of its own. `heldOut`: in the held-out themes. */
export function playClip(seed: number, index: number, length: number, heldOut = false): Clip {
  const own = hash(seed, index)
  const game = new Game(own, { heldOut, start: 2 + (hash(own, 2) % 96) })
  const policy = new RandomPolicy(hash(own, 3))
  return recordClip(game, length, () => policy.next(game))
}

/** Records `length` frames of a game that `next` plays: it gives the next action. */
export function recordClip(game: Game, length: number, next: () => number): Clip {
  const size = HEIGHT * WIDTH * 3
  const clip: Clip = {
    frames: new Uint8Array(length * size),
    keys: new Int32Array(length - 1),
    moves: new Int32Array(length - 1),
    player: new Int32Array(length * 4),
  }
  for (let t = 0; t < length; t++) {
    game.render(clip.frames.subarray(t * size, (t + 1) * size))
    const { x, y, width, height } = game.player
    clip.player.set([x, y, width, height], 4 * t)
    if (t === length - 1) break
    const action = next()
    game.step(action)
    clip.keys[t] = action
    clip.moves[t] = game.move
  }
  return clip
}
