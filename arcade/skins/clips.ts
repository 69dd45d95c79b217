// Clips of games with random skins. Clip i of seed s depends only on (s, i), the length and the options. A random policy plays half
// of them, an exploring policy the other half. No clip contains a death.

import { hash } from '../../src/random.ts'
import type { Clip } from '../clips.ts'
import { ExploringPolicy } from '../policies/exploring_policy.ts'
import { RandomPolicy } from '../policies/random_policy.ts'
import { StickyPolicy } from '../policies/sticky_policy.ts'
import type { PictureSource } from './picture_sampler.ts'
import { SCREEN } from './screen.ts'
import type { SideState } from './side_game.ts'
import { SideScene } from './side_scene.ts'
import { TopGame, type TopState } from './top_game.ts'
import { TopScene } from './top_scene.ts'

export type View = 'side' | 'top' | 'both'

/** A clip with a description of how it was made. */
export interface SkinClip extends Clip {
  policy: Uint8Array // [1] 0 random, 1 exploring
  view: Uint8Array // [1] 0 from the side, 1 from above
  pace: Int32Array // [1] walking speed, pixels per frame
}

export interface SkinOptions {
  view: View
  heldOut: boolean
  /** Pictures to cut skins from. Without any, everything is drawn. */
  pictures: PictureSource | undefined
}

const TOP_PERCENT = 30 // of the clips, with view `both`
const HELD_OUT = 0x68656c64 // hashed into the seeds of held-out clips
const JUMP_PERCENT = 16 // of frames on the ground
const TRIES = 4 // worlds tried for a clip without a death; after that, worlds without hazards

/** Actions: 0 none, 1 left, 2 right, + 3 with jump or up, 6 down. Moves: 0 left, 1 still, 2 right, + 3 up, + 6 down. */
type Scene = SideScene | TopScene

/** Plays clip `index` of `seed`, `length` frames. */
export async function skinClip(seed: number, index: number, length: number, options: SkinOptions): Promise<SkinClip> {
  const { heldOut, pictures, view } = options
  const own = hash(heldOut ? hash(seed, HELD_OUT) : seed, index)
  const isTop = view === 'top' || (view === 'both' && hash(own, 1) % 100 < TOP_PERCENT)
  for (let attempt = 0; ; attempt++) {
    const world = hash(own, 4 + attempt)
    const scene = await (isTop ? TopScene : SideScene).create(world, pictures, attempt >= TRIES)
    const clip = scene && play(scene, hash(world, 1), length)
    if (clip) return clip
  }
}

function play(scene: Scene, seed: number, length: number): SkinClip | undefined {
  const { game } = scene
  const explores = hash(seed, 0) % 2 === 1
  const next = (explores ? exploringPolicyFor : randomPolicyFor)(scene, seed)
  const size = SCREEN * SCREEN * 3
  const clip: SkinClip = {
    frames: new Uint8Array(length * size),
    keys: new Int32Array(length - 1),
    moves: new Int32Array(length - 1),
    player: new Int32Array(length * 4),
    policy: Uint8Array.of(explores ? 1 : 0),
    view: Uint8Array.of(scene instanceof TopScene ? 1 : 0),
    pace: Int32Array.of(scene.pace),
  }
  for (let t = 0; t < length; t++) {
    scene.render(clip.frames.subarray(t * size, (t + 1) * size))
    clip.player.set(scene.player, 4 * t)
    if (t === length - 1) break
    const action = next()
    if (!game.step(action)) return undefined
    clip.keys[t] = action
    clip.moves[t] = scene.hasCharacter ? game.move : game.move % 3
  }
  return clip
}

function exploringPolicyFor({ game }: Scene, seed: number): () => number {
  if (game instanceof TopGame) {
    const policy = new ExploringPolicy<TopState>(hash(seed, 2))
    return () => policy.next(game)
  }
  const policy = new ExploringPolicy<SideState>(hash(seed, 2))
  return () => policy.next(game)
}

function randomPolicyFor({ game }: Scene, seed: number): () => number {
  const isMirrored = hash(seed, 1) % 2 === 1
  const policy =
    game instanceof TopGame
      ? new StickyPolicy(hash(seed, 2), game.weights)
      : new RandomPolicy(hash(seed, 2), isMirrored ? [18, 50, 32] : [18, 32, 50], JUMP_PERCENT)
  return () => policy.next(game)
}
