// Characters of the side view, for players and enemies: drawn, or cut from pictures. Each has poses of one size, with its feet at the
// bottom edge.

import type { Pcg } from '../../src/random.ts'
import { Canvas } from '../drawing/canvas.ts'
import { darken, luma } from '../drawing/palette.ts'
import { choose, uniform } from '../drawing/random_choice.ts'
import {
  addOutline,
  type Colour,
  type ColourStats,
  colourStats,
  createRaster,
  flipHorizontal,
  opaqueBounds,
  paste,
  type Raster,
  resize,
} from '../drawing/raster.ts'
import { KINDS, type Pose, STANCE } from './drawn_characters.ts'
import { cutOut } from './picture_sampler.ts'
import type { SkinContext } from './skin_context.ts'

const POSES: readonly Pose[] = [0, 1, 2, 3]
const [FAINT, BUSY] = [45, 40] // levels of brightness
const SUPERSAMPLING = 4

/** Sprites of one size, by pose and direction. */
export interface Character {
  width: number
  height: number
  stand: [left: Raster, right: Raster]
  strides: [left: Raster, right: Raster][] // alternate while it walks
  air: [left: Raster, right: Raster]
}

/**
 * Creates a random character of about `size` pixels.
 * @param behind statistics of the background, which decide on an outline
 * @param percentCut chance that it is cut from a picture, %
 */
export function createCharacter(
  context: SkinContext,
  size: number,
  behind: ColourStats,
  percentCut: number,
): Character {
  const { random } = context
  const picture = context.pictures.sample(percentCut)
  const drawn = picture ? characterFromPicture(context, cutOut(random, picture), size) : drawCharacter(context, size)
  const outlined = outlineIfFaint(random, drawn, behind)
  const box = union(outlined)
  const [stand, a, b, air] = outlined.map(pose => {
    const trimmed = resize(pose, box.width, box.height, box)
    return [flipHorizontal(trimmed), trimmed] as [Raster, Raster]
  })
  return { width: box.width, height: box.height, stand, strides: [a, b], air }
}

/** Outlines the poses if they have little contrast with the background, and otherwise at random. */
export function outlineIfFaint(random: Pcg, poses: Raster[], behind: ColourStats): Raster[] {
  const { brightness } = colourStats(poses[0])
  const isBusy = behind.spread > BUSY
  const isFaint = isBusy || Math.abs(brightness - behind.brightness) < FAINT
  if (!isFaint && !random.chance(33)) return poses
  // The outline contrasts with the background, or with the character if the background is busy.
  const isDark = isBusy ? brightness > 128 : behind.brightness > 128
  const line: Colour = isDark ? choose(random, [0x000000, 0x101828, 0x301010]) : 0xf4f4f4
  return poses.map(pose => addOutline(pose, line))
}

function drawCharacter(context: SkinContext, size: number): Raster[] {
  const { random } = context
  const kind = choose(random, KINDS)
  const draw = kind.create(context)
  const width = Math.max(5, Math.round(size * uniform(random, ...kind.width)))
  const crisp = random.chance(40)
  return POSES.map(pose => {
    const canvas = Canvas.create(SUPERSAMPLING * width, SUPERSAMPLING * size)
    draw(canvas, SUPERSAMPLING * width, SUPERSAMPLING * size, pose)
    const out = resize(canvas.raster, width, size)
    if (crisp) for (let i = 3; i < out.data.length; i += 4) out.data[i] = out.data[i] > 110 ? 255 : 0
    return out
  })
}

/** Turns a picture into a character: with added legs, or one pixel lower in every second stride. */
function characterFromPicture({ random, palette }: SkinContext, thing: Raster, size: number): Raster[] {
  const legs = random.chance(45) ? Math.max(2, Math.round(size * 0.25)) : 0
  const tall = size - legs
  const width = Math.max(4, Math.min(Math.round(size * 1.4), Math.round((thing.width * tall) / thing.height)))
  const height = Math.max(3, Math.min(tall, Math.round((thing.height * width) / thing.width)))
  const body = resize(thing, width, height)
  const short = resize(thing, width, Math.max(3, height - 1))
  const [r, g, b] = colourStats(body).colour
  const ink = random.chance(50) ? palette.accent() : (r << 16) | (g << 8) | b
  const pen = luma(ink) > 128 ? darken(ink, 0.6) : ink
  return POSES.map(pose => {
    const out = createRaster(width, height + legs)
    if (legs) {
      const canvas = new Canvas(out)
      const [a, b] = STANCE[pose]
      for (const k of [a, b])
        canvas.polyline(
          [
            [width / 2 + Math.sign(k) * width * 0.18, height - 1],
            [width / 2 + k * width * 0.34, height + legs - (pose === 3 ? 1.5 : 0.5)],
          ],
          1.4,
          pen,
        )
    }
    if (pose === 3) paste(out, short, 0, 0)
    else if (pose === 1 && legs === 0) paste(out, short, 0, body.height - short.height)
    else paste(out, body, 0, 0)
    return out
  })
}

/** The union of the bounding boxes of several rasters of one size. */
function union(pictures: readonly Raster[]) {
  const boxes = pictures.map(opaqueBounds).filter(box => box !== undefined)
  const [first] = pictures
  if (boxes.length === 0) return { x: 0, y: 0, width: first.width, height: first.height }
  const x = Math.min(...boxes.map(box => box.x))
  const y = Math.min(...boxes.map(box => box.y))
  return {
    x,
    y,
    width: Math.max(...boxes.map(box => box.x + box.width)) - x,
    height: Math.max(...boxes.map(box => box.y + box.height)) - y,
  }
}
