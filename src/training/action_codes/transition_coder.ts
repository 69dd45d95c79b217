// Codes of a video's transitions: linear operators predict the next frame, and the signs of their first moments give the code.
// search.ts fits the operators. The algorithm: docs/latent-actions-spec.md. reference/action_codes.py is the same in PyTorch.

import { toFloat32 } from '../../weights/floats.ts'
import { FormatError, type HostTensor, hostTensor } from '../../weights/safetensors.ts'
import type { Clips } from '../data/clips.ts'
import { Random } from '../random.ts'
import { explain } from './explain.ts'
import { Generators } from './generators.ts'
import { Operators } from './operators.ts'
import { codesOf, type Patterns } from './patterns.ts'
import type { Pictures, Pixels } from './pictures.ts'
import { changingColour, drawPixels, readTransitions, type Transitions } from './samples.ts'

/** The sampled pixels of a block by which a transition is explained, once operators and generators are fitted. */
export const PIXELS_EXPLAINED = 12
/** Transitions that are read and encoded at once. */
const CHUNK = 32

/** A frame's size. */
export interface Size {
  height: number
  width: number
}

export class TransitionCoder {
  constructor(
    private readonly frame: Size,
    readonly operators: Operators,
    readonly generators: Generators,
    private readonly patterns: Patterns,
  ) {}

  /** i32 [T - 1]: the codes of a clip's transitions; the same for the same clip. */
  async encode(clips: Clips, clip: number): Promise<Int32Array> {
    const random = new Random(0, clip)
    const coordinates: number[][] = []
    for (let first = 0; first < clips.length - 1; first += CHUNK) {
      const count = Math.min(CHUNK, clips.length - 1 - first)
      const places = Array.from({ length: count }, (_, i) => ({ clip, first: first + i }))
      const transitions = await readTransitions(clips, this.frame, places, changingColour)
      const pixels = drawPixels(transitions.before, PIXELS_EXPLAINED, random)
      coordinates.push(...coordinatesOf(this.operators, this.generators, transitions, pixels))
    }
    return Int32Array.from(codesOf(coordinates, this.patterns))
  }

  /**
   * The coder of a file that `toTensors` or the reference wrote.
   * @throws FormatError when a tensor is missing or has another shape
   */
  static restore(tensors: ReadonlyMap<string, HostTensor>, frame: Size): TransitionCoder {
    const read = (name: string) => {
      const found = tensors.get(name)
      if (!found)
        throw new FormatError(
          `the action codes have no tensor ${name}: they are damaged, or written by an earlier version`,
        )
      return found
    }
    const ints = (name: string) => Array.from(new Int32Array(read(name).data.slice().buffer))
    const kernels = (kind: string) => {
      const weight = read(`${kind}.weight`)
      const [count = 0, size = 0] = weight.shape
      const radius = (Math.sqrt(size) - 1) / 2
      if (!Number.isInteger(radius))
        throw new FormatError(`${kind}.weight is [${weight.shape}], expected square kernels`)
      return [count, radius, toFloat32(weight, `${kind}.weight`)] as const
    }
    const operators = new Operators(...kernels('operators'))
    const generators = new Generators(...kernels('generators'))
    const [kept, flat] = [ints('kept'), ints('patterns')]
    const signs = Array.from({ length: flat.length / kept.length }, (_, k) =>
      flat.slice(k * kept.length, (k + 1) * kept.length),
    )
    const deadZones = Array.from(toFloat32(read('dead'), 'dead'))
    const weights = toFloat32(read('smoothing'), 'smoothing')
    if (weights.length !== 2 * deadZones.length)
      throw new FormatError(`smoothing has ${weights.length} numbers, expected ${2 * deadZones.length}`)
    const smoothing = deadZones.map((_, d) => [weights[2 * d]!, weights[2 * d + 1]!] as const)
    return new TransitionCoder(frame, operators, generators, { smoothing, kept, deadZones, signs })
  }

  /** The operators' kernels [K][D²] as they predict the next frame itself, not its change: 1 is added at the centre. */
  get kernels(): { side: number; values: Float32Array[] } {
    const { count, side, weights } = this.operators
    const values = Array.from({ length: count }, (_, k) => {
      const kernel = weights.slice(k * side ** 2, (k + 1) * side ** 2)
      kernel[(side ** 2 - 1) / 2]! += 1
      return kernel
    })
    return { side, values }
  }

  /** The tensors of a file, as the reference writes them. */
  toTensors(): Record<string, HostTensor> {
    const { operators, generators } = this
    const { smoothing, kept, deadZones, signs } = this.patterns
    const weight = ({ count, side, weights }: Operators | Generators) => hostTensor(weights, [count, side ** 2])
    return {
      'operators.weight': weight(operators),
      'generators.weight': weight(generators),
      smoothing: hostTensor(Float32Array.from(smoothing.flat()), [smoothing.length, 2]),
      kept: hostTensor(Int32Array.from(kept), [kept.length]),
      dead: hostTensor(Float32Array.from(deadZones), [deadZones.length]),
      patterns: hostTensor(Int32Array.from(signs.flat()), [signs.length, kept.length]),
    }
  }
}

/** [N][4]: the first moments (down, across) of the global motion, and those of an object's motion, or 0 where there is none. */
export function coordinatesOf(
  operators: Operators,
  generators: Generators,
  { before, after }: Transitions,
  pixels: Pixels,
): number[][] {
  const one = ({ values, height, width }: Pictures, n: number): Pictures => {
    const size = height * width
    return { values: values.subarray(n * size, (n + 1) * size), count: 1, height, width }
  }
  const { rows, columns, blocks, perBlock } = pixels
  const size = blocks * perBlock
  return Array.from({ length: before.count }, (_, n) => {
    const [first, end] = [n * size, (n + 1) * size]
    const own = { rows: rows.subarray(first, end), columns: columns.subarray(first, end), blocks, perBlock }
    return explain(operators, generators, one(before, n), one(after, n), own)
  })
}
