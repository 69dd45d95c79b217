// Measures frames of worlds of many sizes on an adapter, fits its cost model, and computes how large a world it can play.
// The worlds have zero weights, which take the same time as any others.

import type { Gpu } from '../gpu/gpu.ts'
import type { Config } from '../model/config.ts'
import { dynamicsTensors } from '../model/dynamics.ts'
import { type AdapterFile, type CostPoint, FORMAT } from '../world/adapters.ts'
import { type AdapterCost, frameWork, timeOf } from '../world/cost.ts'
import { fitCost, fitError, type Measured } from './cost_fit.ts'
import { configOf, measureFrame } from './scaling.ts'

/** From little work to much. Measuring stops where a frame would take too long. */
const SIZES: Omit<CostPoint, 'ms'>[] = [
  { tokens: 64, width: 128, layers: 2, steps: 1 },
  { tokens: 64, width: 64, layers: 2, steps: 2 },
  { tokens: 64, width: 128, layers: 1, steps: 2 },
  { tokens: 16, width: 128, layers: 2, steps: 2 },
  { tokens: 64, width: 128, layers: 2, steps: 2 },
  { tokens: 64, width: 128, layers: 4, steps: 2 },
  { tokens: 64, width: 64, layers: 8, steps: 4 },
  { tokens: 64, width: 128, layers: 2, steps: 8 },
  { tokens: 64, width: 256, layers: 2, steps: 2 },
  { tokens: 144, width: 128, layers: 2, steps: 4 },
  { tokens: 256, width: 128, layers: 2, steps: 2 },
  { tokens: 64, width: 192, layers: 4, steps: 4 },
  { tokens: 64, width: 384, layers: 2, steps: 2 },
  { tokens: 144, width: 192, layers: 4, steps: 4 },
  { tokens: 256, width: 256, layers: 4, steps: 4 },
  { tokens: 64, width: 512, layers: 8, steps: 4 },
  { tokens: 256, width: 512, layers: 8, steps: 4 },
  { tokens: 256, width: 1024, layers: 8, steps: 4 },
]
/** With this many frames or more there is a fit, which predicts whether the next would take too long. */
export const ENOUGH_POINTS = 5
/** Milliseconds that a measured frame may take. */
const LONGEST = 1500

interface CostOptions {
  /** Frames that were measured before. They are not measured again, and new ones are added. */
  points?: CostPoint[]
  /** Called before each frame is measured. */
  onPoint?: (done: number, total: number, next: Omit<CostPoint, 'ms'>) => void
  /** Ends the measurement after the current frame. */
  signal?: AbortSignal
  /** As GpuTimer takes it. */
  cpuTime?: (() => number) | undefined
}

export async function measureCost(gpu: Gpu, options: CostOptions = {}): Promise<CostPoint[]> {
  const { points = [], onPoint, signal, cpuTime } = options
  const isSame = (a: object) => (b: object) =>
    Object.entries(a).every(([key, value]) => b[key as keyof typeof b] === value)
  for (const [i, size] of SIZES.entries()) {
    if (signal?.aborted) break
    if (points.some(isSame(size))) continue
    const config = configOf(size)
    if (points.length >= ENOUGH_POINTS && timeOf(workOf(config), fitCost(points.map(measured))) > LONGEST) continue
    onPoint?.(i, SIZES.length, size)
    const { ms } = await measureFrame(gpu, config, config.dynamics.window, cpuTime)
    points.push({ ...size, ms })
  }
  return points
}

const workOf = (config: Config) => frameWork(config, config.sampling)

/** A point as the fit takes it. */
export const measured = (point: CostPoint): Measured => ({ work: workOf(configOf(point)), ms: point.ms })

/** Milliseconds of a played frame of a model's sizes, after a full window. */
export async function measureWorld(gpu: Gpu, config: Config, cpuTime?: () => number): Promise<number> {
  return (await measureFrame(gpu, config, config.dynamics.window, cpuTime)).ms
}

/**
 * The file of an adapter, with its cost model. Milliseconds have four digits.
 * @param world a world that the cost model is compared with, and its measured milliseconds
 */
export function adapterFile(
  about: Pick<AdapterFile, 'name' | 'browser' | 'precision' | 'date'>,
  points: readonly CostPoint[],
  world: { config: Config; ms: number },
): AdapterFile {
  const digits = (x: number) => Number(x.toPrecision(4))
  const rounded = points.map(point => ({ ...point, ms: digits(point.ms) }))
  const frames = rounded.map(measured)
  const fitted = fitCost(frames)
  const error = fitError(frames)
  return {
    format: FORMAT,
    ...about,
    world: { name: world.config.name, ms: digits(world.ms), predicted: digits(timeOf(workOf(world.config), fitted)) },
    cost: {
      frame: digits(fitted.frame),
      blocks: digits(fitted.blocks),
      linear: digits(fitted.linear),
      attention: digits(fitted.attention),
    },
    error: { median: digits(error.median), worst: digits(error.worst) },
    points: rounded,
  }
}

/** A size of world that an adapter can play, by its cost model. */
export interface LargestWorld {
  tokens: number
  width: number
  layers: number
  /** Parameters of the dynamics. */
  parameters: number
  /** Milliseconds of a frame. */
  ms: number
}

/** Widths are tried in steps of a head. */
const STEP = 32
const WIDEST = 4096

/** Layers grow with the width, as in the shipped world: 4 at 192. */
const layersOf = (width: number) => 1 + Math.round(width / 64)

/**
 * The largest world of `tokens` per frame and four decoding steps that plays at `rate` frames per second; undefined where even the
 * smallest is too slow.
 */
export function largestWorld(cost: AdapterCost, rate: number, tokens: number): LargestWorld | undefined {
  let found: LargestWorld | undefined
  for (let width = STEP; width <= WIDEST; width += STEP) {
    const layers = layersOf(width)
    const config = configOf({ tokens, width, layers, steps: 4 })
    const ms = timeOf(workOf(config), cost)
    if (ms > 1000 / rate) break
    const parameters = dynamicsTensors(config).reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0)
    found = { tokens, width, layers, parameters, ms }
  }
  return found
}
