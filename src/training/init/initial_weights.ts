// Initial weights: random values first, then structure that a network would take long to learn, as in reference/initialisation.py. They are on
// the host, f32, in the layout of the file ([out, in]).

import type { Init, ModelParameter } from '../../model/parameters.ts'
import { type HostTensor, hostTensor } from '../../weights/safetensors.ts'
import type { Random } from '../random.ts'

/** A matrix or vector on the host. */
interface Values {
  shape: number[]
  values: Float32Array<ArrayBuffer>
}

/** The parameters of a model by name. */
export class InitialWeights {
  private readonly tensors: Map<string, Values>

  /** Random values, as each parameter's `init` has them. */
  constructor(parameters: readonly Pick<ModelParameter, 'name' | 'shape' | 'init'>[], random: Random) {
    this.tensors = new Map(
      parameters.map(({ name, shape, init }) => {
        const length = shape.reduce((a, b) => a * b, 1)
        return [name, { shape, values: Float32Array.from({ length }, sampler(init, random)) }]
      }),
    )
  }

  get(name: string): Values {
    const tensor = this.tensors.get(name)
    if (!tensor) throw new Error(`there is no parameter ${name} to initialise`)
    return tensor
  }

  /** Names that match. */
  names(pattern: RegExp): string[] {
    return [...this.tensors.keys()].filter(name => pattern.test(name))
  }

  /** Multiplies the parameters whose names match. */
  scale(pattern: RegExp, factor: number): void {
    for (const name of this.names(pattern)) {
      const { values } = this.get(name)
      for (let i = 0; i < values.length; i++) values[i]! *= factor
    }
  }

  /** Fills the parameters whose names match. */
  fill(pattern: RegExp, value: number): void {
    for (const name of this.names(pattern)) this.get(name).values.fill(value)
  }

  /** The tensors of a file. */
  toTensors(): Record<string, HostTensor> {
    return Object.fromEntries([...this.tensors].map(([name, { shape, values }]) => [name, hostTensor(values, shape)]))
  }
}

function sampler(init: Init, random: Random): () => number {
  if ('constant' in init) return () => init.constant
  if ('normal' in init) return () => init.normal * random.normal()
  return () => init.uniform * (2 * random.uniform() - 1)
}

/** Rows and columns of patches in a frame. */
export function patchGrid({ height, width }: { height: number; width: number }, patch: number) {
  return { rows: Math.ceil(height / patch), columns: Math.ceil(width / patch) }
}

/** Scales the output weights of all blocks: with a small factor every block begins near the identity. */
export function scaleResidualOutputs(m: InitialWeights, factor: number, prefix = ''): void {
  const out = (what: string) => new RegExp(`^${prefix}.*blocks\\..*\\.out\\.${what}$`)
  m.scale(out('weight'), factor)
  m.fill(out('bias'), 0)
}

/** Half the temporal heads of every block attend to the previous frame at first. */
export function attendPreviousFrame(m: InitialWeights, prefix = ''): void {
  for (const name of m.names(new RegExp(`^${prefix}.*blocks\\..*\\.(temporal|full)\\.bias$`))) {
    const { shape, values } = m.get(name)
    const [heads, window] = shape as [number, number]
    if (window > 1) for (let head = heads >> 1; head < heads; head++) values[head * window + 1] = 4
  }
}

/** [channels, channels]: rotates the sinusoids of a position to those of the position (down, right) of it. */
export function rotation(channels: number, down: number, right: number): number[][] {
  const angles = frequencies(channels)
  return Array.from({ length: channels }, (_, i) => {
    const angle = angles[(i >> 1) % angles.length]! * (i >> 1 < angles.length ? down : right)
    const row = new Array<number>(channels).fill(0)
    row[i] = Math.cos(angle)
    row[i ^ 1] = (i % 2 === 0 ? 1 : -1) * Math.sin(angle)
    return row
  })
}

/** Sinusoids [S, channels] (a multiple of 4): a step to a neighbour is the same rotation everywhere. */
export function sinusoids(rows: number, columns: number, channels: number): number[][] {
  const angles = frequencies(channels)
  const wave = (n: number) => angles.flatMap(f => [Math.sin(n * f), Math.cos(n * f)])
  return Array.from({ length: rows * columns }, (_, s) => [...wave(Math.floor(s / columns)), ...wave(s % columns)])
}

/** The last channels of position embeddings, which hold the sinusoids. */
export const POSITION_CHANNELS = 24

/** Periods of 4 to 16 patches. */
const frequencies = (channels: number): number[] =>
  Array.from({ length: channels / 4 }, (_, i) => Math.PI / 2 ** ((i / Math.max(1, channels / 4 - 1)) * 2 + 1))

/** Of attention to a neighbour. */
const SHARPNESS = 2

/**
 * Spatial heads attend to one neighbour each at first (left, right, up, down). The last `channels` of the position embedding become
 * sinusoids. Queries rotate them by one patch, keys do not.
 */
export function attendNeighbours(
  m: InitialWeights,
  {
    prefix = '',
    rows,
    columns,
    heads,
    layers = Number.POSITIVE_INFINITY,
    channels = POSITION_CHANNELS,
  }: {
    prefix?: string
    rows: number
    columns: number
    heads: number
    /** How many blocks it changes, the first ones; default all. */
    layers?: number
    channels?: number
  },
): void {
  const position = m.get(`${prefix}position`)
  const width = position.shape[1]!
  if (width <= channels) return
  const first = width - channels
  for (const [s, wave] of sinusoids(rows, columns, channels).entries()) position.values.set(wave, s * width + first)
  const d = width / heads
  const used = Math.min(channels, d)
  const NEIGHBOURS = [
    [0, -1],
    [0, 1],
    [-1, 0],
    [1, 0],
  ] as const
  const weights = (what: string) =>
    m.names(new RegExp(`^${prefix}blocks\\..*\\.spatial\\.${what}\\.weight$`)).slice(0, layers)
  for (const name of weights('qkv')) {
    const { values } = m.get(name)
    NEIGHBOURS.slice(0, heads).forEach(([down, right], head) => {
      const turn = rotation(channels, down, right)
      for (const [part, isQuery] of [
        [0, true],
        [1, false],
      ] as const) {
        const from = (part * width + head * d) * width
        for (let i = from; i < from + d * width; i++) values[i]! *= 0.2
        for (let i = 0; i < used; i++) {
          const at = from + i * width + first
          if (!isQuery) values[at + i]! += SHARPNESS
          else for (const [j, v] of turn[i]!.entries()) values[at + j]! += SHARPNESS * v
        }
      }
    })
  }
  // QK-norm would undo the larger scores.
  for (const name of weights('q_norm')) m.get(name).values.fill(SHARPNESS)
}
