// MaskGIT play, model.md §5: a frame's tokens decoded in a few parallel steps over the cached past, all on the GPU. Three
// Programs are replayed: begin (all masked), step (logits, sample, keep the surest) n times, commit (the finished frame
// into the cache). What differs from step to step or frame to frame is data in `schedule` and `clock`.

import { advance, beginFrame, type Decoding, noteStep, remask, sample } from '../../kernels/maskgit/maskgit.ts'
import type { Gpu } from '../gpu/gpu.ts'
import type { Passes } from '../gpu/profile.ts'
import { Program } from '../gpu/program.ts'
import type { Tensor } from '../gpu/tensor.ts'
import { checkSampling, type SamplingConfig } from './config.ts'
import type { Dynamics } from './dynamics.ts'
import type { History } from './st_transformer.ts'

/** One step of decoding a frame. */
export interface Step {
  temperature: number
  /** What scales the noise of confidences: choice_temperature · (1 - (s+1)/n). */
  noise: number
  guidance: number
  /** How many positions stay masked after it. */
  remain: number
}

/** The steps of a frame of N positions: up to n, fewer when everything is known earlier. */
export function schedule(N: number, sampling: SamplingConfig): Step[] {
  const { steps: n, temperature, choice_temperature, guidance } = checkSampling(sampling, 'sampling')
  const steps: Step[] = []
  let masked = N
  for (let s = 0; s < n && masked > 0; s++) {
    const done = (s + 1) / n
    const remain = s === n - 1 ? 0 : Math.min(masked - 1, Math.floor(N * Math.cos((Math.PI / 2) * done)))
    steps.push({ temperature, noise: choice_temperature * (1 - done), guidance, remain })
    masked = remain
  }
  return steps
}

/** What was known after a step of decoding. */
export interface DecodingStep {
  /** [S]; K, the number of codes, where a position is still masked. */
  tokens: Int32Array<ArrayBuffer>
  /** [S] log-probabilities of each position's candidate, the dice of the choice added; 3.4e38 where it was known before. */
  confidence: Float32Array<ArrayBuffer>
}

/** Plays frames of tokens, one after another. */
export class MaskGit {
  readonly tokens: Tensor // i32 [S], the newest frame's
  readonly clock: Tensor // i32 [3]: frame, seed, the action that led to the frame (-1: none)
  readonly history: History
  private readonly decoding: Decoding
  private readonly begin: Program
  private readonly commit: Program
  private readonly steps = new Map<string, Program>() // by branches, and whether it is watched
  private notes: Tensor | undefined // u32 [S, S, 2]: the token of each position after each step, and its confidence
  private branches = 1
  private watched = false
  private stepCount = 0
  private written = ''

  constructor(
    private readonly gpu: Gpu,
    private readonly dynamics: Dynamics,
  ) {
    const count = dynamics.tokens
    this.tokens = gpu.tensor('tokens', [count], 'i32')
    this.clock = gpu.tensor('clock', [3], 'i32')
    this.history = dynamics.history(1, 2, gpu)
    this.decoding = {
      tokens: this.tokens,
      clock: this.clock,
      schedule: gpu.tensor('schedule', [count, 4], 'u32'),
      progress: gpu.tensor('progress', [1], 'u32'),
    }
    this.begin = new Program(gpu, 'begin frame')
    this.begin.stage = 'sampling'
    beginFrame(this.begin, this.decoding, this.codes)
    this.commit = new Program(gpu, 'commit')
    // A write into the history is all this pass is for: the Program drops what leads to logits alone.
    this.commit.stage = 'dynamics'
    dynamics.forward(this.commit, this.tokens, { clock: this.clock, history: this.history })
  }

  private get codes(): number {
    return this.dynamics.config.tokenizer.codes
  }

  /** Compiles and binds for a way of sampling, before the first frame. */
  async build(sampling: SamplingConfig): Promise<this> {
    await Promise.all(this.programs(sampling).map(p => p.prepare()))
    return this.buildNow(sampling)
  }

  /** The same, blocking while it compiles. */
  buildNow(sampling: SamplingConfig): this {
    for (const program of this.programs(sampling)) program.buildNow()
    return this
  }

  /** What a frame so sampled replays. */
  programs(sampling: SamplingConfig): Program[] {
    return [this.begin, this.recordedStep(branchesOf(sampling), false), this.commit]
  }

  /** Whether the steps of frames from now on are noted on the GPU, for `readSteps`; one more dispatch a step. */
  watch(on: boolean): void {
    const count = this.tokens.length
    // No frame has more steps than tokens.
    if (on) this.notes ??= this.gpu.tensor('notes', [count, count, 2], 'u32')
    this.watched = on
    this.step()
  }

  /** The steps of the newest frame, where that was watched. */
  async readSteps(): Promise<DecodingStep[]> {
    if (!this.notes) return []
    const [steps, count] = [this.stepCount, this.tokens.length]
    const bytes = await this.gpu.read(this.notes)
    return Array.from({ length: steps }, (_, s) => {
      const ints = new Int32Array(bytes, 8 * s * count, 2 * count)
      const floats = new Float32Array(bytes, 8 * s * count, 2 * count)
      return { tokens: ints.filter((_, i) => i % 2 === 0), confidence: floats.filter((_, i) => i % 2 === 1) }
    })
  }

  /** Queues the clock: which frame, the seed, and the action that led to it. Counts before the next submit. */
  setClock(frame: number, seed: number, action: number): void {
    this.gpu.write(this.clock, new Int32Array([frame, seed, action]))
  }

  /**
   * Queues the schedule where it changed.
   * @throws RangeError naming a setting with which no frame can be decoded
   */
  setSampling(sampling: SamplingConfig): void {
    const key = JSON.stringify(sampling)
    if (key === this.written) return
    const steps = schedule(this.tokens.length, sampling)
    this.branches = branchesOf(sampling)
    this.step()
    const bytes = new ArrayBuffer(16 * steps.length)
    steps.forEach(({ temperature, noise, guidance, remain }, i) => {
      new Float32Array(bytes, 16 * i, 3).set([temperature, noise, guidance])
      new Uint32Array(bytes, 16 * i + 12, 1)[0] = remain
    })
    this.gpu.write(this.decoding.schedule, new Uint8Array(bytes))
    this.stepCount = steps.length
    this.written = key
  }

  /** Decodes the frame that clock and schedule say, and commits it. */
  encodeFrame(passes: Passes): void {
    this.begin.encode(passes)
    const step = this.step()
    for (let s = 0; s < this.stepCount; s++) step.encode(passes)
    this.commit.encode(passes)
  }

  /** Commits a frame whose tokens were written from elsewhere: a prompt. */
  encodeCommit(passes: Passes): void {
    this.commit.encode(passes)
  }

  /** What a step replays; built now where it is new. */
  private step(): Program {
    const { branches, watched } = this
    return this.steps.get(`${branches} ${watched}`) ?? this.recordedStep(branches, watched).buildNow()
  }

  private recordedStep(branches: number, watched: boolean): Program {
    const step = this.steps.get(`${branches} ${watched}`) ?? this.recordStep(branches, watched)
    this.steps.set(`${branches} ${watched}`, step)
    return step
  }

  private recordStep(branches: number, watched: boolean): Program {
    const p = new Program(this.gpu, 'step')
    p.stage = 'dynamics'
    const logits = this.dynamics.forward(p, this.tokens, { clock: this.clock, history: this.history, branches })
    p.stage = 'sampling'
    const { candidates, confidence } = sample(p, logits, this.decoding)
    remask(p, candidates, confidence, this.decoding, this.codes)
    if (watched) noteStep(p, confidence, this.decoding, this.notes!)
    advance(p, this.decoding)
    return p
  }
}

/** With guidance 1 the null branch would be multiplied by 0: it is not computed. */
const branchesOf = ({ guidance }: SamplingConfig): number => (guidance === 1 ? 1 : 2)
