// A noisy hand by script: it picks a block and a place for it, goes round to the block's far side, pushes, lets go, rests at times.

import type { Random } from '../../src/random.ts'
import { fraction, oneOf, within } from '../drawing/palette.ts'
import { type ArmWorld, type Block, clamp, distance, HAND, type Point, unit } from './arm_world.ts'

const CLEAR = 2.5 // pixels that it keeps from a block it does not mean to push
const CHOICES = 5 // that it thinks of
const PATIENCE = 36 // frames after which it means something else

interface Push {
  block: Block
  goal: Point
}

type Aim = ({ kind: 'push' } & Push) | { kind: 'go'; goal: Point } | { kind: 'rest' }

export class ArmPolicy {
  private aim: Aim = { kind: 'rest' }
  private left = 0 // frames of this aim
  private speed: Point = [0, 0]
  private drift: Point = [0, 0]
  private readonly pace: number // pixels a frame
  private readonly unrest: number
  private isBehind = false

  constructor(private readonly random: Random) {
    this.pace = within(random, 1.6, 3.6)
    this.unrest = within(random, 0.1, 0.6)
    this.left = random.below(4)
  }

  /** What the hand is told to do in the next frame: pixels right and down. */
  next(world: ArmWorld): Point {
    if (this.left-- <= 0 || this.isDone(world)) this.choose(world)
    const wanted = this.wanted(world)
    this.drift = this.drift.map(v => 0.8 * v + this.unrest * (2 * fraction(this.random) - 1)) as unknown as Point
    // It cannot stop or start at once.
    const most = 0.6 * this.pace
    this.speed = [0, 1].map(
      i => this.speed[i] + clamp(wanted[i] + this.drift[i] - this.speed[i], -most, most),
    ) as unknown as Point
    return this.speed
  }

  private isDone(world: ArmWorld): boolean {
    const { aim } = this
    if (aim.kind === 'push') return distance([aim.block.x, aim.block.y], aim.goal) < 2
    return aim.kind === 'go' && distance(world.hand, aim.goal) < 2
  }

  private choose(world: ArmWorld): void {
    const { random } = this
    const { table, blocks, hand } = world
    const place = (): Point => [
      within(random, table.left + 7, table.right - 7),
      within(random, table.top + 7, table.bottom - 7),
    ]
    const kind = random.below(100)
    this.isBehind = false
    this.left = random.between(PATIENCE >> 1, PATIENCE)
    if (kind < 84 && blocks.length > 0) {
      // Of a few things it might do, the one whose start is nearest.
      const pushes = Array.from({ length: CHOICES }, () => ({ block: oneOf(random, blocks), goal: place() }))
      const way = ({ block, goal }: Push) => distance(hand, behind(block, goal))
      const best = pushes.reduce((a, b) => (way(b) < way(a) ? b : a))
      this.aim = { kind: 'push', ...best }
    } else if (kind < 94) this.aim = { kind: 'go', goal: place() }
    else {
      this.aim = { kind: 'rest' }
      this.left = random.between(2, 6)
    }
  }

  private wanted(world: ArmWorld): Point {
    const { aim } = this
    const { hand } = world
    if (aim.kind === 'rest') return [0, 0]
    if (aim.kind === 'go') return this.towards(hand, aim.goal)
    const { block, goal } = aim
    const way = unit([goal[0] - block.x, goal[1] - block.y])
    const reach = block.radius + HAND + CLEAR
    const start = behind(block, goal)
    if (distance(hand, start) < 3) this.isBehind = true
    if (this.isBehind) {
      // Off the line it would turn the block away: it comes back to the line as it pushes.
      const side = (hand[0] - block.x) * way[1] - (hand[1] - block.y) * way[0]
      return [this.pace * (way[0] - 0.12 * side * way[1]), this.pace * (way[1] + 0.12 * side * way[0])]
    }
    const from: Point = [hand[0] - block.x, hand[1] - block.y]
    const apart = Math.sqrt(from[0] ** 2 + from[1] ** 2)
    const isInFront = from[0] * way[0] + from[1] * way[1] > -0.5 * apart
    if (apart > reach + 6 || !isInFront) return this.towards(hand, start)
    // Round the block, the shorter way, at a distance.
    const turn = from[0] * way[1] - from[1] * way[0] > 0 ? -1 : 1
    const out = clamp((reach - apart) / 3, -1, 1)
    const [u, v] = unit(from)
    return unit([v * turn * -1 + u * out, u * turn + v * out]).map(p => p * this.pace) as unknown as Point
  }

  private towards(hand: Point, goal: Point): Point {
    const apart = distance(hand, goal)
    const speed = Math.min(this.pace, apart)
    return apart === 0 ? [0, 0] : [((goal[0] - hand[0]) / apart) * speed, ((goal[1] - hand[1]) / apart) * speed]
  }
}

/** Where the hand must be to push a block towards a goal. */
function behind(block: Block, goal: Point): Point {
  const way = unit([goal[0] - block.x, goal[1] - block.y])
  const reach = block.radius + HAND + CLEAR
  return [block.x - way[0] * reach, block.y - way[1] * reach]
}
