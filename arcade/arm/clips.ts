// Clips of the robot arm. Clip i of seed s depends only on (s, i), the length and whether it is held out.
import { hash, Pcg } from '../../src/random.ts'
import { ArmPolicy } from './arm_policy.ts'
import { ArmScene, createTable, SCREEN } from './arm_scene.ts'
import { ArmWorld } from './arm_world.ts'

/** A clip with ground truth for evaluation. */
interface ArmClip {
  frames: Uint8Array // [length, 64, 64, 3]
  actions: Float32Array // [length − 1, 2] commanded motion of the hand: right, up, pixels
  moves: Float32Array // [length − 1, 2] actual motion of the hand: right, up, pixels
  hand: Float32Array // [length, 2] position of the hand: pixels from the left, from the top
  blocks: Float32Array // [length, 5, 2] positions of the blocks, likewise; −1 for none
  unit: Float32Array // [1] pixels per unit of `moves`: 1
}

const MOST_BLOCKS = 5
const MAX_LEAD = 24 // frames played before a clip begins, so that it begins anywhere in a push
const [TRAIN, HELD_OUT] = [0x61726d, 0x61726e] // hashed into the seeds

export async function armClip(seed: number, index: number, length: number, heldOut: boolean): Promise<ArmClip> {
  const own = hash(hash(seed, heldOut ? HELD_OUT : TRAIN), index)
  const random = new Pcg(own)
  const world = new ArmWorld(random, createTable(random))
  const scene = await ArmScene.create(new Pcg(hash(own, 1)), world)
  const policy = new ArmPolicy(new Pcg(hash(own, 2)))
  for (let left = random.below(MAX_LEAD); left > 0; left--) world.step(...policy.next(world))
  const size = SCREEN * SCREEN * 3
  const clip: ArmClip = {
    frames: new Uint8Array(length * size),
    actions: new Float32Array(2 * (length - 1)),
    moves: new Float32Array(2 * (length - 1)),
    hand: new Float32Array(2 * length),
    blocks: new Float32Array(2 * MOST_BLOCKS * length).fill(-1),
    unit: Float32Array.of(1),
  }
  for (let t = 0; t < length; t++) {
    scene.render(world, clip.frames.subarray(t * size, (t + 1) * size))
    clip.hand.set(world.hand, 2 * t)
    for (const [i, { x, y }] of world.blocks.entries()) clip.blocks.set([x, y], 2 * (t * MOST_BLOCKS + i))
    if (t === length - 1) break
    const [right, down] = policy.next(world)
    const [x, y] = world.hand
    world.step(right, down)
    clip.actions.set([right, -down], 2 * t)
    clip.moves.set([world.hand[0] - x, y - world.hand[1]], 2 * t)
  }
  return clip
}
