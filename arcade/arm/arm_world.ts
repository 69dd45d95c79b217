// A table with blocks on it and the hand of an arm that pushes them: no masses and no speeds of blocks, they lie where they were last
// pushed to. Everything is in pixels of the screen; sums, products, quotients and square roots only, so that it is the same everywhere.

import type { Random } from '../../src/random.ts'
import { oneOf, within } from '../drawing/palette.ts'

export type Point = readonly [x: number, y: number]

export interface Block {
  x: number // its middle
  y: number
  /** The direction it is turned to, a unit vector. */
  turn: Point
  /** Corners about the middle before it is turned, clockwise; none: it is round. */
  corners: readonly Point[]
  /** As a round thing, for what blocks do to each other. */
  radius: number
}

export interface Table {
  left: number
  top: number
  right: number
  bottom: number
}

export const HAND = 2.6 // its radius, pixels
const SLICES = 4 // of a frame, so that nothing is jumped over

export class ArmWorld {
  readonly blocks: Block[] = []
  hand: Point

  constructor(
    random: Random,
    readonly table: Table,
  ) {
    const { left, right, top, bottom } = table
    this.hand = [within(random, left + 8, right - 8), within(random, top + 4, bottom - 8)]
    const wanted = random.between(2, 5)
    for (let tries = 0; this.blocks.length < wanted && tries < 60; tries++) {
      const block = createBlock(random, table)
      const others = [...this.blocks.map(b => [b.x, b.y, b.radius]), [...this.hand, HAND]]
      if (others.every(([x, y, r]) => distance([x, y], [block.x, block.y]) > r + block.radius + 1))
        this.blocks.push(block)
    }
  }

  /** Moves the hand by (dx, dy) pixels, as far as blocks against the rim let it. */
  step(dx: number, dy: number): void {
    const { left, right, top, bottom } = this.table
    for (let slice = 0; slice < SLICES; slice++) {
      const [x, y] = this.hand
      this.hand = [clamp(x + dx / SLICES, left + HAND, right - HAND), clamp(y + dy / SLICES, top + HAND, bottom - HAND)]
      // Twice, since a block that turns may come into the hand again.
      for (const block of [...this.blocks, ...this.blocks]) this.push(block)
      this.separate()
      for (const block of this.blocks) this.yieldTo(block)
    }
  }

  /** The hand moves a block out of its way, and turns it where it is hit off its middle. */
  private push(block: Block): void {
    const touch = contact(block, this.hand)
    if (!touch || touch.depth <= 0) return
    const { at, normal, depth } = touch
    block.x -= normal[0] * depth
    block.y -= normal[1] * depth
    if (block.corners.length === 0) return
    const arm: Point = [at[0] - block.x, at[1] - block.y]
    const angle = clamp((-(arm[0] * normal[1] - arm[1] * normal[0]) * depth) / (block.radius * block.radius), -0.3, 0.3)
    const [c, s] = block.turn
    block.turn = unit([c - s * angle, s + c * angle])
  }

  /** Blocks move apart, and stay on the table. */
  private separate(): void {
    const { left, right, top, bottom } = this.table
    for (let round = 0; round < 3; round++) {
      for (const [i, a] of this.blocks.entries())
        for (const b of this.blocks.slice(i + 1)) {
          const apart = distance([a.x, a.y], [b.x, b.y])
          const overlap = a.radius + b.radius - apart
          if (overlap <= 0 || apart === 0) continue
          const [u, v] = [(b.x - a.x) / apart, (b.y - a.y) / apart]
          // The one that the hand is nearer to is being pushed: the other gives way.
          const share = distance(this.hand, [a.x, a.y]) < distance(this.hand, [b.x, b.y]) ? 0 : 1
          a.x -= u * overlap * share
          a.y -= v * overlap * share
          b.x += u * overlap * (1 - share)
          b.y += v * overlap * (1 - share)
        }
      for (const block of this.blocks) {
        block.x = clamp(block.x, left + block.radius, right - block.radius)
        block.y = clamp(block.y, top + block.radius, bottom - block.radius)
      }
    }
  }

  /** A block that could not move stops the hand. */
  private yieldTo(block: Block): void {
    const touch = contact(block, this.hand)
    if (touch && touch.depth > 0)
      this.hand = [this.hand[0] + touch.normal[0] * touch.depth, this.hand[1] + touch.normal[1] * touch.depth]
  }
}

function createBlock(random: Random, { left, right, top, bottom }: Table): Block {
  const size = within(random, 3.2, 6)
  const sides = oneOf(random, SHAPES)
  const corners = sides.map(([x, y]) => [x * size, y * size] as const)
  const radius = corners.length === 0 ? size : Math.max(...corners.map(([x, y]) => Math.sqrt(x * x + y * y))) * 0.88
  const turn = unit([within(random, -1, 1), within(random, -1, 1) + 0.01])
  return {
    x: within(random, left + radius, right - radius),
    y: within(random, top + radius, bottom - radius),
    turn,
    corners,
    radius,
  }
}

/** Outlines about a middle, of size 1: a square, a bar, a triangle, a hexagon, a disc. */
const SHAPES: readonly (readonly Point[])[] = [
  [
    [-0.9, -0.9],
    [0.9, -0.9],
    [0.9, 0.9],
    [-0.9, 0.9],
  ],
  [
    [-1.25, -0.6],
    [1.25, -0.6],
    [1.25, 0.6],
    [-1.25, 0.6],
  ],
  [
    [0, -1.15],
    [1.05, 0.7],
    [-1.05, 0.7],
  ],
  [
    [-1, 0],
    [-0.5, -0.87],
    [0.5, -0.87],
    [1, 0],
    [0.5, 0.87],
    [-0.5, 0.87],
  ],
  [],
]

/** A block's corners on the table. */
export function outlineOf({ x, y, turn: [c, s], corners }: Block): Point[] {
  return corners.map(([u, v]) => [x + u * c - v * s, y + u * s + v * c])
}

/** Where a block is nearest to the hand, the direction from there to the hand's middle, and how deep the hand is in it. */
function contact(block: Block, hand: Point): { at: Point; normal: Point; depth: number } | undefined {
  const middle: Point = [block.x, block.y]
  if (distance(middle, hand) > block.radius * 1.2 + HAND) return undefined
  if (block.corners.length === 0) {
    const apart = distance(middle, hand) || 1
    const normal: Point = [(hand[0] - block.x) / apart, (hand[1] - block.y) / apart]
    return {
      at: [block.x + normal[0] * block.radius, block.y + normal[1] * block.radius],
      normal,
      depth: block.radius + HAND - apart,
    }
  }
  const points = outlineOf(block)
  let nearest: Point = middle
  let least = Number.POSITIVE_INFINITY
  let isInside = true
  let out: Point = [0, 0]
  for (const [i, a] of points.entries()) {
    const b = points[(i + 1) % points.length]
    const [ex, ey] = [b[0] - a[0], b[1] - a[1]]
    const along = clamp(((hand[0] - a[0]) * ex + (hand[1] - a[1]) * ey) / (ex * ex + ey * ey), 0, 1)
    const at: Point = [a[0] + along * ex, a[1] + along * ey]
    if (ex * (hand[1] - a[1]) - ey * (hand[0] - a[0]) < 0) isInside = false
    if (distance(at, hand) >= least) continue
    least = distance(at, hand)
    nearest = at
    out = unit([ey, -ex])
  }
  const normal = isInside || least === 0 ? out : unit([hand[0] - nearest[0], hand[1] - nearest[1]])
  return { at: nearest, normal, depth: isInside ? HAND + least : HAND - least }
}

export const clamp = (value: number, low: number, high: number): number => Math.max(low, Math.min(high, value))
export const distance = (a: Point, b: Point): number => Math.sqrt((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2)

export function unit([x, y]: Point): Point {
  const length = Math.sqrt(x * x + y * y)
  return length === 0 ? [1, 0] : [x / length, y / length]
}
