// Finds the actions in raw video: hard expectation-maximisation over linear operators that predict the next frame. There is no label and
// no search for shifts: operators start as noise, and are fitted by least squares to the transitions that they predict best.
// reference/action_codes.py is the PyTorch twin and describes the algorithm.

import { toFloat32 } from '../../weights/floats.ts'
import { FormatError, type HostTensor, hostTensor } from '../../weights/safetensors.ts'
import type { Clips } from '../data/clips.ts'
import { Random } from '../random.ts'
import { argmin, assignEvenly, centreErrors, chooseTwo, meanErrors } from './assignment.ts'
import { explain } from './explain.ts'
import { Generators } from './generators.ts'
import {
  changingColour,
  drawPixels,
  drawTransitions,
  halvesOf,
  LEAST_SIZE,
  randomColour,
  readTransitions,
  type Transitions,
} from './looks.ts'
import { Operators } from './operators.ts'
import { choosePatterns, codeOf, type Patterns } from './patterns.ts'
import { type Pictures, type Pixels, SOFT, weightsOfBlocks } from './pictures.ts'

/** Of a step: clips, and transitions per clip. */
const [CLIPS, TRANSITIONS] = [8, 8]
const OPERATORS = { count: 16, radius: 8 }
const GENERATORS = { count: 2, radius: 3 }
/** Pixels of a block: predicted by operators, and learnt from; for generators; after learning. */
const [PIXELS, LEARNT, PIXELS_GENERATORS, CAREFUL] = [4, 2, 8, 12]
/** Steps in which one operator explains a transition, then two; and those of the generators. */
const [SINGLE, TWO, SMALL] = [40, 200, 120]
/** Operators are assigned evenly up to this share of the single steps. */
const EVEN = 0.8
/** Transitions by which the codes are chosen. */
const JUDGED = 2048
/** Transitions that are read at once to be encoded. */
const CHUNK = 32
/** The step after which the pace is known, and the least share of the work after the single steps that is done. */
const [PACED, LEAST_EFFORT] = [9, 0.1]
/** What a step with two operators, a step of generators and choosing the codes take, in steps with one operator. */
const [COST_OF_TWO, COST_OF_SMALL, COST_OF_CHOOSING] = [1.1, 0.8, 125]

/** A frame's size. */
interface Size {
  height: number
  width: number
}

export class ActionCodes {
  private constructor(
    private readonly frame: Size,
    private readonly operators: Operators,
    private readonly generators: Generators,
    private patterns: Patterns,
  ) {}

  /**
   * @param seconds about how long it may take. By the pace of the first steps, the later work is shortened, to a tenth at the least
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
    const normalOf = (part: number) => {
      const random = new Random(seed, part)
      return () => random.normal()
    }
    const found = new ActionCodes(
      frame,
      Operators.random(OPERATORS.count, OPERATORS.radius, normalOf(0)),
      Generators.random(GENERATORS.count, GENERATORS.radius, normalOf(1)),
      { kept: [], scale: [], codes: [] },
    )
    const began = performance.now()
    let [two, small, judged] = [TWO, SMALL, JUDGED]
    const report = (done: number) => onProgress?.((0.8 * done) / (SINGLE + two + small))
    for (let step = 0; step < SINGLE + two; step++) {
      await found.learnOperators(clips, step, new Random(seed, 0, step))
      if (step === PACED && seconds < Number.POSITIVE_INFINITY) {
        const effort = effortFor(seconds, (performance.now() - began) / 1000 / (PACED + 1))
        two = Math.ceil(effort * TWO)
        small = Math.ceil(effort * SMALL)
        judged = Math.ceil(effort * JUDGED)
      }
      report(step + 1)
    }
    for (let step = 0; step < small; step++) {
      await found.learnGenerators(clips, new Random(seed, 1, step))
      report(SINGLE + two + step + 1)
    }
    await found.choose(clips, actions, judged, new Random(seed, 2), share => onProgress?.(0.8 + 0.2 * share))
    return found
  }

  /** i32 [T - 1]: the codes of a clip's transitions; the same for the same clip. */
  async codes(clips: Clips, clip: number): Promise<Int32Array> {
    const random = new Random(0, clip)
    const codes: number[] = []
    for (let first = 0; first < clips.length - 1; first += CHUNK) {
      const count = Math.min(CHUNK, clips.length - 1 - first)
      const places = Array.from({ length: count }, (_, i) => ({ clip, first: first + i }))
      const transitions = await readTransitions(clips, this.frame, places, changingColour)
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
    const weights = (kind: string) => toFloat32(read(`${kind}.weight`), `${kind}.weight`)
    const operators = new Operators(OPERATORS.count, OPERATORS.radius, weights('operators'))
    const generators = new Generators(GENERATORS.count, GENERATORS.radius, weights('generators'))
    const [kept, flat] = [ints('kept'), ints('patterns')]
    const codes = Array.from({ length: flat.length / kept.length }, (_, k) =>
      flat.slice(k * kept.length, (k + 1) * kept.length),
    )
    const scale = Array.from(toFloat32(read('scale'), 'scale'))
    return new ActionCodes(frame, operators, generators, { kept, scale, codes })
  }

  /** The operators' kernels [K][D²], as they give the frame, not its change. */
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
    const { kept, scale, codes } = this.patterns
    const weight = ({ count, side, weights }: Operators | Generators) => hostTensor(weights, [count, side ** 2])
    return {
      'operators.weight': weight(operators),
      'generators.weight': weight(generators),
      kept: hostTensor(Int32Array.from(kept), [kept.length]),
      scale: hostTensor(Float32Array.from(scale), [scale.length]),
      patterns: hostTensor(Int32Array.from(codes.flat()), [codes.length, kept.length]),
    }
  }

  private async learnOperators(clips: Clips, step: number, random: Random): Promise<void> {
    const { before, after } = await this.draw(clips, random)
    const N = before.count
    const pixels = drawPixels(before, PIXELS, random)
    const look = this.operators.look(before, after, pixels)
    const weights = weightsOfBlocks(look.changes, PIXELS)
    const gains = new Float32Array(look.errors.length)
    if (step < SINGLE) {
      const means = meanErrors(look.errors, weights, N)
      const { count: K } = OPERATORS
      const isEven = step < EVEN * SINGLE
      teach(
        gains,
        look.errors,
        isEven ? assignEvenly(centreErrors(means, K, TRANSITIONS), K) : argmin(means, K),
        weights,
      )
    } else {
      const { a, b, share } = chooseTwo(look.errors, weights, N)
      const weighedBy = (shareOf: (block: number) => number) => weights.map((weight, block) => weight * shareOf(block))
      teach(
        gains,
        look.errors,
        a,
        weighedBy(block => share[block]!),
      )
      teach(
        gains,
        look.errors,
        b,
        weighedBy(block => 1 - share[block]!),
      )
    }
    this.operators.learn(look, gains, LEARNT)
  }

  /** Generators learn from what is left of the pictures that the operators predict. */
  private async learnGenerators(clips: Clips, random: Random): Promise<void> {
    const { operators, generators } = this
    const { before, after } = await this.draw(clips, random)
    const N = before.count
    const pixels = drawPixels(before, PIXELS_GENERATORS, random)
    const { changes, errors } = operators.look(before, after, pixels)
    const weights = weightsOfBlocks(changes, PIXELS_GENERATORS)
    const { a, share } = chooseTwo(errors, weights, N)
    const predicted = operators.apply(before, a)
    const seen = generators.look(predicted, after, pixels)
    const shared = weights.map((weight, block) => weight * share[block]!)
    generators.learn(predicted, pixels, seen, generators.amountsOf(seen, shared, N))
  }

  /** [N][4]: the moments (down, across) of the picture, and of what moves on its own, or 0 where nothing does. */
  private coordinates({ before, after }: Transitions, pixels: Pixels): number[][] {
    const one = ({ values, height, width }: Pictures, n: number): Pictures => {
      const size = height * width
      return { values: values.subarray(n * size, (n + 1) * size), count: 1, height, width }
    }
    const { rows, columns, blocks, perBlock } = pixels
    const size = blocks * perBlock
    return Array.from({ length: before.count }, (_, n) => {
      const [first, end] = [n * size, (n + 1) * size]
      const own = { rows: rows.subarray(first, end), columns: columns.subarray(first, end), blocks, perBlock }
      return explain(this.operators, this.generators, one(before, n), one(after, n), own)
    })
  }

  private async choose(
    clips: Clips,
    actions: number,
    judged: number,
    random: Random,
    onProgress: (share: number) => void,
  ): Promise<void> {
    const whole: number[][] = []
    const halves: [number[][], number[][]] = [[], []]
    while (whole.length < judged) {
      const transitions = await this.draw(clips, random, changingColour)
      for (const [i, half] of halvesOf(drawPixels(transitions.before, CAREFUL, random)).entries())
        halves[i]!.push(...this.coordinates(transitions, half))
      whole.push(...this.coordinates(transitions, drawPixels(transitions.before, CAREFUL, random)))
      onProgress(Math.min(1, whole.length / judged))
    }
    this.patterns = choosePatterns(whole, halves, actions)
  }

  private draw(clips: Clips, random: Random, colourOf: typeof changingColour = () => randomColour(random)) {
    return readTransitions(clips, this.frame, drawTransitions(clips, CLIPS, TRANSITIONS, random), colourOf)
  }
}

/** The share of the work after the single steps for which there is time, by the seconds of one of the first. */
const effortFor = (seconds: number, pace: number) => {
  const whole = COST_OF_TWO * TWO + COST_OF_SMALL * SMALL + COST_OF_CHOOSING
  return Math.min(1, Math.max(LEAST_EFFORT, (seconds / pace - SINGLE) / whole))
}

/** Adds the weights of blocks in the fit of the operator chosen for their transition. */
function teach(gains: Float32Array, errors: Float32Array, chosen: Int32Array, weights: Float32Array): void {
  const K = errors.length / weights.length
  const M = weights.length / chosen.length
  for (let block = 0; block < weights.length; block++) {
    const at = block * K + chosen[Math.floor(block / M)]!
    gains[at]! += weights[block]! / (errors[at]! + SOFT)
  }
}
