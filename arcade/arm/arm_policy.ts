// The scripted, noisy policy of the arm. It picks a block and a target, moves behind the block, pushes, and sometimes wanders or rests.

import type { Pcg } from '../../src/random.ts'
import { choose, random01, uniform } from '../drawing/random_choice.ts'
import { type ArmWorld, type Block, clamp, distance, HAND_RADIUS, type Point, unit } from './arm_world.ts'

const CLEARANCE = 2.5 // pixels between hand and block while it moves around a block
const CHOICES = 5 // random pushes to choose from
const MAX_FRAMES = 36 // per goal

interface Push {
  block: Block
  goal: Point
}

type Task = ({ kind: 'push' } & Push) | { kind: 'go'; goal: Point } | { kind: 'rest' }

export class ArmPolicy {
  private task: Task = { kind: 'rest' }
  private left = 0 // frames until the next goal
  private speed: Point = [0, 0]
  private drift: Point = [0, 0]
  private readonly pace: number // pixels per frame
  private readonly noise: number // of the commanded motion, pixels per frame²
  private isPushing = false

  constructor(private readonly random: Pcg) {
    this.pace = uniform(random, 1.6, 3.6)
    this.noise = uniform(random, 0.1, 0.6)
    this.left = random.below(4)
  }

  /** The commanded motion of the hand in the next frame: pixels right and down. */
  next(world: ArmWorld): Point {
    if (this.left-- <= 0 || this.isDone(world)) this.choose(world)
    const wanted = this.wanted(world)
    this.drift = this.drift.map(v => 0.8 * v + this.noise * (2 * random01(this.random) - 1)) as unknown as Point
    // Limited acceleration.
    const most = 0.6 * this.pace
    this.speed = [0, 1].map(
      i => this.speed[i] + clamp(wanted[i] + this.drift[i] - this.speed[i], -most, most),
    ) as unknown as Point
    return this.speed
  }

  private isDone(world: ArmWorld): boolean {
    const { task } = this
    if (task.kind === 'push') return distance([task.block.x, task.block.y], task.goal) < 2
    return task.kind === 'go' && distance(world.hand, task.goal) < 2
  }

  private choose(world: ArmWorld): void {
    const { random } = this
    const { table, blocks, hand } = world
    const place = (): Point => [
      uniform(random, table.left + 7, table.right - 7),
      uniform(random, table.top + 7, table.bottom - 7),
    ]
    const kind = random.below(100)
    this.isPushing = false
    this.left = random.between(MAX_FRAMES >> 1, MAX_FRAMES)
    if (kind < 84 && blocks.length > 0) {
      // Of a few random pushes, the one with the nearest start.
      const pushes = Array.from({ length: CHOICES }, () => ({ block: choose(random, blocks), goal: place() }))
      const approach = ({ block, goal }: Push) => distance(hand, behind(block, goal))
      const best = pushes.reduce((a, b) => (approach(b) < approach(a) ? b : a))
      this.task = { kind: 'push', ...best }
    } else if (kind < 94) this.task = { kind: 'go', goal: place() }
    else {
      this.task = { kind: 'rest' }
      this.left = random.between(2, 6)
    }
  }

  private wanted(world: ArmWorld): Point {
    const { task } = this
    const { hand } = world
    if (task.kind === 'rest') return [0, 0]
    if (task.kind === 'go') return this.towards(hand, task.goal)
    const { block, goal } = task
    const way = unit([goal[0] - block.x, goal[1] - block.y])
    const reach = block.radius + HAND_RADIUS + CLEARANCE
    const start = behind(block, goal)
    if (distance(hand, start) < 3) this.isPushing = true
    if (this.isPushing) {
      // A push beside the centre would rotate the block away, so the hand steers back to the line.
      const side = (hand[0] - block.x) * way[1] - (hand[1] - block.y) * way[0]
      return [this.pace * (way[0] - 0.12 * side * way[1]), this.pace * (way[1] + 0.12 * side * way[0])]
    }
    const from: Point = [hand[0] - block.x, hand[1] - block.y]
    const apart = distance(hand, [block.x, block.y])
    const isInFront = from[0] * way[0] + from[1] * way[1] > -0.5 * apart
    if (apart > reach + 6 || !isInFront) return this.towards(hand, start)
    // Around the block, the shorter way.
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

/** Where the hand starts a push of `block` towards `goal`. */
function behind(block: Block, goal: Point): Point {
  const way = unit([goal[0] - block.x, goal[1] - block.y])
  const reach = block.radius + HAND_RADIUS + CLEARANCE
  return [block.x - way[0] * reach, block.y - way[1] * reach]
}
