// MaskGIT decoding (docs/model.md §5): a frame's tokens decoded in a few parallel steps over the cached past, all on the GPU. A frame
// replays three Programs: begin (all masked), step (logits, sample, remask) n times, append (the finished frame into the KV cache).
// What differs between steps or frames is data in `schedule` and `frameInfo`.

import { advance } from '../../kernels/maskgit/advance.ts'
import { beginFrame } from '../../kernels/maskgit/begin_frame.ts'
import type { Decoding } from '../../kernels/maskgit/decoding.ts'
import { recordStep } from '../../kernels/maskgit/record_step.ts'
import { remask } from '../../kernels/maskgit/remask.ts'
import { sample } from '../../kernels/maskgit/sample.ts'
import type { Gpu } from '../gpu/gpu.ts'
import type { Passes } from '../gpu/profile.ts'
import { Program } from '../gpu/program.ts'
import type { Tensor } from '../gpu/tensor.ts'
import type { SamplingConfig } from './config.ts'
import type { Dynamics } from './dynamics.ts'
import type { KvCache } from './st_transformer.ts'
import { COSINE, type Step, unmaskingSteps } from './unmasking.ts'

export type { Step } from './unmasking.ts'

/** The steps of a frame of N positions: n, or fewer if all positions are known earlier. */
export const samplingSchedule = (N: number, sampling: SamplingConfig): Step[] => unmaskingSteps(N, sampling, COSINE)

/** A frame's tokens after a decoding step. */
export interface DecodingStep {
  /** [S]; K, the number of codes, marks a masked position. */
  tokens: Int32Array<ArrayBuffer>
  /** [S] log-probability of each position's candidate plus choice noise; 3.4e38 where the token was known before. */
  confidence: Float32Array<ArrayBuffer>
}

/** Decodes frames of tokens, one after another. */
export class MaskGitDecoder {
  readonly tokens: Tensor // i32 [S], the newest frame's
  readonly frameInfo: Tensor // i32 [3]: frame index, seed, action into the frame (-1: none)
  readonly cache: KvCache
  private readonly decoding: Decoding
  private readonly begin: Program
  private readonly appendToCache: Program
  private readonly steps = new Map<string, Program>() // by guidance passes and whether it is traced
  private trace: Tensor | undefined // u32 [S, S, 2]: token and confidence of each position after each step
  private guidancePasses = 1
  private isTraced = false
  private stepCount = 0
  private written = ''

  constructor(
    private readonly gpu: Gpu,
    private readonly dynamics: Dynamics,
  ) {
    const count = dynamics.tokens
    this.tokens = gpu.tensor('tokens', [count], 'i32')
    this.frameInfo = gpu.tensor('frameInfo', [3], 'i32')
    this.cache = dynamics.kvCache(1, 2, gpu)
    this.decoding = {
      tokens: this.tokens,
      frameInfo: this.frameInfo,
      schedule: gpu.tensor('schedule', [count, 4], 'u32'),
      stepIndex: gpu.tensor('progress', [1], 'u32'),
    }
    this.begin = new Program(gpu, 'begin frame')
    this.begin.stage = 'sampling'
    beginFrame(this.begin, this.decoding, this.codes)
    this.appendToCache = new Program(gpu, 'append to cache')
    // This pass only writes the cache: the Program eliminates the dispatches that only lead to logits.
    this.appendToCache.stage = 'dynamics'
    dynamics.forward(this.appendToCache, this.tokens, { frameInfo: this.frameInfo, cache: this.cache })
  }

  private get codes(): number {
    return this.dynamics.config.tokenizer.codes
  }

  /** Compiles and binds for these sampling settings, before the first frame. */
  async build(sampling: SamplingConfig): Promise<this> {
    await Promise.all(this.programs(sampling).map(p => p.compile()))
    return this.buildSync(sampling)
  }

  /** The same, blocking while it compiles. */
  buildSync(sampling: SamplingConfig): this {
    for (const program of this.programs(sampling)) program.buildSync()
    return this
  }

  /** The Programs that a frame replays under these sampling settings. */
  programs(sampling: SamplingConfig): Program[] {
    return [this.begin, this.recordedStep(guidancePassesOf(sampling), false), this.appendToCache]
  }

  /** Turns the trace of decoding steps on or off, for `readSteps`. It costs one dispatch per step. */
  recordTrace(on: boolean): void {
    const count = this.tokens.length
    // No frame has more steps than tokens.
    if (on) this.trace ??= this.gpu.tensor('notes', [count, count, 2], 'u32')
    this.isTraced = on
    this.step()
  }

  /** The decoding steps of the newest frame, if it was traced. */
  async readSteps(): Promise<DecodingStep[]> {
    if (!this.trace) return []
    const [steps, count] = [this.stepCount, this.tokens.length]
    const bytes = await this.gpu.read(this.trace)
    return Array.from({ length: steps }, (_, s) => {
      const ints = new Int32Array(bytes, 8 * s * count, 2 * count)
      const floats = new Float32Array(bytes, 8 * s * count, 2 * count)
      return { tokens: ints.filter((_, i) => i % 2 === 0), confidence: floats.filter((_, i) => i % 2 === 1) }
    })
  }

  /** Writes the frame index, the seed and the action into the frame, for the next submit. */
  setFrameInfo(frame: number, seed: number, action: number): void {
    this.gpu.write(this.frameInfo, new Int32Array([frame, seed, action]))
  }

  /**
   * Writes the schedule, if it changed.
   * @throws RangeError naming a setting that is out of range
   */
  setSampling(sampling: SamplingConfig): void {
    const key = JSON.stringify(sampling)
    if (key === this.written) return
    const steps = samplingSchedule(this.tokens.length, sampling)
    this.guidancePasses = guidancePassesOf(sampling)
    this.step()
    const bytes = new ArrayBuffer(16 * steps.length)
    steps.forEach(({ temperature, choiceNoise: noise, guidance, maskedAfter: remain }, i) => {
      new Float32Array(bytes, 16 * i, 3).set([temperature, noise, guidance])
      new Uint32Array(bytes, 16 * i + 12, 1)[0] = remain
    })
    this.gpu.write(this.decoding.schedule, new Uint8Array(bytes))
    this.stepCount = steps.length
    this.written = key
  }

  /** Decodes the frame that `frameInfo` and the schedule describe, and appends it to the KV cache. */
  encodeFrame(passes: Passes): void {
    this.begin.encode(passes)
    const step = this.step()
    for (let s = 0; s < this.stepCount; s++) step.encode(passes)
    this.appendToCache.encode(passes)
  }

  /** Appends a prompt frame, whose tokens were written by the caller, to the KV cache. */
  encodeAppendToCache(passes: Passes): void {
    this.appendToCache.encode(passes)
  }

  /** The Program of a step; builds it if it is new. */
  private step(): Program {
    const { guidancePasses, isTraced } = this
    return this.steps.get(`${guidancePasses} ${isTraced}`) ?? this.recordedStep(guidancePasses, isTraced).buildSync()
  }

  private recordedStep(guidancePasses: number, isTraced: boolean): Program {
    const step = this.steps.get(`${guidancePasses} ${isTraced}`) ?? this.recordStep(guidancePasses, isTraced)
    this.steps.set(`${guidancePasses} ${isTraced}`, step)
    return step
  }

  private recordStep(guidancePasses: number, isTraced: boolean): Program {
    const p = new Program(this.gpu, 'step')
    p.stage = 'dynamics'
    const logits = this.dynamics.forward(p, this.tokens, {
      frameInfo: this.frameInfo,
      cache: this.cache,
      guidancePasses: guidancePasses,
    })
    p.stage = 'sampling'
    const { candidates, confidence } = sample(p, logits, this.decoding)
    remask(p, candidates, confidence, this.decoding, this.codes)
    if (isTraced) recordStep(p, confidence, this.decoding, this.trace!)
    advance(p, this.decoding)
    return p
  }
}

/** With guidance 1 the null pass would be multiplied by 0, so it is not computed. */
const guidancePassesOf = ({ guidance }: SamplingConfig): number => (guidance === 1 ? 1 : 2)
