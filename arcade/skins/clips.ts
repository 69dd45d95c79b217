// Clips of worlds in skins of their own: clip i of seed s depends on (s, i), on whether it is held out, and on the pictures alone.
// Half are played by chance, half by a player that goes where it has not been.

import { hash } from '../../src/random.ts'
import type { Clip } from '../clips.ts'
import { Explorer } from '../policies/explorer.ts'
import { RandomPolicy } from '../policies/random_policy.ts'
import { StickyPolicy } from '../policies/sticky_policy.ts'
import { SCREEN } from './screen.ts'
import type { SideState } from './side_game.ts'
import { SideScene } from './side_scene.ts'
import type { PictureSource } from './supply.ts'
import { TopGame, type TopState } from './top_game.ts'
import { TopScene } from './top_scene.ts'

export type View = 'side' | 'top' | 'both'

/** A clip and what it is of. */
export interface SkinClip extends Clip {
  policy: Uint8Array // [1] 0 by chance, 1 exploring
  view: Uint8Array // [1] 0 from the side, 1 from above
  pace: Int32Array // [1] pixels a frame
}

export interface SkinOptions {
  view: View
  heldOut: boolean
  /** What the skins are cut from, beside what is drawn. */
  pictures: PictureSource | undefined
}

const TOP_PERCENT = 30 // of the clips, where both views are wanted
const HELD_OUT = 0x68656c64 // added to what held-out seeds are made of
const JUMP_PERCENT = 16 // of the frames on the ground
const TRIES = 4 // to play without a death; then nothing in the level kills

/** A clip of a game in a skin; `actions` 0 none, 1 left, 2 right, + 3 up or a jump, + 6 down; `moves` likewise, but 0 left, 1 still, 2 right. */
type Scene = SideScene | TopScene

/** Plays clip `index` of `seed`, `length` frames. Nobody dies in it. */
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
  const next = (explores ? explorerOf : chanceOf)(scene, seed)
  const size = SCREEN * SCREEN * 3
  const clip: SkinClip = {
    frames: new Uint8Array(length * size),
    actions: new Int32Array(length - 1),
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
    clip.actions[t] = action
    clip.moves[t] = scene.hasFigure ? game.move : game.move % 3
  }
  return clip
}

function explorerOf({ game }: Scene, seed: number): () => number {
  if (game instanceof TopGame) {
    const policy = new Explorer<TopState>(hash(seed, 2))
    return () => policy.next(game)
  }
  const policy = new Explorer<SideState>(hash(seed, 2))
  return () => policy.next(game)
}

function chanceOf({ game }: Scene, seed: number): () => number {
  const isMirrored = hash(seed, 1) % 2 === 1
  const policy =
    game instanceof TopGame
      ? new StickyPolicy(hash(seed, 2), game.weights)
      : new RandomPolicy(hash(seed, 2), isMirrored ? [18, 50, 32] : [18, 32, 50], JUMP_PERCENT)
  return () => policy.next(game)
}
