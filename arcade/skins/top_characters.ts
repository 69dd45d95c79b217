// Characters of the top view: people, cars, tanks, ships and beetles that rotate with their direction, or characters of the side
// view, which only face left or right.

import { Canvas } from '../drawing/canvas.ts'
import { darken, lighten } from '../drawing/palette.ts'
import { choose } from '../drawing/random_choice.ts'
import { type ColourStats, type Raster, resize, rotate90 } from '../drawing/raster.ts'
import { type Character, createCharacter, outlineIfFaint } from './characters.ts'
import type { SkinContext } from './skin_context.ts'

/** Sprites by direction (multiples of 90° clockwise, from right) and stride: 0 standing, 1 and 2 alternate while it walks. */
export interface TopCharacter {
  width: number
  height: number
  poses: Raster[][] // [4][3]
}

const SUPERSAMPLING = 4

/** Draws a character that faces right, on a square of side `s`. */
type DrawFromAbove = (canvas: Canvas, s: number, stride: number) => void

function person({ random, palette }: SkinContext): DrawFromAbove {
  const [shirt, hair, skin] = [palette.accent(), palette.accent(), choose(random, [0xffe0b8, 0xc89060, 0x6a4428])]
  return (canvas, s, stride) => {
    const c = s / 2
    const swing = [0, 0.2, -0.2][stride] * s
    for (const k of [-1, 1]) canvas.ellipse(c + k * swing, c + k * 0.22 * s, 0.17 * s, 0.1 * s, darken(shirt, 0.6))
    canvas.ellipse(c, c, 0.22 * s, 0.46 * s, shirt)
    for (const k of [-1, 1]) canvas.ellipse(c + 0.16 * s - k * swing, c + k * 0.38 * s, 0.12 * s, 0.1 * s, skin)
    canvas.ellipse(c, c, 0.26 * s, 0.26 * s, hair)
    canvas.ellipse(c + 0.16 * s, c, 0.12 * s, 0.16 * s, skin)
  }
}

function car({ palette }: SkinContext): DrawFromAbove {
  const paint = palette.accent()
  const glass = darken(palette.accent(), 0.5)
  return (canvas, s) => {
    for (const [x, y] of [
      [0.2, 0.14],
      [0.62, 0.14],
      [0.2, 0.74],
      [0.62, 0.74],
    ])
      canvas.rect(x * s, y * s, 0.2 * s, 0.12 * s, 0x181818)
    canvas.rect(0.04 * s, 0.2 * s, 0.92 * s, 0.6 * s, paint)
    canvas.rect(0.56 * s, 0.26 * s, 0.16 * s, 0.48 * s, glass)
    canvas.rect(0.16 * s, 0.28 * s, 0.1 * s, 0.44 * s, glass)
    for (const y of [0.22, 0.66]) canvas.rect(0.88 * s, y * s, 0.08 * s, 0.12 * s, 0xffffc0)
    canvas.rect(0.28 * s, 0.3 * s, 0.26 * s, 0.4 * s, lighten(paint, 0.3))
  }
}

function tank({ palette }: SkinContext): DrawFromAbove {
  const [hull, turret] = [palette.accent(), palette.accent()]
  return (canvas, s, stride) => {
    for (const y of [0.06, 0.74]) {
      canvas.rect(0.04 * s, y * s, 0.82 * s, 0.2 * s, 0x202020)
      for (let i = 0; i < 4; i++) canvas.rect((0.06 + 0.2 * i + 0.06 * stride) * s, y * s, 0.06 * s, 0.2 * s, 0x707070)
    }
    canvas.rect(0.08 * s, 0.2 * s, 0.74 * s, 0.6 * s, hull)
    canvas.rect(0.5 * s, 0.43 * s, 0.5 * s, 0.14 * s, darken(turret, 0.4))
    canvas.ellipse(0.44 * s, 0.5 * s, 0.22 * s, 0.22 * s, turret)
  }
}

function ship({ palette }: SkinContext): DrawFromAbove {
  const [hull, light] = [palette.accent(), palette.accent()]
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
      darken(hull, 0.35),
    )
    canvas.ellipse(0.5 * s, 0.5 * s, 0.14 * s, 0.1 * s, light)
  }
}

function beetle({ palette }: SkinContext): DrawFromAbove {
  const [shell, spots] = [palette.accent(), palette.accent()]
  return (canvas, s, stride) => {
    const swing = [0, 0.08, -0.08][stride] * s
    for (const [i, x] of [0.25, 0.45, 0.65].entries())
      canvas.polyline(
        [
          [x * s + (i % 2 ? swing : -swing), 0.04 * s],
          [x * s, 0.5 * s],
          [x * s + (i % 2 ? -swing : swing), 0.96 * s],
        ],
        0.07 * s,
        0x181818,
      )
    canvas.ellipse(0.78 * s, 0.5 * s, 0.18 * s, 0.2 * s, darken(shell, 0.7))
    canvas.ellipse(0.44 * s, 0.5 * s, 0.38 * s, 0.34 * s, shell)
    canvas.rect(0.08 * s, 0.47 * s, 0.66 * s, 0.06 * s, darken(shell, 0.6))
    for (const [x, y] of [
      [0.3, 0.32],
      [0.52, 0.3],
      [0.34, 0.68],
      [0.56, 0.7],
    ])
      canvas.ellipse(x * s, y * s, 0.07 * s, 0.07 * s, spots)
  }
}

/** A random character of about `size` pixels. `behind`: statistics of the floor. */
export function createTopCharacter(context: SkinContext, size: number, behind: ColourStats): TopCharacter {
  const { random } = context
  if (random.chance(50)) return upright(createCharacter(context, size, behind, 60))
  const draw = choose(random, [person, car, tank, ship, beetle])(context)
  const right = [0, 1, 2].map(stride => {
    const canvas = Canvas.create(SUPERSAMPLING * size, SUPERSAMPLING * size)
    draw(canvas, SUPERSAMPLING * size, stride)
    return resize(canvas.raster, size, size)
  })
  const drawn = outlineIfFaint(random, right, behind)
  const poses = [drawn]
  for (let quarter = 1; quarter < 4; quarter++) poses.push(poses[quarter - 1].map(rotate90))
  return { width: drawn[0].width, height: drawn[0].height, poses }
}

/** A side-view character: it faces right when it walks down, left when it walks up. */
function upright({ width, height, stand, strides }: Character): TopCharacter {
  const towards = (side: 0 | 1) => [stand[side], strides[0][side], strides[1][side]]
  return { width, height, poses: [towards(1), towards(1), towards(0), towards(0)] }
}
