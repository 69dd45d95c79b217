// Generated sketches: a small scene in wobbly strokes of pencil, crayons or chalk. The strokes are random with a fixed seed.

import { Pcg } from '../../random.ts'

const SIZE = 256 // pixels, both ways
const TILE = SIZE / 8 // the scene is laid out as the game's frames are, eight tiles by eight

type Point = [x: number, y: number] // pixels

/** Materials and colours of a sketch. */
interface Style {
  seed: number
  paper: string
  line: string
  sky?: string
  earth: string
  grass: string
  hood: string
  gold: string
  width: number // of a stroke, pixels
}

const STYLES: Record<string, Style> = {
  Pencil: {
    seed: 3,
    paper: '#f4efe3',
    line: '#3c3a40',
    earth: '#77736e',
    grass: '#4d4a4c',
    hood: '#d8343a',
    gold: '#55524f',
    width: 2.2,
  },
  Crayons: {
    seed: 8,
    paper: '#fdf8ec',
    line: '#2c2b45',
    sky: '#6db7ea',
    earth: '#a8683a',
    grass: '#43a73c',
    hood: '#e22f38',
    gold: '#f5b921',
    width: 5,
  },
  Chalk: {
    seed: 5,
    paper: '#24352f',
    line: '#eef1e6',
    earth: '#b9c3b4',
    grass: '#8fe08a',
    hood: '#ff6b70',
    gold: '#ffd75e',
    width: 3.4,
  },
}

/** The scene, once in each style. */
export function sketches(): { name: string; canvas: HTMLCanvasElement }[] {
  return Object.entries(STYLES).map(([name, style]) => ({ name, canvas: new Sketch(style).draw() }))
}

/** Coordinates in tiles, alternately x and y, as points in pixels. */
function path(tiles: string): Point[] {
  const numbers = tiles.split(' ').map(tile => Number(tile) * TILE)
  return numbers.flatMap((x, i) => (i % 2 === 0 ? [[x, numbers[i + 1]!] as Point] : []))
}

class Sketch {
  private readonly canvas = document.createElement('canvas')
  private readonly context: CanvasRenderingContext2D
  private readonly random: Pcg

  constructor(private readonly style: Style) {
    this.canvas.width = this.canvas.height = SIZE
    this.context = this.canvas.getContext('2d')!
    this.context.lineCap = this.context.lineJoin = 'round'
    this.random = new Pcg(style.seed)
  }

  draw(): HTMLCanvasElement {
    const { style, context } = this
    context.fillStyle = style.paper
    context.fillRect(0, 0, SIZE, SIZE)
    if (style.sky) this.hatch(0, 0, 8, 6, style.sky, 7)
    this.sun(6.8, 1.1)
    this.cloud()
    this.ground(0, 6, 5)
    this.ground(5, 5, 6.4)
    this.ground(7.3, 6, 8)
    this.stroke(path('0.4 4 2.2 4 2.2 4.4 0.4 4.4 0.4 4'), style.line)
    for (const [x, y] of path('0.9 3.4 1.7 3.4 5.7 3.2')) this.arc(x, y, 8, 0, 2, style.gold)
    this.figure(3.5 * TILE, 6 * TILE)
    return this.canvas
  }

  private sun(column: number, row: number): void {
    const [x, y] = [column * TILE, row * TILE]
    this.arc(x, y, 18, 0, 2, this.style.gold)
    for (let ray = 0; ray < 9; ray++) {
      const angle = (ray / 9) * 2 * Math.PI
      const at = (radius: number): Point => [x + radius * Math.cos(angle), y + radius * Math.sin(angle)]
      this.stroke([at(24), at(33)], this.style.gold)
    }
  }

  private cloud(): void {
    const { line } = this.style
    this.arc(34, 50, 13, 0.5, 1.6, line)
    this.arc(57, 40, 18, 0.95, 1.9, line)
    this.arc(82, 49, 14, 1.3, 2.5, line)
    this.stroke(path('1.05 1.97 2.6 1.97'), line)
  }

  private ground(left: number, top: number, right: number): void {
    const { style } = this
    this.hatch(left, top, right, 8, style.earth, style.sky ? 6 : 10)
    this.stroke(path(`${left} 8 ${left} ${top} ${right} ${top} ${right} 8`), style.line)
    for (let x = left * TILE + 4; x < right * TILE; x += 8) {
      const tip: Point = [x + this.jitter(3), top * TILE - 7]
      this.stroke([[x, top * TILE + 2], tip], style.grass, style.width * 0.8)
    }
  }

  /** A small person in a hood, feet at (x, y). */
  private figure(x: number, y: number): void {
    const { context, style } = this
    const around = (offsets: Point[]) => offsets.map(([dx, dy]): Point => [x + dx, y + dy])
    const [left, shoulder, top, back, right]: Point[] = [[-11, -4], [-10, -22], [0, -31], [10, -22], [11, -4]] // biome-ignore format: a row
    context.fillStyle = style.hood
    context.beginPath()
    context.ellipse(x, y - 15, 10, 13, 0, 0, 2 * Math.PI)
    context.fill()
    this.stroke(around([left, shoulder, top, back, right, left]), style.hood)
    context.fillStyle = '#ffe0b8'
    context.beginPath()
    context.arc(x + 4, y - 19, 6, 0, 2 * Math.PI)
    context.fill()
    for (const leg of [-5, 5]) this.stroke([[x + leg, y - 4], [x + leg * 1.2, y]], '#2a2030') // biome-ignore format: a row
  }

  private jitter(amount: number): number {
    return (this.random.below(2001) / 1000 - 1) * amount
  }

  /** A wobbly line through points, drawn twice. */
  private stroke(points: Point[], colour: string, width = this.style.width, alpha = 0.85): void {
    const { context } = this
    context.strokeStyle = colour
    context.globalAlpha = alpha
    for (let pass = 0; pass < 2; pass++) {
      context.lineWidth = width * (1 + this.jitter(0.15))
      context.beginPath()
      let [fromX, fromY] = points[0]!
      context.moveTo(fromX + this.jitter(1.5), fromY + this.jitter(1.5))
      for (const [x, y] of points.slice(1)) {
        const bend: Point = [(fromX + x) / 2 + this.jitter(3), (fromY + y) / 2 + this.jitter(3)]
        context.quadraticCurveTo(...bend, x + this.jitter(1.5), y + this.jitter(1.5))
        fromX = x
        fromY = y
      }
      context.stroke()
    }
    context.globalAlpha = 1
  }

  /** Part of a circle; angles in half turns, clockwise from the right. */
  private arc(x: number, y: number, radius: number, from: number, to: number, colour: string): void {
    const points = Array.from({ length: 13 }, (_, i): Point => {
      const angle = (from + ((to - from) * i) / 12) * Math.PI
      return [x + radius * Math.cos(angle), y + radius * Math.sin(angle)]
    })
    this.stroke(points, colour)
  }

  /** Slanted strokes that fill a rectangle of tiles; `gap` between them in pixels. */
  private hatch(left: number, top: number, right: number, bottom: number, colour: string, gap: number): void {
    const lean = (bottom - top) * TILE * 0.4 // how far a stroke from bottom to top moves to the right
    for (let x = left * TILE - lean; x < right * TILE; x += gap) {
      const at = (along: number): Point => [along, bottom * TILE - (along - x) / 0.4]
      const ends = [at(Math.max(x, left * TILE)), at(Math.min(x + lean, right * TILE))]
      this.stroke(ends, colour, this.style.width, 0.55)
    }
  }
}
