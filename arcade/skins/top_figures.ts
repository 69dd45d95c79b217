// Figures seen from above, which turn where they go: people, cars, tanks, ships, beetles. Those that cannot be turned (people seen
// half from the front, things cut from pictures) look left or right.

import { Canvas } from '../drawing/canvas.ts'
import { darker, lighter, oneOf } from '../drawing/palette.ts'
import { type Raster, resize, type Tone, turn } from '../drawing/raster.ts'
import type { Brush } from './brush.ts'
import { createFigure, type Figure, setApart } from './figures.ts'

/** Pictures by direction (quarter turns clockwise from right) and stride: 0 standing, 1 and 2 in turn while it goes. */
export interface TopFigure {
  width: number
  height: number
  poses: Raster[][] // [4][3]
}

const FINE = 4 // how much larger a figure is drawn than it is shown

/** Draws one that looks right, on a square of side `s`. */
type Draw = (canvas: Canvas, s: number, stride: number) => void

function person({ random, palette }: Brush): Draw {
  const [shirt, hair, skin] = [palette.vivid(), palette.vivid(), oneOf(random, [0xffe0b8, 0xc89060, 0x6a4428])]
  return (canvas, s, stride) => {
    const c = s / 2
    const swing = [0, 0.2, -0.2][stride] * s
    for (const k of [-1, 1]) canvas.disc(c + k * swing, c + k * 0.22 * s, 0.17 * s, 0.1 * s, darker(shirt, 0.6))
    canvas.disc(c, c, 0.22 * s, 0.46 * s, shirt)
    for (const k of [-1, 1]) canvas.disc(c + 0.16 * s - k * swing, c + k * 0.38 * s, 0.12 * s, 0.1 * s, skin)
    canvas.disc(c, c, 0.26 * s, 0.26 * s, hair)
    canvas.disc(c + 0.16 * s, c, 0.12 * s, 0.16 * s, skin)
  }
}

function car({ palette }: Brush): Draw {
  const paint = palette.vivid()
  const glass = darker(palette.vivid(), 0.5)
  return (canvas, s) => {
    for (const [x, y] of [
      [0.2, 0.14],
      [0.62, 0.14],
      [0.2, 0.74],
      [0.62, 0.74],
    ])
      canvas.box(x * s, y * s, 0.2 * s, 0.12 * s, 0x181818)
    canvas.box(0.04 * s, 0.2 * s, 0.92 * s, 0.6 * s, paint)
    canvas.box(0.56 * s, 0.26 * s, 0.16 * s, 0.48 * s, glass)
    canvas.box(0.16 * s, 0.28 * s, 0.1 * s, 0.44 * s, glass)
    for (const y of [0.22, 0.66]) canvas.box(0.88 * s, y * s, 0.08 * s, 0.12 * s, 0xffffc0)
    canvas.box(0.28 * s, 0.3 * s, 0.26 * s, 0.4 * s, lighter(paint, 0.3))
  }
}

function tank({ palette }: Brush): Draw {
  const [hull, turret] = [palette.vivid(), palette.vivid()]
  return (canvas, s, stride) => {
    for (const y of [0.06, 0.74]) {
      canvas.box(0.04 * s, y * s, 0.82 * s, 0.2 * s, 0x202020)
      for (let i = 0; i < 4; i++) canvas.box((0.06 + 0.2 * i + 0.06 * stride) * s, y * s, 0.06 * s, 0.2 * s, 0x707070)
    }
    canvas.box(0.08 * s, 0.2 * s, 0.74 * s, 0.6 * s, hull)
    canvas.box(0.5 * s, 0.43 * s, 0.5 * s, 0.14 * s, darker(turret, 0.4))
    canvas.disc(0.44 * s, 0.5 * s, 0.22 * s, 0.22 * s, turret)
  }
}

function ship({ palette }: Brush): Draw {
  const [hull, light] = [palette.vivid(), palette.vivid()]
  return (canvas, s, stride) => {
    if (stride > 0)
      canvas.polygon(
        [
          [0.2 * s, 0.38 * s],
          [0.2 * s, 0.62 * s],
          [(stride === 1 ? 0 : 0.08) * s, 0.5 * s],
        ],
        0xffa020,
      )
    canvas.polygon(
      [
        [0.98 * s, 0.5 * s],
        [0.1 * s, 0.06 * s],
        [0.24 * s, 0.5 * s],
        [0.1 * s, 0.94 * s],
      ],
      hull,
    )
    canvas.polygon(
      [
        [0.98 * s, 0.5 * s],
        [0.1 * s, 0.94 * s],
        [0.24 * s, 0.5 * s],
      ],
      darker(hull, 0.35),
    )
    canvas.disc(0.5 * s, 0.5 * s, 0.14 * s, 0.1 * s, light)
  }
}

function beetle({ palette }: Brush): Draw {
  const [shell, spots] = [palette.vivid(), palette.vivid()]
  return (canvas, s, stride) => {
    const swing = [0, 0.08, -0.08][stride] * s
    for (const [i, x] of [0.25, 0.45, 0.65].entries())
      canvas.line(
        [
          [x * s + (i % 2 ? swing : -swing), 0.04 * s],
          [x * s, 0.5 * s],
          [x * s + (i % 2 ? -swing : swing), 0.96 * s],
        ],
        0.07 * s,
        0x181818,
      )
    canvas.disc(0.78 * s, 0.5 * s, 0.18 * s, 0.2 * s, darker(shell, 0.7))
    canvas.disc(0.44 * s, 0.5 * s, 0.38 * s, 0.34 * s, shell)
    canvas.box(0.08 * s, 0.47 * s, 0.66 * s, 0.06 * s, darker(shell, 0.6))
    for (const [x, y] of [
      [0.3, 0.32],
      [0.52, 0.3],
      [0.34, 0.68],
      [0.56, 0.7],
    ])
      canvas.disc(x * s, y * s, 0.07 * s, 0.07 * s, spots)
  }
}

/** A figure of about `size` pixels; turned in one of two, else one that looks left or right. `behind`: the floor. */
export function createTopFigure(brush: Brush, size: number, behind: Tone): TopFigure {
  const { random } = brush
  if (random.chance(50)) return upright(createFigure(brush, size, behind, 60))
  const draw = oneOf(random, [person, car, tank, ship, beetle])(brush)
  const right = [0, 1, 2].map(stride => {
    const canvas = Canvas.create(FINE * size, FINE * size)
    draw(canvas, FINE * size, stride)
    return resize(canvas.raster, size, size)
  })
  const drawn = setApart(random, right, behind)
  const poses = [drawn]
  for (let quarter = 1; quarter < 4; quarter++) poses.push(poses[quarter - 1].map(turn))
  return { width: drawn[0].width, height: drawn[0].height, poses }
}

/** Down it looks right, up it looks left. */
function upright({ width, height, stand, strides }: Figure): TopFigure {
  const towards = (side: 0 | 1) => [stand[side], strides[0][side], strides[1][side]]
  return { width, height, poses: [towards(1), towards(1), towards(0), towards(0)] }
}
