// Rendering of the arm's table in a tilted top view: blocks have side faces, the arm casts a shadow. Colours, textures, link sizes and
// the position of the base are random.

import type { Pcg } from '../../src/random.ts'
import { Canvas, type Point } from '../drawing/canvas.ts'
import { createPalette, darken, lighten, luma } from '../drawing/palette.ts'
import { choose, uniform } from '../drawing/random_choice.ts'
import { blendPixel, type Colour, createRaster, downsample2x, paste, type Raster } from '../drawing/raster.ts'
import { PictureSampler } from '../skins/picture_sampler.ts'
import { paintTexture } from '../skins/textures.ts'
import { type ArmWorld, type Block, cornersOf, HAND_RADIUS, type Table } from './arm_world.ts'

export const SCREEN = 64 // width and height, pixels
const SUPERSAMPLING = 2

/** A random table on the screen. */
export const createTable = (random: Pcg): Table => ({
  left: random.between(2, 6),
  top: random.between(8, 14),
  right: SCREEN - random.between(2, 6),
  bottom: SCREEN - random.between(2, 5),
})

interface Paint {
  top: Colour
  side: Colour
  height: number // of the side face, pixels
}

export class ArmScene {
  private readonly background: Raster // table and floor, supersampled
  private readonly paints: Paint[]
  private readonly base: Point
  private readonly elbowSide: -1 | 1
  private readonly links: { lower: number; upper: number; width: number; colour: Colour; joint: Colour }
  private readonly hand: { colour: Colour; height: number; isFork: boolean }

  private constructor(random: Pcg, world: ArmWorld, background: Raster, table: Colour) {
    this.background = background
    const palette = createPalette(random)
    const seen = (): Colour => {
      const colour = palette.accent()
      if (Math.abs(luma(colour) - luma(table)) > 40) return colour
      return luma(table) > 120 ? darken(colour, 0.55) : lighten(colour, 0.55)
    }
    this.paints = world.blocks.map(() => {
      const top = seen()
      return { top, side: darken(top, 0.4), height: uniform(random, 1.5, 3.5) }
    })
    this.base = choose(random, [
      [uniform(random, 20, 44), -2],
      [uniform(random, 20, 44), -2],
      [-1, uniform(random, 20, 40)],
      [SCREEN + 1, uniform(random, 20, 40)],
    ] as const)
    this.elbowSide = random.chance(50) ? 1 : -1
    const lower = uniform(random, 34, 40)
    this.links = {
      lower,
      upper: lower + uniform(random, -2, 8),
      width: uniform(random, 4, 7),
      colour: seen(),
      joint: seen(),
    }
    this.hand = { colour: seen(), height: uniform(random, 3, 5), isFork: random.chance(50) }
  }

  static async create(random: Pcg, world: ArmWorld): Promise<ArmScene> {
    const context = { random, palette: createPalette(random), pictures: await PictureSampler.open(random, undefined) }
    const { left, top, right, bottom } = world.table
    const size = SUPERSAMPLING * SCREEN
    const floor = paintTexture(context, size, context.palette.sky[0], 0)
    const canvas = new Canvas(floor)
    const colour = context.palette.ground
    const cloth = paintTexture(context, size, colour, 0)
    const rim = darken(colour, uniform(random, 0.2, 0.6))
    canvas.rect(
      SUPERSAMPLING * left - 4,
      SUPERSAMPLING * top - 4,
      SUPERSAMPLING * (right - left) + 8,
      SUPERSAMPLING * (bottom - top) + 10,
      darken(rim, 0.5),
    )
    canvas.rect(
      SUPERSAMPLING * left - 4,
      SUPERSAMPLING * top - 4,
      SUPERSAMPLING * (right - left) + 8,
      SUPERSAMPLING * (bottom - top) + 6,
      rim,
    )
    const calm = uniform(random, 0.4, 1)
    for (let y = SUPERSAMPLING * top; y < SUPERSAMPLING * bottom; y++)
      for (let x = SUPERSAMPLING * left; x < SUPERSAMPLING * right; x++) {
        const from = 4 * (y * size + x)
        canvas.rect(x, y, 1, 1, colour)
        const [r, g, b] = cloth.data.subarray(from, from + 3)
        blendPixel(floor.data, from, r, g, b, Math.round(255 * (1 - calm * 0.7)))
      }
    for (let marks = random.below(3); marks > 0; marks--) {
      const at = [uniform(random, left + 10, right - 10), uniform(random, top + 8, bottom - 8)].map(
        v => SUPERSAMPLING * v,
      )
      const r = uniform(random, 8, 16)
      canvas.ellipse(at[0], at[1], r, r, lighten(colour, 0.35))
      canvas.ellipse(at[0], at[1], r - 3, r - 3, colour)
    }
    return new ArmScene(random, world, floor, colour)
  }

  /** Renders the current frame into `rgb` [64, 64, 3]. */
  render(world: ArmWorld, rgb: Uint8Array): void {
    const big = createRaster(this.background.width, this.background.height)
    paste(big, this.background, 0, 0)
    const canvas = new Canvas(big)
    for (const block of world.blocks) drawBlock(canvas, block, 0, 0, 0x000000, 70, 2)
    const blocks = world.blocks.map((block, i) => ({ block, paint: this.paints[i] }))
    for (const { block, paint } of blocks.sort((a, b) => a.block.y - b.block.y)) {
      for (let h = 0; h < paint.height * SUPERSAMPLING; h++) drawBlock(canvas, block, 0, -h, paint.side, 255)
      drawBlock(canvas, block, 0, -paint.height * SUPERSAMPLING, paint.top, 255)
    }
    this.drawArm(canvas, world.hand)
    const small = downsample2x(big)
    for (let i = 0; i < SCREEN * SCREEN; i++) for (let c = 0; c < 3; c++) rgb[3 * i + c] = small.data[4 * i + c]
  }

  private drawArm(canvas: Canvas, hand: Point): void {
    const { base, links, elbowSide } = this
    const over: Point = [hand[0], hand[1] - this.hand.height - 3]
    const [bx, by] = base
    const [dx, dy] = [over[0] - bx, over[1] - by]
    const apart = Math.sqrt(dx * dx + dy * dy) || 1
    const { lower, upper } = links
    const along = (lower * lower - upper * upper + apart * apart) / (2 * apart)
    const out = Math.sqrt(Math.max(0, lower * lower - along * along)) * elbowSide
    const elbow: Point = [
      bx + (dx / apart) * along - (dy / apart) * out,
      by + (dy / apart) * along + (dx / apart) * out,
    ]
    const scaled = (p: Point, down = 0): Point => [SUPERSAMPLING * p[0], SUPERSAMPLING * (p[1] + down)]
    const width = SUPERSAMPLING * links.width
    const shadow = Canvas.create(canvas.raster.width, canvas.raster.height)
    shadow.polyline([scaled(base, 6), scaled(elbow, 6), scaled(over, this.hand.height + 3)], width * 0.8, 0x000000)
    for (let i = 3; i < shadow.raster.data.length; i += 4) if (shadow.raster.data[i] > 0) shadow.raster.data[i] = 60
    paste(canvas.raster, shadow.raster, 0, 0)
    this.drawHand(canvas, scaled(hand), scaled(over))
    const dark = darken(links.colour, 0.45)
    canvas.polyline([scaled(elbow), scaled(over)], width * 0.75, dark)
    canvas.polyline([scaled(elbow), scaled(over)], width * 0.75 - 2.5, links.colour)
    canvas.polyline([scaled(base), scaled(elbow)], width, dark)
    canvas.polyline([scaled(base), scaled(elbow)], width - 2.5, links.colour)
    for (const [joint, r] of [
      [elbow, 0.62],
      [over, 0.5],
      [base, 0.8],
    ] as const) {
      const [x, y] = scaled(joint)
      canvas.ellipse(x, y, width * r, width * r, darken(links.joint, 0.5))
      canvas.ellipse(x, y, width * r - 1.5, width * r - 1.5, links.joint)
    }
  }

  /** The end effector: a rod, or a gripper of two fingers. */
  private drawHand(canvas: Canvas, foot: Point, over: Point): void {
    const { colour, isFork } = this.hand
    const dark = darken(colour, 0.5)
    const r = SUPERSAMPLING * HAND_RADIUS
    for (const side of isFork ? [-1, 1] : [0]) {
      const x = foot[0] + side * r * 0.7
      canvas.polyline(
        [
          [x, foot[1] - (isFork ? 0 : r * 0.3)],
          [over[0] + side * r * 0.5, over[1]],
        ],
        isFork ? r * 0.7 : r * 0.9,
        dark,
      )
      canvas.polyline(
        [
          [x, foot[1] - (isFork ? 0 : r * 0.3)],
          [over[0] + side * r * 0.5, over[1]],
        ],
        (isFork ? r * 0.7 : r * 0.9) - 1.5,
        colour,
      )
    }
    if (isFork) return
    canvas.ellipse(foot[0], foot[1], r, r * 0.8, dark)
    canvas.ellipse(foot[0], foot[1] - 1, r - 1, r * 0.8 - 1, colour)
  }
}

function drawBlock(
  canvas: Canvas,
  block: Block,
  dx: number,
  dy: number,
  colour: Colour,
  alpha: number,
  grow = 0,
): void {
  const [x, y, r] = [SUPERSAMPLING * block.x + dx, SUPERSAMPLING * block.y + dy, SUPERSAMPLING * block.radius]
  if (block.corners.length === 0) canvas.ellipse(x + grow, y + grow, r, r, colour, alpha)
  else
    canvas.polygon(
      cornersOf(block).map(([u, v]) => [SUPERSAMPLING * u + dx + grow, SUPERSAMPLING * v + dy + grow]),
      colour,
      alpha,
    )
}
