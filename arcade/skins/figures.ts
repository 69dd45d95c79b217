// Those who move: players and enemies, drawn (stick figures, people, animals, blobs, robots, balls) or cut from pictures. Each
// has a few poses of one size, facing right, its feet on the lower edge.

import { Canvas } from '../drawing/canvas.ts'
import { brightness, darker, lighter, oneOf, within } from '../drawing/palette.ts'
import {
  type Colour,
  contents,
  createRaster,
  meanColour,
  mirror,
  outline,
  paste,
  type Raster,
  resize,
} from '../drawing/raster.ts'
import type { Brush } from './backgrounds.ts'
import { cutOut } from './supply.ts'

/** Poses of one size. */
export interface Figure {
  width: number
  height: number
  stand: [left: Raster, right: Raster]
  strides: [left: Raster, right: Raster][] // in turn while it walks
  air: [left: Raster, right: Raster]
}

/** 0 standing, 1 and 2 the strides, 3 in the air. */
type Pose = 0 | 1 | 2 | 3

const FINE = 4 // how much larger a figure is drawn than it is shown

/** Draws on a canvas of (4 width) × (4 height); `s` is 4 times the height. */
type Draw = (canvas: Canvas, width: number, s: number, pose: Pose) => void

/** Where two legs stand, in fractions of the stance. */
const STANCE: Record<Pose, [number, number]> = { 0: [-0.4, 0.4], 1: [-1, 1], 2: [0.15, -0.15], 3: [-0.9, 0.5] }

function stick({ random, palette }: Brush): Draw {
  const [ink, head] = [palette.vivid(), palette.vivid()]
  const filled = random.chance(50)
  const pen = within(random, 0.09, 0.16)
  const hat = random.chance(30) ? palette.vivid() : undefined
  return (canvas, w, s, pose) => {
    const [x, line] = [w / 2, pen * s]
    const hip = 0.66 * s
    const reach = 0.26 * s
    const [a, b] = STANCE[pose]
    canvas.line(
      [
        [x, 0.3 * s],
        [x, hip],
      ],
      line,
      ink,
    )
    canvas.line(
      [
        [x + a * reach, s - line / 2],
        [x, hip],
        [x + b * reach, pose === 3 ? 0.9 * s : s - line / 2],
      ],
      line,
      ink,
    )
    const arm = pose === 3 ? -0.14 : pose === 2 ? 0.1 : 0.02
    canvas.line(
      [
        [x - reach, (0.5 + arm) * s],
        [x, 0.42 * s],
        [x + reach, (0.5 - arm * (pose === 3 ? -1 : 1)) * s],
      ],
      line,
      ink,
    )
    canvas.disc(x, 0.18 * s, 0.18 * s, 0.18 * s, ink)
    if (filled) canvas.disc(x, 0.18 * s, 0.18 * s - 0.7 * line, 0.18 * s - 0.7 * line, head)
    if (hat !== undefined) canvas.box(x - 0.2 * s, 0, 0.4 * s, 0.1 * s, hat)
  }
}

function person({ random, palette }: Brush): Draw {
  const skin = oneOf(random, [0xffe0b8, 0xe8b890, 0xa87048, 0x6a4428, palette.vivid()])
  const [shirt, trousers, hair, boots] = [
    palette.vivid(),
    palette.vivid(),
    palette.vivid(),
    darker(palette.vivid(), 0.6),
  ]
  const wide = within(random, 0.36, 0.56)
  const head = within(random, 0.34, 0.46)
  const cap = random.chance(50)
  const cape = random.chance(25) ? palette.vivid() : undefined
  return (canvas, w, s, pose) => {
    const x = w / 2
    const half = (wide * s) / 2
    const hip = 0.72 * s
    const leg = 0.34 * half * 2
    if (cape !== undefined)
      canvas.polygon(
        [
          [x, head * s],
          [x - half * 1.6, (pose === 0 ? 0.9 : 0.8) * s],
          [x, 0.85 * s],
        ],
        cape,
      )
    const [a, b] = STANCE[pose]
    for (const [k, at] of [a, b].entries()) {
      const foot = x + at * half * 0.9
      const lift = pose === 3 ? 0.08 * s * k : 0
      canvas.line(
        [
          [x + Math.sign(at) * half * 0.35, hip],
          [foot, s - leg / 2 - lift],
        ],
        leg,
        trousers,
      )
      canvas.box(foot - leg / 2, s - 0.09 * s - lift, leg * 1.4, 0.09 * s, boots)
    }
    canvas.box(x - half, (head - 0.04) * s, 2 * half, hip - (head - 0.06) * s, shirt)
    const arm = pose === 3 ? 0.36 : pose === 1 ? 0.62 : 0.66
    canvas.line(
      [
        [x - half * 0.2, 0.5 * s],
        [x + half * (pose === 2 ? 0.4 : 1.1), arm * s],
      ],
      0.13 * s,
      lighter(shirt, 0.25),
    )
    canvas.disc(x, (head * s) / 2, half * 1.05, (head * s) / 2, skin)
    canvas.box(x - half * 1.05, 0, half * 2.1, head * s * 0.3, hair)
    canvas.box(x - half * 1.05, 0, half * 0.6, head * s * 0.7, hair)
    if (cap) canvas.box(x, head * s * 0.26, half * 1.5, head * s * 0.16, hair)
    canvas.box(x + half * 0.35, head * s * 0.42, 0.09 * s, 0.12 * s, 0x101018)
  }
}

function blob({ random, palette }: Brush): Draw {
  const body = palette.vivid()
  const shade = darker(body, 0.35)
  const eye = within(random, 0.1, 0.17)
  const pair = random.chance(60)
  const ears = random.chance(40)
  const flatBottom = random.chance(50)
  return (canvas, w, s, pose) => {
    const squash = { 0: 0.86, 1: 0.74, 2: 0.92, 3: 1 }[pose]
    const [x, ry] = [w / 2, (s * squash) / 2]
    const rx = (w / 2) * (1.86 - squash) * 0.98
    const y = s - ry
    if (ears)
      for (const k of [-1, 1])
        canvas.polygon(
          [
            [x + k * rx * 0.75, y],
            [x + k * rx * 0.2, y - ry * 0.8],
            [x + k * rx * 0.8, y - ry],
          ],
          shade,
        )
    canvas.disc(x, y, Math.min(rx, w / 2), ry, shade)
    canvas.disc(x, y - 0.06 * s, Math.min(rx, w / 2), ry - 0.06 * s, body)
    if (flatBottom) canvas.box(x - rx * 0.8, y, rx * 1.6, s - y, body)
    for (const k of pair ? [-0.1, 0.55] : [0.3]) {
      canvas.disc(x + k * rx, y - ry * 0.2, eye * s, eye * s * 1.15, 0xffffff)
      canvas.disc(x + k * rx + eye * s * 0.35, y - ry * 0.15, eye * s * 0.55, eye * s * 0.6, 0x101018)
    }
  }
}

function animal({ random, palette }: Brush): Draw {
  const coat = palette.vivid()
  const [dark, pale] = [darker(coat, 0.35), lighter(coat, 0.5)]
  const long = random.chance(50)
  const spots = random.chance(40)
  return (canvas, w, s, pose) => {
    const y = 0.58 * s
    const [a, b] = STANCE[pose]
    for (const [at, k] of [
      [0.24, a],
      [0.34, b],
      [0.66, b],
      [0.76, a],
    ])
      canvas.line(
        [
          [at * w, y],
          [at * w + k * 0.12 * s, pose === 3 ? 0.9 * s : 0.96 * s],
        ],
        0.1 * s,
        dark,
      )
    canvas.line(
      [
        [0.14 * w, y],
        [0.03 * w, (pose % 2 ? 0.2 : 0.36) * s],
      ],
      0.09 * s,
      dark,
    )
    canvas.disc(0.48 * w, y, 0.38 * w, 0.22 * s, coat)
    if (spots) for (const at of [0.3, 0.5]) canvas.disc(at * w, y - 0.04 * s, 0.08 * s, 0.08 * s, pale)
    if (long)
      canvas.line(
        [
          [0.74 * w, y],
          [0.82 * w, 0.3 * s],
        ],
        0.16 * s,
        coat,
      )
    const [hx, hy] = [0.82 * w, (long ? 0.2 : 0.36) * s]
    canvas.disc(hx, hy, 0.2 * s, 0.18 * s, coat)
    canvas.polygon(
      [
        [hx - 0.16 * s, hy],
        [hx - 0.12 * s, hy - 0.3 * s],
        [hx, hy - 0.12 * s],
      ],
      dark,
    )
    canvas.box(hx + 0.12 * s, hy, 0.14 * s, 0.1 * s, dark)
    canvas.disc(hx + 0.06 * s, hy - 0.05 * s, 0.05 * s, 0.06 * s, 0x101018)
  }
}

function robot({ random, palette }: Brush): Draw {
  const [metal, light, wheels] = [palette.vivid(), palette.vivid(), random.chance(50)]
  const dark = darker(metal, 0.5)
  return (canvas, w, s, pose) => {
    const lift = pose === 3 ? 0 : pose === 2 ? 0.04 * s : 0
    canvas.box(0.44 * w, 0, 0.06 * s, 0.16 * s, dark)
    canvas.disc(0.47 * w, 0.06 * s, 0.07 * s, 0.07 * s, light)
    canvas.box(0.1 * w, 0.12 * s + lift, 0.8 * w, 0.36 * s, metal)
    canvas.box(0.42 * w, 0.2 * s + lift, 0.4 * w, 0.16 * s, 0x101018)
    canvas.box(0.6 * w, 0.22 * s + lift, 0.12 * w, 0.1 * s, light)
    canvas.box(0.18 * w, 0.48 * s + lift, 0.64 * w, 0.32 * s, dark)
    const [a, b] = STANCE[pose]
    for (const k of [a, b])
      if (wheels) canvas.disc((0.5 + 0.3 * Math.sign(k)) * w, 0.89 * s, 0.11 * s, 0.11 * s, pose % 2 ? light : metal)
      else canvas.box((0.42 + 0.24 * k) * w, 0.78 * s, 0.16 * w, 0.22 * s - (pose === 3 ? 0.06 * s : 0), metal)
  }
}

/** A ball: its stripe turns as it rolls. */
function ball({ palette }: Brush): Draw {
  const [one, two] = [palette.vivid(), palette.vivid()]
  return (canvas, w, s, pose) => {
    const r = Math.min(w, s) / 2
    const [x, y] = [w / 2, s - r]
    canvas.disc(x, y, r, r, darker(one, 0.5))
    canvas.disc(x, y, r * 0.88, r * 0.88, one)
    const [u, v] = [
      [0, 1],
      [0.7, 0.7],
      [1, 0],
      [0.7, -0.7],
    ][pose]
    canvas.line(
      [
        [x - u * r * 0.7, y - v * r * 0.7],
        [x + u * r * 0.7, y + v * r * 0.7],
      ],
      r * 0.5,
      two,
    )
  }
}

const DRAWN = [stick, person, person, blob, animal, robot, ball]

/**
 * A figure of about `size` pixels, told from what is `behind` it by a line where its colours do not do so.
 * @param percentCut how often in a hundred it is cut from a picture, where there are any
 */
export function createFigure(brush: Brush, size: number, behind: number, percentCut: number): Figure {
  const { random } = brush
  const picture = brush.supply.take(percentCut)
  const drawn = picture ? cutFigure(brush, cutOut(random, picture), size) : drawFigure(brush, size)
  const { brightness: own } = meanColour(drawn[0])
  const isFaint = Math.abs(own - behind) < 45
  const line: Colour = behind > 128 ? oneOf(random, [0x000000, 0x101828, 0x301010]) : 0xf4f4f4
  const outlined = isFaint || random.chance(35) ? drawn.map(pose => outline(pose, line)) : drawn
  const box = union(outlined)
  const [stand, a, b, air] = outlined.map(pose => {
    const trimmed = resize(pose, box.width, box.height, box)
    return [mirror(trimmed), trimmed] as [Raster, Raster]
  })
  return { width: box.width, height: box.height, stand, strides: [a, b], air }
}

function drawFigure(brush: Brush, size: number): Raster[] {
  const { random } = brush
  const kind = oneOf(random, DRAWN)
  const draw = kind(brush)
  const wide =
    kind === animal ? within(random, 1.1, 1.5) : kind === stick || kind === person ? 0.8 : within(random, 0.8, 1.1)
  const width = Math.max(5, Math.round(size * wide))
  const crisp = random.chance(40)
  return ([0, 1, 2, 3] as const).map(pose => {
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
  const { colour } = meanColour(body)
  const ink = legs && random.chance(50) ? palette.vivid() : ((colour[0] << 16) | (colour[1] << 8) | colour[2]) >> 0
  const pen = brightness(ink) > 128 ? darker(ink, 0.6) : ink
  return ([0, 1, 2, 3] as const).map(pose => {
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
