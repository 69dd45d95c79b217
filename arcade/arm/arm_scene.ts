// How the table, the blocks and the arm look: seen from above and a little from the front, so that blocks have sides and the arm, which
// is over them, a shadow. Colours, cloths, shapes and where the arm stands are by chance.

import type { Random } from '../../src/random.ts'
import { Canvas, type Point } from '../drawing/canvas.ts'
import { brightness, createPalette, darker, lighter, oneOf, within } from '../drawing/palette.ts'
import { blendPixel, type Colour, createRaster, halve, paste, type Raster } from '../drawing/raster.ts'
import { Supply } from '../skins/supply.ts'
import { paintTexture } from '../skins/textures.ts'
import { type ArmWorld, type Block, HAND, outlineOf, type Table } from './arm_world.ts'

export const SCREEN = 64 // pixels each way
const FINE = 2 // how much larger all is drawn than it is shown

/** Where the table lies on the screen. */
export const createTable = (random: Random): Table => ({
  left: random.between(2, 6),
  top: random.between(8, 14),
  right: SCREEN - random.between(2, 6),
  bottom: SCREEN - random.between(2, 5),
})

interface Paint {
  top: Colour
  side: Colour
  height: number // pixels that a block is high
}

export class ArmScene {
  private readonly room: Raster // the table and what is about it, twice as large as the screen
  private readonly paints: Paint[]
  private readonly base: Point
  private readonly elbowSide: -1 | 1
  private readonly links: { lower: number; upper: number; width: number; colour: Colour; joint: Colour }
  private readonly hand: { colour: Colour; height: number; isFork: boolean }

  private constructor(random: Random, world: ArmWorld, room: Raster, table: Colour) {
    this.room = room
    const palette = createPalette(random)
    const seen = (): Colour => {
      const colour = palette.vivid()
      if (Math.abs(brightness(colour) - brightness(table)) > 40) return colour
      return brightness(table) > 120 ? darker(colour, 0.55) : lighter(colour, 0.55)
    }
    this.paints = world.blocks.map(() => {
      const top = seen()
      return { top, side: darker(top, 0.4), height: within(random, 1.5, 3.5) }
    })
    this.base = oneOf(random, [
      [within(random, 20, 44), -2],
      [within(random, 20, 44), -2],
      [-1, within(random, 20, 40)],
      [SCREEN + 1, within(random, 20, 40)],
    ] as const)
    this.elbowSide = random.chance(50) ? 1 : -1
    const lower = within(random, 34, 40)
    this.links = {
      lower,
      upper: lower + within(random, -2, 8),
      width: within(random, 4, 7),
      colour: seen(),
      joint: seen(),
    }
    this.hand = { colour: seen(), height: within(random, 3, 5), isFork: random.chance(50) }
  }

  static async create(random: Random, world: ArmWorld): Promise<ArmScene> {
    const brush = { random, palette: createPalette(random), supply: await Supply.open(random, undefined) }
    const { left, top, right, bottom } = world.table
    const size = FINE * SCREEN
    const floor = paintTexture(brush, size, brush.palette.sky[0], 0)
    const canvas = new Canvas(floor)
    const colour = brush.palette.ground
    const cloth = paintTexture(brush, size, colour, 0)
    const rim = darker(colour, within(random, 0.2, 0.6))
    canvas.box(FINE * left - 4, FINE * top - 4, FINE * (right - left) + 8, FINE * (bottom - top) + 10, darker(rim, 0.5))
    canvas.box(FINE * left - 4, FINE * top - 4, FINE * (right - left) + 8, FINE * (bottom - top) + 6, rim)
    const calm = within(random, 0.4, 1)
    for (let y = FINE * top; y < FINE * bottom; y++)
      for (let x = FINE * left; x < FINE * right; x++) {
        const from = 4 * (y * size + x)
        canvas.box(x, y, 1, 1, colour)
        const [r, g, b] = cloth.data.subarray(from, from + 3)
        blendPixel(floor.data, from, r, g, b, Math.round(255 * (1 - calm * 0.7)))
      }
    for (let marks = random.below(3); marks > 0; marks--) {
      const at = [within(random, left + 10, right - 10), within(random, top + 8, bottom - 8)].map(v => FINE * v)
      const r = within(random, 8, 16)
      canvas.disc(at[0], at[1], r, r, lighter(colour, 0.35))
      canvas.disc(at[0], at[1], r - 3, r - 3, colour)
    }
    return new ArmScene(random, world, floor, colour)
  }

  /** Draws the picture into `rgb` [64, 64, 3]. */
  render(world: ArmWorld, rgb: Uint8Array): void {
    const big = createRaster(this.room.width, this.room.height)
    paste(big, this.room, 0, 0)
    const canvas = new Canvas(big)
    for (const block of world.blocks) drawBlock(canvas, block, 0, 0, 0x000000, 70, 2)
    const blocks = world.blocks.map((block, i) => ({ block, paint: this.paints[i] }))
    for (const { block, paint } of blocks.sort((a, b) => a.block.y - b.block.y)) {
      for (let h = 0; h < paint.height * FINE; h++) drawBlock(canvas, block, 0, -h, paint.side, 255)
      drawBlock(canvas, block, 0, -paint.height * FINE, paint.top, 255)
    }
    this.drawArm(canvas, world.hand)
    const small = halve(big)
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
    const scaled = (p: Point, down = 0): Point => [FINE * p[0], FINE * (p[1] + down)]
    const width = FINE * links.width
    const shadow = Canvas.create(canvas.raster.width, canvas.raster.height)
    shadow.line([scaled(base, 6), scaled(elbow, 6), scaled(over, this.hand.height + 3)], width * 0.8, 0x000000)
    for (let i = 3; i < shadow.raster.data.length; i += 4) if (shadow.raster.data[i] > 0) shadow.raster.data[i] = 60
    paste(canvas.raster, shadow.raster, 0, 0)
    this.drawHand(canvas, scaled(hand), scaled(over))
    const dark = darker(links.colour, 0.45)
    canvas.line([scaled(elbow), scaled(over)], width * 0.75, dark)
    canvas.line([scaled(elbow), scaled(over)], width * 0.75 - 2.5, links.colour)
    canvas.line([scaled(base), scaled(elbow)], width, dark)
    canvas.line([scaled(base), scaled(elbow)], width - 2.5, links.colour)
    for (const [joint, r] of [
      [elbow, 0.62],
      [over, 0.5],
      [base, 0.8],
    ] as const) {
      const [x, y] = scaled(joint)
      canvas.disc(x, y, width * r, width * r, darker(links.joint, 0.5))
      canvas.disc(x, y, width * r - 1.5, width * r - 1.5, links.joint)
    }
  }

  /** A rod with a round end on the table, or a fork of two fingers. */
  private drawHand(canvas: Canvas, foot: Point, over: Point): void {
    const { colour, isFork } = this.hand
    const dark = darker(colour, 0.5)
    const r = FINE * HAND
    for (const side of isFork ? [-1, 1] : [0]) {
      const x = foot[0] + side * r * 0.7
      canvas.line(
        [
          [x, foot[1] - (isFork ? 0 : r * 0.3)],
          [over[0] + side * r * 0.5, over[1]],
        ],
        isFork ? r * 0.7 : r * 0.9,
        dark,
      )
      canvas.line(
        [
          [x, foot[1] - (isFork ? 0 : r * 0.3)],
          [over[0] + side * r * 0.5, over[1]],
        ],
        (isFork ? r * 0.7 : r * 0.9) - 1.5,
        colour,
      )
    }
    if (isFork) return
    canvas.disc(foot[0], foot[1], r, r * 0.8, dark)
    canvas.disc(foot[0], foot[1] - 1, r - 1, r * 0.8 - 1, colour)
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
  const [x, y, r] = [FINE * block.x + dx, FINE * block.y + dy, FINE * block.radius]
  if (block.corners.length === 0) canvas.disc(x + grow, y + grow, r, r, colour, alpha)
  else
    canvas.polygon(
      outlineOf(block).map(([u, v]) => [FINE * u + dx + grow, FINE * v + dy + grow]),
      colour,
      alpha,
    )
}
