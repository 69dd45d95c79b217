// Finds action codes in raw video: hard expectation-maximisation over linear operators that predict the next frame. There is no label and
// no search for shifts. Operators start as noise, and are fitted by least squares to the transitions that they predict best.
// Each step has random numbers of its own. A search that resumes from a saved state finds the same codes.

import { type HostTensor, hostTensor } from '../../weights/safetensors.ts'
import type { Clips } from '../data/clips.ts'
import { Random } from '../random.ts'
import { argmin, assignEvenly, centreErrors, chooseTwo, meanErrors } from './assignment.ts'
import { Generators } from './generators.ts'
import { Operators } from './operators.ts'
import { choosePatterns } from './patterns.ts'
import { CHARBONNIER_SCALE, weightsOfBlocks } from './pictures.ts'
import {
  changingColour,
  drawPixels,
  drawRuns,
  drawTransitions,
  halvesOf,
  LEAST_SIZE,
  randomColour,
  readTransitions,
} from './samples.ts'
import {
  type CodesFile,
  checkSame,
  fingerprint,
  packed,
  readState,
  type Subject,
  stateMetadata,
  unpack,
} from './saved_search.ts'
import { FULL_SEARCH, type SearchSize, shortened } from './search_size.ts'
import { coordinatesOf, PIXELS_EXPLAINED, type Size, TransitionCoder } from './transition_coder.ts'

export interface SearchOptions {
  /** About how long it may take. The later work is shortened by the pace of the first steps, to a tenth at the least. */
  seconds?: number | undefined
  /** Called with the share that is done, 0 … 1. */
  onProgress?: ((share: number) => void) | undefined
  /** A search to resume. It keeps the seconds that it began with. */
  from?: CodesFile | undefined
  /** Saves the state, every `saveSeconds` (default 5). */
  save?: ((state: CodesFile) => Promise<void>) | undefined
  saveSeconds?: number
  searchSize?: SearchSize
}

/** The batch of a step: clips, and transitions per clip. */
const [CLIPS, TRANSITIONS] = [8, 8]
/** The sampled pixels of a block: those that operators predict, those of them that operators are fitted to, and those that generators predict. */
const [PIXELS, FITTED_PIXELS, PIXELS_GENERATORS] = [4, 2, 8]
/** Operators are assigned evenly in this share of the steps with one operator per transition. */
const EVEN = 0.8
/** The first steps, whose times give the pace. */
const PACED = 10
const SAVE_SECONDS = 5

/**
 * @throws RangeError when frames are smaller than 16 pixels, or clips shorter than two frames
 * @throws OtherSearch when `from` was made in another video, or with another seed or setting; FormatError when it is damaged
 */
export async function findActionCodes(
  clips: Clips,
  frame: Size,
  actions: number,
  seed: number,
  {
    seconds = Number.POSITIVE_INFINITY,
    onProgress,
    from,
    save,
    saveSeconds,
    searchSize = FULL_SEARCH,
  }: SearchOptions = {},
): Promise<TransitionCoder> {
  if (clips.length < 2 || Math.min(frame.height, frame.width) < LEAST_SIZE)
    throw new RangeError(
      `the clips have ${clips.length} frames of ${frame.height}×${frame.width} pixels, finding actions needs at least 2 of ${LEAST_SIZE}×${LEAST_SIZE}`,
    )
  const { height, width } = frame
  const { clips: count, length } = clips
  const video = await fingerprint(clips)
  const search = new Search(clips, { video, clips: count, length, height, width, seed, actions, searchSize }, seconds)
  if (from) search.restore(from)
  let saved = performance.now()
  while (!search.isOver) {
    onProgress?.(search.share)
    await search.advance()
    if (!save || performance.now() - saved < 1000 * (saveSeconds ?? SAVE_SECONDS)) continue
    await save(search.state())
    saved = performance.now()
  }
  onProgress?.(1)
  return search.coder()
}

class Search {
  private done = 0 // steps
  private times: number[] = [] // seconds of each of the first steps
  private searchSize: SearchSize // shortened to the time there is
  private readonly operators: Operators
  private readonly generators: Generators
  /** Coordinates [n][4] of transitions: from all sampled pixels, and from either half of the blocks. */
  private readonly whole: number[][] = []
  private readonly halves: [number[][], number[][]] = [[], []]

  constructor(
    private readonly clips: Clips,
    private readonly subject: Subject,
    private seconds: number,
  ) {
    const { seed } = subject
    const normalOf = (part: number) => {
      const random = new Random(seed, part)
      return () => random.normal()
    }
    this.searchSize = { ...subject.searchSize }
    const { operators, generators } = this.searchSize
    this.operators = Operators.random(operators.count, operators.radius, normalOf(0))
    this.generators = Generators.random(generators.count, generators.radius, normalOf(1))
  }

  /** Successive transitions per sampled run; 1 where clips are too short. The codes are chosen by them. */
  private get runLength(): number {
    return this.clips.length > TRANSITIONS ? TRANSITIONS : 1
  }

  /** Steps that fit operators and generators. The codes are chosen after them. */
  private get fittingSteps(): number {
    return this.operatorSteps + this.searchSize.generatorSteps
  }

  private get operatorSteps(): number {
    return this.searchSize.oneOperatorSteps + this.searchSize.twoOperatorSteps
  }

  get isOver(): boolean {
    return this.done >= this.fittingSteps && this.whole.length >= this.searchSize.codeTransitions
  }

  /** What is done, 0 … 1. */
  get share(): number {
    const { done, fittingSteps } = this
    return done < fittingSteps
      ? (0.8 * done) / fittingSteps
      : 0.8 + 0.2 * Math.min(1, this.whole.length / this.searchSize.codeTransitions)
  }

  async advance(): Promise<void> {
    const { done, seconds, operatorSteps, fittingSteps } = this
    const { seed } = this.subject
    const began = performance.now()
    if (done < operatorSteps) await this.learnOperators(done, new Random(seed, 0, done))
    else if (done < fittingSteps) await this.learnGenerators(new Random(seed, 1, done - operatorSteps))
    else await this.sampleCoordinates(new Random(seed, 2, done - fittingSteps))
    this.done++
    if (done >= PACED) return
    this.times.push((performance.now() - began) / 1000)
    if (this.done === PACED && seconds < Number.POSITIVE_INFINITY)
      this.searchSize = shortened(this.searchSize, seconds, this.times)
  }

  coder(): TransitionCoder {
    const patterns = choosePatterns(this.whole, this.halves, this.runLength, this.subject.actions)
    const { height, width } = this.subject
    return new TransitionCoder({ height, width }, this.operators, this.generators, patterns)
  }

  /** All that the next steps depend on. */
  state(): CodesFile {
    const { operators, generators, whole, halves, done, times, seconds, searchSize } = this
    const tensors: Record<string, HostTensor> = {
      'operators.weight': hostTensor(operators.weights, [operators.count, operators.side ** 2]),
      'generators.weight': hostTensor(generators.weights, [generators.count, generators.side ** 2]),
      ...(done < this.operatorSteps && { 'operators.sums': packed(operators.sums) }),
      'generators.sums': packed(generators.sums),
      runs: packed([whole, ...halves].map(part => Float64Array.from(part.flat()))),
    }
    // JSON has no Infinity.
    const progress = { done, times, searchSize, ...(seconds < Number.POSITIVE_INFINITY && { seconds }) }
    return { tensors: new Map(Object.entries(tensors)), metadata: stateMetadata(this.subject, progress) }
  }

  /** @throws Error as `findActionCodes` does */
  restore(saved: CodesFile): void {
    const { subject, progress, tensor } = readState(saved)
    checkSame(subject, this.subject)
    const { done, times, searchSize, seconds = Number.POSITIVE_INFINITY } = progress
    Object.assign(this, { done, times, searchSize, seconds })
    const { operators, generators } = this
    for (const [name, { weights }] of [
      ['operators', operators],
      ['generators', generators],
    ] as const)
      unpack(tensor(`${name}.weight`), [weights], `${name}.weight`)
    if (done < this.operatorSteps) unpack(tensor('operators.sums'), operators.sums, 'operators.sums')
    operators.updates = Math.min(done, this.operatorSteps)
    unpack(tensor('generators.sums'), generators.sums, 'generators.sums')
    const all = [this.whole, ...this.halves]
    const coordinates = tensor('runs')
    const numbers = coordinates.data.byteLength / 8 / all.length
    const parts = all.map(() => new Float64Array(Math.floor(numbers)))
    unpack(coordinates, parts, 'runs')
    for (const [i, part] of parts.entries())
      for (let n = 0; n < numbers; n += 4) all[i]!.push([...part.subarray(n, n + 4)])
  }

  private async learnOperators(step: number, random: Random): Promise<void> {
    const { before, after } = await this.draw(random)
    const N = before.count
    const pixels = drawPixels(before, PIXELS, random)
    const samples = this.operators.samples(before, after, pixels)
    const weights = weightsOfBlocks(samples.changes, PIXELS)
    const fitWeights = new Float32Array(samples.errors.length)
    const add = (chosen: Int32Array, of: Float32Array) => addFitWeights(fitWeights, samples.errors, chosen, of)
    if (step < this.searchSize.oneOperatorSteps) {
      const means = meanErrors(samples.errors, weights, N)
      const { count: K } = this.operators
      const isEven = step < EVEN * this.searchSize.oneOperatorSteps
      add(isEven ? assignEvenly(centreErrors(means, K, TRANSITIONS), K) : argmin(means, K), weights)
    } else {
      const { a, b, share } = chooseTwo(samples.errors, weights, N)
      const forA = weights.map((weight, block) => weight * share[block]!)
      const forB = weights.map((weight, block) => weight * (1 - share[block]!))
      add(a, forA)
      add(b, forB)
    }
    this.operators.learn(samples, fitWeights, FITTED_PIXELS)
  }

  /** Generators learn from what is left of the pictures that the operators predict. */
  private async learnGenerators(random: Random): Promise<void> {
    const { operators, generators } = this
    const { before, after } = await this.draw(random)
    const N = before.count
    const pixels = drawPixels(before, PIXELS_GENERATORS, random)
    const { changes, errors } = operators.samples(before, after, pixels)
    const weights = weightsOfBlocks(changes, PIXELS_GENERATORS)
    const { a, share } = chooseTwo(errors, weights, N)
    const predicted = operators.apply(before, a)
    const samples = generators.samples(predicted, after, pixels)
    const shared = weights.map((weight, block) => weight * share[block]!)
    generators.learn(predicted, pixels, samples, generators.coefficientsOf(samples, shared, N))
  }

  /** Samples coordinates of more transitions, by which the codes are chosen. */
  private async sampleCoordinates(random: Random): Promise<void> {
    const { operators, generators, clips, runLength } = this
    const places =
      runLength > 1 ? drawRuns(clips, CLIPS, runLength, random) : drawTransitions(clips, CLIPS, TRANSITIONS, random)
    const transitions = await readTransitions(clips, this.subject, places, changingColour)
    for (const [i, half] of halvesOf(drawPixels(transitions.before, PIXELS_EXPLAINED, random)).entries())
      this.halves[i]!.push(...coordinatesOf(operators, generators, transitions, half))
    const pixels = drawPixels(transitions.before, PIXELS_EXPLAINED, random)
    this.whole.push(...coordinatesOf(operators, generators, transitions, pixels))
  }

  private draw(random: Random) {
    const { clips, subject } = this
    return readTransitions(clips, subject, drawTransitions(clips, CLIPS, TRANSITIONS, random), () =>
      randomColour(random),
    )
  }
}

/** Adds the weights [N, M] of blocks in the fit of the operator chosen for their transition. Blocks of large errors count less (iteratively reweighted least squares). */
function addFitWeights(fitWeights: Float32Array, errors: Float32Array, chosen: Int32Array, weights: Float32Array) {
  const K = errors.length / weights.length
  const M = weights.length / chosen.length
  for (let block = 0; block < weights.length; block++) {
    const at = block * K + chosen[Math.floor(block / M)]!
    fitWeights[at]! += weights[block]! / (errors[at]! + CHARBONNIER_SCALE)
  }
}
