// Those who move: players and enemies, drawn (stick figures, people, animals, blobs, robots, balls) or cut from pictures. Each
// has a few poses of one size, facing right, its feet on the lower edge.

import type { Random } from '../../src/random.ts'
import { Canvas } from '../drawing/canvas.ts'
import { brightness, darker, oneOf, within } from '../drawing/palette.ts'
import {
  type Colour,
  contents,
  createRaster,
  mirror,
  outline,
  paste,
  type Raster,
  resize,
  type Tone,
  toneOf,
} from '../drawing/raster.ts'
import type { Brush } from './brush.ts'
import { KINDS, type Pose, STANCE } from './drawn_figures.ts'
import { cutOut } from './supply.ts'

const POSES: readonly Pose[] = [0, 1, 2, 3]
const [FAINT, BUSY] = [45, 40] // levels of brightness
const FINE = 4 // how much larger a figure is drawn than it is shown

/** Poses of one size. */
export interface Figure {
  width: number
  height: number
  stand: [left: Raster, right: Raster]
  strides: [left: Raster, right: Raster][] // in turn while it walks
  air: [left: Raster, right: Raster]
}

/**
 * A figure of about `size` pixels, told from what is `behind` it by a line where its colours do not do so.
 * @param percentCut how often in a hundred it is cut from a picture, where there are any
 */
export function createFigure(brush: Brush, size: number, behind: Tone, percentCut: number): Figure {
  const { random } = brush
  const picture = brush.supply.take(percentCut)
  const drawn = picture ? cutFigure(brush, cutOut(random, picture), size) : drawFigure(brush, size)
  const outlined = setApart(random, drawn, behind)
  const box = union(outlined)
  const [stand, a, b, air] = outlined.map(pose => {
    const trimmed = resize(pose, box.width, box.height, box)
    return [mirror(trimmed), trimmed] as [Raster, Raster]
  })
  return { width: box.width, height: box.height, stand, strides: [a, b], air }
}

/** The poses, with a line about them where they would hardly be seen before what is behind them, and at times anyway. */
export function setApart(random: Random, poses: Raster[], behind: Tone): Raster[] {
  const { brightness } = toneOf(poses[0])
  const isBusy = behind.spread > BUSY
  const isFaint = isBusy || Math.abs(brightness - behind.brightness) < FAINT
  if (!isFaint && !random.chance(33)) return poses
  // Before something busy the line must be told from the figure, elsewhere from what is behind it.
  const isDark = isBusy ? brightness > 128 : behind.brightness > 128
  const line: Colour = isDark ? oneOf(random, [0x000000, 0x101828, 0x301010]) : 0xf4f4f4
  return poses.map(pose => outline(pose, line))
}

function drawFigure(brush: Brush, size: number): Raster[] {
  const { random } = brush
  const kind = oneOf(random, KINDS)
  const draw = kind.create(brush)
  const width = Math.max(5, Math.round(size * within(random, ...kind.width)))
  const crisp = random.chance(40)
  return POSES.map(pose => {
    const canvas = Canvas.create(FINE * width, FINE * size)
    draw(canvas, FINE * width, FINE * size, pose)
    const out = resize(canvas.raster, width, size)
    if (crisp) for (let i = 3; i < out.data.length; i += 4) out.data[i] = out.data[i] > 110 ? 255 : 0
    return out
  })
}

/** A picture as a figure: it bobs as it goes, or has been given legs, and leans in the air. */
function cutFigure({ random, palette }: Brush, thing: Raster, size: number): Raster[] {
  const legs = random.chance(45) ? Math.max(2, Math.round(size * 0.25)) : 0
  const tall = size - legs
  const width = Math.max(4, Math.min(Math.round(size * 1.4), Math.round((thing.width * tall) / thing.height)))
  const height = Math.max(3, Math.min(tall, Math.round((thing.height * width) / thing.width)))
  const body = resize(thing, width, height)
  const short = resize(thing, width, Math.max(3, height - 1))
  const { colour } = toneOf(body)
  const ink = legs && random.chance(50) ? palette.vivid() : ((colour[0] << 16) | (colour[1] << 8) | colour[2]) >> 0
  const pen = brightness(ink) > 128 ? darker(ink, 0.6) : ink
  return POSES.map(pose => {
    const out = createRaster(width, height + legs)
    const bob = pose === 1 || pose === 3 ? body.height - short.height : 0
    if (legs) {
      const canvas = new Canvas(out)
      const [a, b] = STANCE[pose]
      for (const k of [a, b])
        canvas.line(
          [
            [width / 2 + Math.sign(k) * width * 0.18, height - 1],
            [width / 2 + k * width * 0.34, height + legs - (pose === 3 ? 1.5 : 0.5)],
          ],
          1.4,
          pen,
        )
    }
    if (pose === 3) paste(out, short, 0, 0)
    else paste(out, bob && !legs ? short : body, 0, bob && !legs ? 1 : 0)
    return out
  })
}

/** The box about what any of several pictures of one size shows. */
function union(pictures: readonly Raster[]) {
  const boxes = pictures.map(contents).filter(box => box !== undefined)
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
