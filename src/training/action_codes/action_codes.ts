// Finds the actions in raw video: hard expectation-maximisation over linear operators that predict the next frame. There is no label and
// no search for shifts: operators start as noise, and are fitted by least squares to the transitions that they predict best.
// reference/action_codes.py is the PyTorch twin and describes the algorithm.

import { toFloat32 } from '../../weights/floats.ts'
import { FormatError, type HostTensor, hostTensor } from '../../weights/safetensors.ts'
import type { Clips } from '../data/clips.ts'
import { Random } from '../random.ts'
import { argmin, assignEvenly, centreErrors, choosePairs } from './assignment.ts'
import { drawPixels, drawTransitions, halvesOf, LEAST_SIZE, readTransitions, type Transitions } from './looks.ts'
import { type Look, Operators, type Pictures, type Pixels, SOFT } from './operators.ts'
import { choosePatterns, codeOf, type Patterns } from './patterns.ts'

/** Of a step: clips, and transitions per clip. */
const [CLIPS, TRANSITIONS] = [8, 8]
/** The operators of each layer; how many pixels of a block it predicts, and how many of these it learns from. */
const LAYERS = [
  { count: 16, radius: 8, pixels: 4, learnt: 1 },
  { count: 8, radius: 4, pixels: 8, learnt: 4 },
  { count: 8, radius: 3, pixels: 8, learnt: 4 },
] as const
/** Steps in which one operator explains a transition, then a pair; and those of each further layer. */
const [SINGLE, PAIRED, RESIDUAL] = [40, 200, 60]
/** The step after which the pace is known; what choosing the codes takes, in steps; the least share of the steps that is run. */
const [PACED, CHOOSING, LEAST_EFFORT] = [9, 20, 0.1]
/** Operators are assigned evenly up to this share of the single steps, or of a further layer's. */
const [EVEN, EVEN_RESIDUAL] = [0.8, 0.3]
/** In a further layer, the share of winners that are random, up to this share of its steps. */
const [RANDOM, RANDOM_UNTIL] = [0.05, 0.6]
/** A block weighs this where it changes: where its mean square change is larger than this. */
const [CHANGED, CHANGES] = [4, 1e-4]
/** The share of the error that a second operator must take away: else nothing moves on its own. */
const WORTH = 0.25
/** A block teaches no operator that explains less than this share of it. */
const LEAST_SHARE = 0.1
/** Transitions by which the codes are chosen, and the pixels of a block that are looked at once nothing is learnt any more. */
const [JUDGED, CAREFUL] = [1024, 6]
/** Transitions that are encoded at once. */
const CHUNK = 32

/** A frame's size. */
interface Size {
  height: number
  width: number
}

export class ActionCodes {
  private constructor(
    private readonly frame: Size,
    private readonly layers: readonly Operators[],
    private patterns: Patterns,
  ) {}

  /**
   * @param seconds about how long it may take: by the pace of the first steps, fewer paired and residual steps are run, but a tenth of them
   * @param onProgress called with the share that is done, 0 … 1
   * @throws RangeError when frames are smaller than 16 pixels, or clips shorter than two frames
   */
  static async discover(
    clips: Clips,
    frame: Size,
    actions: number,
    seed: number,
    onProgress?: (share: number) => void,
    seconds = Number.POSITIVE_INFINITY,
  ): Promise<ActionCodes> {
    if (clips.length < 2 || Math.min(frame.height, frame.width) < LEAST_SIZE)
      throw new RangeError(
        `the clips have ${clips.length} frames of ${frame.height}×${frame.width} pixels, finding actions needs at least 2 of ${LEAST_SIZE}×${LEAST_SIZE}`,
      )
    const layers = LAYERS.map(({ count, radius }, depth) => {
      const random = new Random(seed, depth)
      return Operators.random(count, radius, () => random.normal())
    })
    const found = new ActionCodes(frame, layers, { kept: [], scale: [], codes: [] })
    const began = performance.now()
    let counts = layers.map((_, depth) => stepsOf(depth, 1))
    for (let depth = 0, done = 0; depth < layers.length; depth++)
      for (let step = 0; step < counts[depth]!; step++, done++) {
        await found.step(clips, depth, step, counts[depth]!, new Random(seed, depth, step))
        if (done === PACED && seconds < Number.POSITIVE_INFINITY) {
          const effort = effortFor(seconds, (performance.now() - began) / 1000 / (PACED + 1))
          counts = layers.map((_, depth) => stepsOf(depth, effort))
        }
        onProgress?.((0.9 * done) / counts.reduce((a, b) => a + b, 0))
      }
    await found.choose(clips, actions, new Random(seed, layers.length))
    onProgress?.(1)
    return found
  }

  /** i32 [T - 1]: the codes of a clip's transitions; the same for the same clip. */
  async codes(clips: Clips, clip: number): Promise<Int32Array> {
    const random = new Random(0, clip)
    const codes: number[] = []
    for (let first = 0; first < clips.length - 1; first += CHUNK) {
      const count = Math.min(CHUNK, clips.length - 1 - first)
      const places = Array.from({ length: count }, (_, i) => ({ clip, first: first + i }))
      const transitions = await readTransitions(clips, this.frame, places, random)
      const pixels = drawPixels(transitions.before, CAREFUL, random)
      for (const coordinates of this.coordinates(transitions, pixels)) codes.push(codeOf(coordinates, this.patterns))
    }
    return Int32Array.from(codes)
  }

  /**
   * The codes that `toTensors` wrote, or the reference.
   * @throws FormatError when a tensor is missing
   */
  static restore(tensors: ReadonlyMap<string, HostTensor>, frame: Size): ActionCodes {
    const read = (name: string) => {
      const found = tensors.get(name)
      if (!found) throw new FormatError(`the action codes have no tensor ${name}`)
      return found
    }
    const ints = (name: string) => Array.from(new Int32Array(read(name).data.slice().buffer))
    const layers = LAYERS.map(({ count, radius }, i) => {
      const name = `layer${i}.weight`
      return new Operators(count, radius, toFloat32(read(name), name))
    })
    const [kept, flat] = [ints('kept'), ints('patterns')]
    const codes = Array.from({ length: flat.length / kept.length }, (_, k) =>
      flat.slice(k * kept.length, (k + 1) * kept.length),
    )
    const scale = Array.from(toFloat32(read('scale'), 'scale'))
    return new ActionCodes(frame, layers, { kept, scale, codes })
  }

  /** The first layer's kernels [K][D²]: unlike operators they give the frame, not its change. */
  get kernels(): { side: number; values: Float32Array[] } {
    const { count, side, weights } = this.layers[0]!
    const values = Array.from({ length: count }, (_, k) => {
      const kernel = weights.slice(k * side ** 2, (k + 1) * side ** 2)
      kernel[(side ** 2 - 1) / 2]! += 1
      return kernel
    })
    return { side, values }
  }

  /** The tensors of a file, as the reference writes them. */
  toTensors(): Record<string, HostTensor> {
    const { layers, patterns } = this
    const tensors: Record<string, HostTensor> = {}
    for (const [i, { count, side, weights }] of layers.entries())
      tensors[`layer${i}.weight`] = hostTensor(weights, [count, side ** 2])
    const { kept, scale, codes } = patterns
    return {
      ...tensors,
      kept: hostTensor(Int32Array.from(kept), [kept.length]),
      scale: hostTensor(Float32Array.from(scale), [scale.length]),
      patterns: hostTensor(Int32Array.from(codes.flat()), [codes.length, kept.length]),
    }
  }

  private async step(clips: Clips, depth: number, step: number, steps: number, random: Random): Promise<void> {
    const layer = this.layers[depth]!
    const { before, after } = await this.draw(clips, random)
    const pixels = drawPixels(before, LAYERS[depth]!.pixels, random)
    const N = before.count
    const peeled = depth > 0 ? this.peel(before, after, pixels, depth - 1) : undefined
    const look = layer.look(peeled?.predicted ?? before, after, pixels)
    const weights = peeled?.weights ?? weightsOfBlocks(look, pixels.perBlock)
    const gains = new Float32Array(look.errors.length)
    if (depth > 0 || step < SINGLE) {
      const progress = step / (depth > 0 ? steps : SINGLE)
      const winners = winnersOf(meanErrors(look.errors, weights, N), layer.count, depth > 0, progress, random)
      teach(gains, look.errors, winners, weights)
    } else {
      const { a, b, share } = choosePairs(look.errors, weights, N, layer.count)
      teach(
        gains,
        look.errors,
        a,
        weights.map((weight, i) => weight * worthy(share[i]!)),
      )
      teach(
        gains,
        look.errors,
        b,
        weights.map((weight, i) => weight * worthy(1 - share[i]!)),
      )
    }
    layer.learn(look, gains, LAYERS[depth]!.learnt)
  }

  /** Explains transitions by the first layer and `depth` more: the frame predicted, and which operators did. */
  private peel(before: Pictures, after: Pictures, pixels: Pixels, depth: number) {
    const [first, ...others] = this.layers as [Operators, ...Operators[]]
    const look = first.look(before, after, pixels)
    const blocks = weightsOfBlocks(look, pixels.perBlock)
    const { a, b, share } = choosePairs(look.errors, blocks, before.count, first.count, WORTH)
    const weights = blocks.map((weight, i) => weight * share[i]!)
    const chosen = [a]
    let predicted = first.apply(before, a)
    for (const layer of others.slice(0, depth)) {
      const { errors } = layer.look(predicted, after, pixels)
      const best = argmin(meanErrors(errors, weights, before.count), layer.count)
      chosen.push(best)
      predicted = layer.apply(predicted, best)
    }
    return { predicted, weights, chosen, b }
  }

  /** [N][4]: the moments (down, across) of the picture's operators, and of b, or 0 where nothing moves on its own. */
  private coordinates({ before, after }: Transitions, pixels: Pixels): number[][] {
    const { chosen, b } = this.peel(before, after, pixels, this.layers.length - 1)
    return Array.from({ length: before.count }, (_, n) => {
      const whole = [0, 0]
      for (const [i, operators] of chosen.entries()) {
        const moment = this.layers[i]!.moment(operators[n]!)
        whole[0]! += moment[0]
        whole[1]! += moment[1]
      }
      return [...whole, ...(b[n] === chosen[0]![n] ? [0, 0] : this.layers[0]!.moment(b[n]!))]
    })
  }

  private async choose(clips: Clips, actions: number, random: Random): Promise<void> {
    const whole: number[][] = []
    const halves: [number[][], number[][]] = [[], []]
    while (whole.length < JUDGED) {
      const transitions = await this.draw(clips, random)
      for (const [i, half] of halvesOf(drawPixels(transitions.before, CAREFUL, random)).entries())
        halves[i]!.push(...this.coordinates(transitions, half))
      whole.push(...this.coordinates(transitions, drawPixels(transitions.before, CAREFUL, random)))
    }
    this.patterns = choosePatterns(whole, halves, actions)
  }

  private draw(clips: Clips, random: Random): Promise<Transitions> {
    return readTransitions(clips, this.frame, drawTransitions(clips, CLIPS, TRANSITIONS, random), random)
  }
}

const stepsOf = (depth: number, effort: number) =>
  depth > 0 ? Math.ceil(effort * RESIDUAL) : SINGLE + Math.ceil(effort * PAIRED)

/** The share of the paired and residual steps for which there is time, by the seconds of a step. */
const effortFor = (seconds: number, pace: number) => {
  const [fixed, whole] = [SINGLE + CHOOSING, PAIRED + RESIDUAL * (LAYERS.length - 1)]
  return Math.min(1, Math.max(LEAST_EFFORT, (seconds / pace - fixed) / whole))
}

const worthy = (share: number) => (share < LEAST_SHARE ? 0 : share)

/** [N, M]: blocks that change weigh more. */
export function weightsOfBlocks({ changes }: Look, perBlock: number): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: changes.length / perBlock }, (_, block) => {
    let square = 0
    for (let p = 0; p < perBlock; p++) square += changes[block * perBlock + p]! ** 2 / perBlock
    return square > CHANGES ? CHANGED : 1
  })
}

/** errors [N, M, K], weights [N, M] → [N, K], weighted means over blocks. */
function meanErrors(errors: Float32Array, weights: Float32Array, N: number): Float32Array<ArrayBuffer> {
  const M = weights.length / N
  const K = errors.length / weights.length
  const means = new Float32Array(N * K)
  for (let n = 0; n < N; n++) {
    let total = 0
    for (let block = n * M; block < (n + 1) * M; block++) {
      total += weights[block]!
      for (let k = 0; k < K; k++) means[n * K + k]! += weights[block]! * errors[block * K + k]!
    }
    for (let k = 0; k < K; k++) means[n * K + k]! /= total
  }
  return means
}

function winnersOf(errors: Float32Array, K: number, isResidual: boolean, progress: number, random: Random): Int32Array {
  const isEven = progress < (isResidual ? EVEN_RESIDUAL : EVEN)
  const winners = isEven ? assignEvenly(centreErrors(errors, K, TRANSITIONS), K) : argmin(errors, K)
  if (!isResidual || progress >= RANDOM_UNTIL) return winners
  return winners.map(winner => (random.uniform() < RANDOM ? random.integer(K) : winner))
}

/** Adds what blocks teach the operator that was chosen for their transition. */
function teach(gains: Float32Array, errors: Float32Array, chosen: Int32Array, weights: Float32Array): void {
  const K = errors.length / weights.length
  const M = weights.length / chosen.length
  for (let block = 0; block < weights.length; block++) {
    const at = block * K + chosen[Math.floor(block / M)]!
    gains[at]! += weights[block]! / (errors[at]! + SOFT)
  }
}
