// Drawn characters: stick figures, people, blobs, animals, robots, balls. Each is drawn in four poses, facing right.
import type { Canvas } from '../drawing/canvas.ts'
import { darken, lighten } from '../drawing/palette.ts'
import { choose, uniform } from '../drawing/random_choice.ts'
import type { SkinContext } from './skin_context.ts'

/** 0 standing, 1 and 2 the strides, 3 in the air. */
export type Pose = 0 | 1 | 2 | 3

/** Draws one pose on a canvas of `width` × `s` pixels. */
type DrawFromSide = (canvas: Canvas, width: number, s: number, pose: Pose) => void

/** Horizontal offsets of the two feet by pose, −1 … 1. */
export const STANCE: Record<Pose, [number, number]> = { 0: [-0.4, 0.4], 1: [-1, 1], 2: [0.15, -0.15], 3: [-0.9, 0.5] }

function stick({ random, palette }: SkinContext): DrawFromSide {
  const [ink, head] = [palette.accent(), palette.accent()]
  const filled = random.chance(50)
  const pen = uniform(random, 0.09, 0.16)
  const hat = random.chance(30) ? palette.accent() : undefined
  return (canvas, w, s, pose) => {
    const [x, line] = [w / 2, pen * s]
    const hip = 0.66 * s
    const reach = 0.26 * s
    const [a, b] = STANCE[pose]
    canvas.polyline(
      [
        [x, 0.3 * s],
        [x, hip],
      ],
      line,
      ink,
    )
    canvas.polyline(
      [
        [x + a * reach, s - line / 2],
        [x, hip],
        [x + b * reach, pose === 3 ? 0.9 * s : s - line / 2],
      ],
      line,
      ink,
    )
    const arm = pose === 3 ? -0.14 : pose === 2 ? 0.1 : 0.02
    canvas.polyline(
      [
        [x - reach, (0.5 + arm) * s],
        [x, 0.42 * s],
        [x + reach, (0.5 - arm * (pose === 3 ? -1 : 1)) * s],
      ],
      line,
      ink,
    )
    canvas.ellipse(x, 0.18 * s, 0.18 * s, 0.18 * s, ink)
    if (filled) canvas.ellipse(x, 0.18 * s, 0.18 * s - 0.7 * line, 0.18 * s - 0.7 * line, head)
    if (hat !== undefined) canvas.rect(x - 0.2 * s, 0, 0.4 * s, 0.1 * s, hat)
  }
}

function person({ random, palette }: SkinContext): DrawFromSide {
  const skin = choose(random, [0xffe0b8, 0xe8b890, 0xa87048, 0x6a4428, palette.accent()])
  const [shirt, trousers, hair, boots] = [
    palette.accent(),
    palette.accent(),
    palette.accent(),
    darken(palette.accent(), 0.6),
  ]
  const wide = uniform(random, 0.36, 0.56)
  const head = uniform(random, 0.34, 0.46)
  const cap = random.chance(50)
  const cape = random.chance(25) ? palette.accent() : undefined
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
      canvas.polyline(
        [
          [x + Math.sign(at) * half * 0.35, hip],
          [foot, s - leg / 2 - lift],
        ],
        leg,
        trousers,
      )
      canvas.rect(foot - leg / 2, s - 0.09 * s - lift, leg * 1.4, 0.09 * s, boots)
    }
    canvas.rect(x - half, (head - 0.04) * s, 2 * half, hip - (head - 0.06) * s, shirt)
    const arm = pose === 3 ? 0.36 : pose === 1 ? 0.62 : 0.66
    canvas.polyline(
      [
        [x - half * 0.2, 0.5 * s],
        [x + half * (pose === 2 ? 0.4 : 1.1), arm * s],
      ],
      0.13 * s,
      lighten(shirt, 0.25),
    )
    canvas.ellipse(x, (head * s) / 2, half * 1.05, (head * s) / 2, skin)
    canvas.rect(x - half * 1.05, 0, half * 2.1, head * s * 0.3, hair)
    canvas.rect(x - half * 1.05, 0, half * 0.6, head * s * 0.7, hair)
    if (cap) canvas.rect(x, head * s * 0.26, half * 1.5, head * s * 0.16, hair)
    canvas.rect(x + half * 0.35, head * s * 0.42, 0.09 * s, 0.12 * s, 0x101018)
  }
}

function blob({ random, palette }: SkinContext): DrawFromSide {
  const body = palette.accent()
  const shade = darken(body, 0.35)
  const eye = uniform(random, 0.1, 0.17)
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
    canvas.ellipse(x, y, Math.min(rx, w / 2), ry, shade)
    canvas.ellipse(x, y - 0.06 * s, Math.min(rx, w / 2), ry - 0.06 * s, body)
    if (flatBottom) canvas.rect(x - rx * 0.8, y, rx * 1.6, s - y, body)
    for (const k of pair ? [-0.1, 0.55] : [0.3]) {
      canvas.ellipse(x + k * rx, y - ry * 0.2, eye * s, eye * s * 1.15, 0xffffff)
      canvas.ellipse(x + k * rx + eye * s * 0.35, y - ry * 0.15, eye * s * 0.55, eye * s * 0.6, 0x101018)
    }
  }
}

function animal({ random, palette }: SkinContext): DrawFromSide {
  const coat = palette.accent()
  const [dark, pale] = [darken(coat, 0.35), lighten(coat, 0.5)]
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
      canvas.polyline(
        [
          [at * w, y],
          [at * w + k * 0.12 * s, pose === 3 ? 0.9 * s : 0.96 * s],
        ],
        0.1 * s,
        dark,
      )
    canvas.polyline(
      [
        [0.14 * w, y],
        [0.03 * w, (pose % 2 ? 0.2 : 0.36) * s],
      ],
      0.09 * s,
      dark,
    )
    canvas.ellipse(0.48 * w, y, 0.38 * w, 0.22 * s, coat)
    if (spots) for (const at of [0.3, 0.5]) canvas.ellipse(at * w, y - 0.04 * s, 0.08 * s, 0.08 * s, pale)
    if (long)
      canvas.polyline(
        [
          [0.74 * w, y],
          [0.82 * w, 0.3 * s],
        ],
        0.16 * s,
        coat,
      )
    const [hx, hy] = [0.82 * w, (long ? 0.2 : 0.36) * s]
    canvas.ellipse(hx, hy, 0.2 * s, 0.18 * s, coat)
    canvas.polygon(
      [
        [hx - 0.16 * s, hy],
        [hx - 0.12 * s, hy - 0.3 * s],
        [hx, hy - 0.12 * s],
      ],
      dark,
    )
    canvas.rect(hx + 0.12 * s, hy, 0.14 * s, 0.1 * s, dark)
    canvas.ellipse(hx + 0.06 * s, hy - 0.05 * s, 0.05 * s, 0.06 * s, 0x101018)
  }
}

function robot({ random, palette }: SkinContext): DrawFromSide {
  const [metal, light, wheels] = [palette.accent(), palette.accent(), random.chance(50)]
  const dark = darken(metal, 0.5)
  return (canvas, w, s, pose) => {
    const lift = pose === 3 ? 0 : pose === 2 ? 0.04 * s : 0
    canvas.rect(0.44 * w, 0, 0.06 * s, 0.16 * s, dark)
    canvas.ellipse(0.47 * w, 0.06 * s, 0.07 * s, 0.07 * s, light)
    canvas.rect(0.1 * w, 0.12 * s + lift, 0.8 * w, 0.36 * s, metal)
    canvas.rect(0.42 * w, 0.2 * s + lift, 0.4 * w, 0.16 * s, 0x101018)
    canvas.rect(0.6 * w, 0.22 * s + lift, 0.12 * w, 0.1 * s, light)
    canvas.rect(0.18 * w, 0.48 * s + lift, 0.64 * w, 0.32 * s, dark)
    const [a, b] = STANCE[pose]
    for (const k of [a, b])
      if (wheels) canvas.ellipse((0.5 + 0.3 * Math.sign(k)) * w, 0.89 * s, 0.11 * s, 0.11 * s, pose % 2 ? light : metal)
      else canvas.rect((0.42 + 0.24 * k) * w, 0.78 * s, 0.16 * w, 0.22 * s - (pose === 3 ? 0.06 * s : 0), metal)
  }
}

/** A rolling ball: each pose rotates its stripe. */
function ball({ palette }: SkinContext): DrawFromSide {
  const [one, two] = [palette.accent(), palette.accent()]
  return (canvas, w, s, pose) => {
    const r = Math.min(w, s) / 2
    const [x, y] = [w / 2, s - r]
    canvas.ellipse(x, y, r, r, darken(one, 0.5))
    canvas.ellipse(x, y, r * 0.88, r * 0.88, one)
    const [u, v] = [
      [0, 1],
      [0.7, 0.7],
      [1, 0],
      [0.7, -0.7],
    ][pose]
    canvas.polyline(
      [
        [x - u * r * 0.7, y - v * r * 0.7],
        [x + u * r * 0.7, y + v * r * 0.7],
      ],
      r * 0.5,
      two,
    )
  }
}

/** All kinds with their range of width / height. People are listed twice, so they come twice as often. */
export const KINDS: readonly {
  create(context: SkinContext): DrawFromSide
  width: readonly [low: number, high: number]
}[] = [
  { create: stick, width: [0.8, 0.8] },
  { create: person, width: [0.8, 0.8] },
  { create: person, width: [0.8, 0.8] },
  { create: blob, width: [0.8, 1.1] },
  { create: animal, width: [1.1, 1.5] },
  { create: robot, width: [0.8, 1.1] },
  { create: ball, width: [0.8, 1.1] },
]
