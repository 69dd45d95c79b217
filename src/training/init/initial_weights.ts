// Weights before the first step: by chance, as PyTorch would draw them, and then the starts of reference/starts.py, which give a
// network something before it learns. All as a file has them: [out, in], f32, on the host.

import type { ParameterSpec } from '../../weights/load.ts'
import { type HostTensor, hostTensor } from '../../weights/safetensors.ts'
import type { Random } from '../random.ts'

/** A matrix or vector on the host. */
export interface Values {
  shape: number[]
  values: Float32Array<ArrayBuffer>
}

/** Tensors by name, to be changed by starts. */
export class InitialWeights {
  private readonly tensors: Map<string, Values>

  /** Linear layers uniform within 1/√in, gains 1, embeddings normal, positions and single vectors a fiftieth of that. */
  constructor(specs: readonly ParameterSpec[], random: Random) {
    const widthInto = new Map(specs.map(({ name, shape }) => [name, shape.at(-1)!]))
    this.tensors = new Map(
      specs.map(({ name, shape }) => {
        const draw = drawOf(name, widthInto, random)
        return [name, { shape, values: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, draw) }]
      }),
    )
  }

  get(name: string): Values {
    const tensor = this.tensors.get(name)
    if (!tensor) throw new Error(`no tensor ${name} to start`)
    return tensor
  }

  /** Names that match. */
  names(pattern: RegExp): string[] {
    return [...this.tensors.keys()].filter(name => pattern.test(name))
  }

  /** Multiplies all that matches. */
  scale(pattern: RegExp, factor: number): void {
    for (const name of this.names(pattern)) {
      const { values } = this.get(name)
      for (let i = 0; i < values.length; i++) values[i]! *= factor
    }
  }

  /** Sets all that matches. */
  fill(pattern: RegExp, value: number): void {
    for (const name of this.names(pattern)) this.get(name).values.fill(value)
  }

  /** As a file's tensors. */
  toTensors(): Record<string, HostTensor> {
    return Object.fromEntries([...this.tensors].map(([name, { shape, values }]) => [name, hostTensor(values, shape)]))
  }
}

function drawOf(name: string, widthInto: Map<string, number>, random: Random): () => number {
  if (/norm\.weight$/.test(name)) return () => 1
  if (/norm\.bias$|(temporal|full)\.bias$|^action_codebook$/.test(name)) return () => 0
  if (/(position|action_token|^mask)$/.test(name)) return () => 0.02 * random.normal()
  if (/(token\.weight|codebook)$/.test(name)) return () => random.normal()
  const bound = 1 / Math.sqrt(widthInto.get(name.replace(/bias$/, 'weight'))!)
  return () => bound * (2 * random.uniform() - 1)
}

/** Smaller output weights: every block begins near the identity. */
export function scaleResidualOutputs(m: InitialWeights, factor: number, prefix = ''): void {
  const out = (what: string) => new RegExp(`^${prefix}.*blocks\\..*\\.out\\.${what}$`)
  m.scale(out('weight'), factor)
  m.fill(out('bias'), 0)
}

/** Half the temporal heads of every block begin at the frame before. */
export function attendPreviousFrame(m: InitialWeights, prefix = '', strength = 4): void {
  for (const name of m.names(new RegExp(`^${prefix}.*blocks\\..*\\.(temporal|full)\\.bias$`))) {
    const { shape, values } = m.get(name)
    const [heads, window] = shape as [number, number]
    if (window > 1) for (let head = heads >> 1; head < heads; head++) values[head * window + 1] = strength
  }
}

/** Sinusoids [S, channels] (a multiple of 8) in which every neighbour is a fixed rotation away. */
function waves(rows: number, columns: number, channels: number): number[][] {
  const angles = frequencies(channels)
  const place = (n: number) => angles.flatMap(f => [Math.sin(n * f), Math.cos(n * f)])
  return Array.from({ length: rows * columns }, (_, s) => [...place(Math.floor(s / columns)), ...place(s % columns)])
}

/** The last channels of position embeddings, which hold waves. */
export const POSITION_CHANNELS = 24

/** Periods of 4 to 16 patches. */
const frequencies = (channels: number): number[] =>
  Array.from({ length: channels / 4 }, (_, i) => Math.PI / 2 ** ((i / Math.max(1, channels / 4 - 1)) * 2 + 1))

/**
 * Spatial heads begin at one neighbour each (left, right, up, down) through sinusoidal positions: the last `channels` of the
 * position embedding become waves, which queries rotate by one patch and keys leave as they are.
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
    sharpness = 2,
  }: {
    prefix?: string
    rows: number
    columns: number
    heads: number
    /** Of how many blocks, the first ones; default all. */
    layers?: number
    channels?: number
    sharpness?: number
  },
): void {
  const position = m.get(`${prefix}position`)
  const width = position.shape[1]!
  if (width <= channels) return
  const first = width - channels
  for (const [s, wave] of waves(rows, columns, channels).entries()) position.values.set(wave, s * width + first)
  const d = width / heads
  const used = Math.min(channels, d)
  const angles = frequencies(channels)
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
      for (const [part, isQuery] of [
        [0, true],
        [1, false],
      ] as const) {
        const from = (part * width + head * d) * width
        for (let i = from; i < from + d * width; i++) values[i]! *= 0.2
        for (let i = 0; i < used; i++) {
          const at = from + i * width + first
          const angle = angles[(i >> 1) % angles.length]! * (i >> 1 < angles.length ? down : right)
          if (!isQuery) values[at + i]! += sharpness
          else {
            values[at + i]! += sharpness * Math.cos(angle)
            values[at + (i ^ 1)]! += sharpness * (i % 2 === 0 ? 1 : -1) * Math.sin(angle)
          }
        }
      }
    })
  }
  // QK-norm flattens the scores that `sharpness` raised.
  for (const name of weights('q_norm')) m.get(name).values.fill(sharpness)
}
