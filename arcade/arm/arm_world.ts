// Quasi-static physics of a hand that pushes blocks on a table. Blocks have no mass and no speed. Lengths are screen pixels. The
// arithmetic is +, −, ×, ÷ and square roots, so that results are equal on every machine.

import type { Pcg } from '../../src/random.ts'
import { choose, uniform } from '../drawing/random_choice.ts'

export type Point = readonly [x: number, y: number]

export interface Block {
  x: number // centre
  y: number
  /** Orientation as a unit vector (cos, sin). */
  turn: Point
  /** Corners relative to the centre before rotation, clockwise. Empty for a disc. */
  corners: readonly Point[]
  /** Radius of the disc that stands for it in collisions between blocks. */
  radius: number
}

export interface Table {
  left: number
  top: number
  right: number
  bottom: number
}

export const HAND_RADIUS = 2.6 // pixels
const SUBSTEPS = 4 // per frame

export class ArmWorld {
  readonly blocks: Block[] = []
  hand: Point

  constructor(
    random: Pcg,
    readonly table: Table,
  ) {
    const { left, right, top, bottom } = table
    this.hand = [uniform(random, left + 8, right - 8), uniform(random, top + 4, bottom - 8)]
    const wanted = random.between(2, 5)
    for (let tries = 0; this.blocks.length < wanted && tries < 60; tries++) {
      const block = createBlock(random, table)
      const others = [...this.blocks.map(b => [b.x, b.y, b.radius]), [...this.hand, HAND_RADIUS]]
      if (others.every(([x, y, r]) => distance([x, y], [block.x, block.y]) > r + block.radius + 1))
        this.blocks.push(block)
    }
  }

  /** Moves the hand by (dx, dy) pixels, or less where blocks against the table's edge stop it. */
  step(dx: number, dy: number): void {
    const { left, right, top, bottom } = this.table
    for (let slice = 0; slice < SUBSTEPS; slice++) {
      const [x, y] = this.hand
      this.hand = [
        clamp(x + dx / SUBSTEPS, left + HAND_RADIUS, right - HAND_RADIUS),
        clamp(y + dy / SUBSTEPS, top + HAND_RADIUS, bottom - HAND_RADIUS),
      ]
      // Twice, since a block that rotates may overlap the hand again.
      for (const block of [...this.blocks, ...this.blocks]) this.push(block)
      this.resolveOverlaps()
      for (const block of this.blocks) this.stopHandAt(block)
    }
  }

  /** Moves a block out of the hand, and rotates it if the contact is off-centre. */
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

  /** Moves overlapping blocks apart and keeps all on the table. */
  private resolveOverlaps(): void {
    const { left, right, top, bottom } = this.table
    for (let round = 0; round < 3; round++) {
      for (const [i, a] of this.blocks.entries())
        for (const b of this.blocks.slice(i + 1)) {
          const apart = distance([a.x, a.y], [b.x, b.y])
          const overlap = a.radius + b.radius - apart
          if (overlap <= 0 || apart === 0) continue
          const [u, v] = [(b.x - a.x) / apart, (b.y - a.y) / apart]
          // The hand pushes the nearer block, so the other one moves.
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

  /** Moves the hand out of a block that could not move. */
  private stopHandAt(block: Block): void {
    const touch = contact(block, this.hand)
    if (touch && touch.depth > 0)
      this.hand = [this.hand[0] + touch.normal[0] * touch.depth, this.hand[1] + touch.normal[1] * touch.depth]
  }
}

function createBlock(random: Pcg, { left, right, top, bottom }: Table): Block {
  const size = uniform(random, 3.2, 6)
  const sides = choose(random, SHAPES)
  const corners = sides.map(([x, y]) => [x * size, y * size] as const)
  const radius = corners.length === 0 ? size : Math.max(...corners.map(([x, y]) => Math.sqrt(x * x + y * y))) * 0.88
  const turn = unit([uniform(random, -1, 1), uniform(random, -1, 1) + 0.01])
  return {
    x: uniform(random, left + radius, right - radius),
    y: uniform(random, top + radius, bottom - radius),
    turn,
    corners,
    radius,
  }
}

/** Corners of unit shapes: a square, a bar, a triangle, a hexagon, a disc. */
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

/** A block's corners in table coordinates. */
export function cornersOf({ x, y, turn: [c, s], corners }: Block): Point[] {
  return corners.map(([u, v]) => [x + u * c - v * s, y + u * s + v * c])
}

/** The contact of hand and block: nearest point, normal towards the hand, penetration depth. Undefined if they are far apart. */
function contact(block: Block, hand: Point): { at: Point; normal: Point; depth: number } | undefined {
  const middle: Point = [block.x, block.y]
  if (distance(middle, hand) > block.radius * 1.2 + HAND_RADIUS) return undefined
  if (block.corners.length === 0) {
    const apart = distance(middle, hand) || 1
    const normal: Point = [(hand[0] - block.x) / apart, (hand[1] - block.y) / apart]
    return {
      at: [block.x + normal[0] * block.radius, block.y + normal[1] * block.radius],
      normal,
      depth: block.radius + HAND_RADIUS - apart,
    }
  }
  const points = cornersOf(block)
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
  return { at: nearest, normal, depth: isInside ? HAND_RADIUS + least : HAND_RADIUS - least }
}

export const clamp = (value: number, low: number, high: number): number => Math.max(low, Math.min(high, value))
export function distance(a: Point, b: Point): number {
  const [x, y] = [a[0] - b[0], a[1] - b[1]]
  return Math.sqrt(x * x + y * y)
}

export function unit([x, y]: Point): Point {
  const length = Math.sqrt(x * x + y * y)
  return length === 0 ? [1, 0] : [x / length, y / length]
}
