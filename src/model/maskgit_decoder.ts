// MaskGIT decoding (docs/model.md §5): a frame's tokens decoded in a few parallel steps over the cached past, all on the GPU. The last
// finished frame's final keys and values are not in the cache until the next frame is decoded: its first step is one pass over both. A frame replays
// two Programs, the first step and a later one n - 1 times. What differs between steps or frames is data in `schedule` and `frameInfo`.
// With a threshold below 1 the later steps are gated: once no position is masked, the GPU skips those that are left.

import { supportsAppending } from '../../kernels/attention/temporal_attention.ts'
import type { Decoding } from '../../kernels/maskgit/decoding.ts'
import { type FramePair, framePair } from '../../kernels/maskgit/frame_pair.ts'
import { openOrCloseGate } from '../../kernels/maskgit/gate.ts'
import { remask } from '../../kernels/maskgit/remask.ts'
import type { Draws } from '../../kernels/maskgit/sample.ts'
import { traceStep } from '../../kernels/maskgit/trace_step.ts'
import type { Gpu } from '../gpu/gpu.ts'
import type { Passes } from '../gpu/profile.ts'
import { createGate, Program } from '../gpu/program.ts'
import { Tensor } from '../gpu/tensor.ts'
import type { KvCache } from './block.ts'
import { codebooksOf, type SamplingConfig } from './config.ts'
import type { DecodingStep } from './decoding_trace.ts'
import type { Dynamics } from './dynamics.ts'
import { COSINE, packSteps, STEP_WORDS, type Step, unmaskingSteps } from './unmasking.ts'

/** The steps of a frame: n, or fewer if all positions are known earlier. */
export const samplingSchedule = (positions: number, sampling: SamplingConfig): Step[] =>
  unmaskingSteps(positions, sampling, COSINE)

/** Decodes frames of tokens, one after another. */
export class MaskGitDecoder {
  readonly tokens: Tensor // i32 [S], with N codebooks [S, N], of the frame being decoded, then of the last finished frame
  readonly frameInfo: Tensor // i32 [3]: frame index, seed, action into the frame (-1: none)
  /** Keys and values of past frames. Those of the last finished frame are of its last step's input, until the next frame is decoded. */
  readonly cache: KvCache
  private readonly pair: FramePair
  private readonly decoding: Decoding
  private readonly appendToCache: Program
  private readonly recorded = new Map<string, StepPrograms>() // by guidance passes, whether it is traced, whether it is gated
  private trace: Tensor | undefined // u32 [S, S, 2]: token and confidence of each position after each step
  private guidancePasses = 1
  private isTraced = false
  private isGated = false
  private stepCount = 0
  private written = ''

  constructor(
    private readonly gpu: Gpu,
    private readonly dynamics: Dynamics,
  ) {
    const count = dynamics.tokensPerFrame
    const codebooks = codebooksOf(dynamics.config.tokenizer)
    this.tokens = gpu.tensor('tokens', codebooks > 1 ? [count, codebooks] : [count], 'i32')
    this.frameInfo = gpu.tensor('frameInfo', [3], 'i32')
    this.cache = dynamics.kvCache(1, 2, gpu)
    this.decoding = {
      tokens: this.tokens,
      frameInfo: this.frameInfo,
      schedule: gpu.tensor('schedule', [count, STEP_WORDS], 'u32'),
      stepIndex: gpu.tensor('step index', [1], 'u32'),
      maskedCount: gpu.tensor('masked count', [count + 1], 'u32'),
    }
    const [first, ...rest] = this.tokens.shape
    this.pair = {
      tokens: gpu.tensor('frame pair', [2 * first!, ...rest], 'i32'),
      info: gpu.tensor('frame pair info', [4], 'i32'),
    }
    this.appendToCache = new Program(gpu, 'append to cache')
    // This pass only writes the cache: the Program eliminates the dispatches that do not lead to it.
    this.appendToCache.stage = 'dynamics'
    dynamics.hidden(this.appendToCache, this.tokens, { frameInfo: this.frameInfo, cache: this.cache })
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

  /** The Programs that play replays under these sampling settings. */
  programs(sampling: SamplingConfig): Program[] {
    const { first, later } = this.programsFor(guidancePassesOf(sampling), false, isAdaptive(sampling))
    return [first, ...(sampling.steps > 1 ? [later] : []), this.appendToCache]
  }

  /** Turns the trace of decoding steps on or off, for `readSteps`. It costs one dispatch per step. */
  recordTrace(on: boolean): void {
    const count = this.dynamics.tokensPerFrame
    // No frame has more steps than tokens.
    if (on) this.trace ??= this.gpu.tensor('trace', [count, count, 2], 'u32')
    this.isTraced = on
    this.currentPrograms()
  }

  /** The decoding steps of the last finished frame, if it was traced. */
  async readSteps(): Promise<DecodingStep[]> {
    if (!this.trace) return []
    const count = this.dynamics.tokensPerFrame
    const masked = new Uint32Array(await this.gpu.read(this.decoding.maskedCount), 0, this.stepCount + 1)
    const trace = await this.gpu.read(this.trace)
    const { decodingSteps, stepsTaken } = await import('./decoding_trace.ts')
    return decodingSteps(stepsTaken(masked), trace, count)
  }

  /** Writes the frame index, the seed and the action into the frame, for the next submit. */
  setFrameInfo(frame: number, seed: number, action: number): void {
    this.gpu.write(this.frameInfo, new Int32Array([frame, seed, action]))
  }

  /**
   * Writes the schedule, if it changed.
   * @throws ArgumentError naming a setting that is out of range
   */
  setSampling(sampling: SamplingConfig): void {
    const key = JSON.stringify(sampling)
    if (key === this.written) return
    const steps = samplingSchedule(this.dynamics.tokensPerFrame, sampling)
    this.guidancePasses = guidancePassesOf(sampling)
    this.isGated = isAdaptive(sampling)
    this.currentPrograms()
    this.gpu.write(this.decoding.schedule, packSteps(steps))
    this.stepCount = steps.length
    this.written = key
  }

  /** Decodes the frame that `frameInfo` and the schedule describe, and appends the one before it to the KV cache. */
  encodeFrame(passes: Passes): void {
    const { first, later } = this.currentPrograms()
    first.encode(passes)
    for (let s = 1; s < this.stepCount; s++) later.encode(passes)
  }

  /** All that the next frame depends on. */
  get tensors(): Tensor[] {
    return [this.tokens, this.pair.info, ...this.cache.tensors]
  }

  /** Appends a prompt frame, whose tokens were written by the caller, to the KV cache. */
  encodeAppendToCache(passes: Passes): void {
    // No action leads into a prompt's frame. The next frame's `frame_pair` reads the last number.
    this.gpu.write(this.pair.info, new Int32Array([0, 0, -1, -1]))
    this.appendToCache.encode(passes)
  }

  /** The Programs of a frame's steps; builds them if they are new. */
  private currentPrograms(): StepPrograms {
    const programs = this.programsFor(this.guidancePasses, this.isTraced, this.isGated)
    for (const program of [programs.first, programs.later]) if (!program.isBuilt) program.buildSync()
    return programs
  }

  private programsFor(guidancePasses: number, isTraced: boolean, isGated: boolean): StepPrograms {
    const key = [guidancePasses, isTraced, isGated].join()
    const programs = this.recorded.get(key) ?? this.recordPrograms(guidancePasses, isTraced, isGated)
    this.recorded.set(key, programs)
    return programs
  }

  private recordPrograms(guidancePasses: number, isTraced: boolean, isGated: boolean): StepPrograms {
    const { dynamics, decoding, frameInfo, pair, cache, codes } = this
    const gate = isGated ? createGate(this.gpu) : undefined
    const first = new Program(this.gpu, 'first step')
    const later = new Program(this.gpu, 'later step', undefined, gate)
    first.stage = 'sampling'
    framePair(first, decoding, pair, codes)
    const { width, heads } = dynamics.config.dynamics
    const isPair = guidancePasses === 1 && supportsAppending(width / heads)
    const pairContext = { frameInfo: pair.info, cache, isPair }
    // Otherwise there are two passes. The first ends where it has written the cache.
    if (!isPair)
      dynamics.hidden(first, new Tensor('finished frame', this.tokens.shape, 'i32', pair.tokens.buffer), pairContext)
    const decoded = { frameInfo, cache, guidancePasses }
    const finish = (p: Program, { candidates, confidence }: Draws) => {
      remask(p, candidates, confidence, decoding, codes)
      if (isTraced) traceStep(p, confidence, decoding, this.trace!)
      if (gate) openOrCloseGate(p, gate, decoding)
    }
    finish(
      first,
      isPair ? dynamics.draw(first, decoding, pairContext, pair.tokens) : dynamics.draw(first, decoding, decoded),
    )
    finish(later, dynamics.draw(later, decoding, decoded))
    return { first, later }
  }
}

interface StepPrograms {
  /** Begins the frame. */
  first: Program
  later: Program
}

/** With guidance 1 the null pass would be multiplied by 0, so it is not computed. */
const guidancePassesOf = ({ guidance }: SamplingConfig): number => (guidance === 1 ? 1 : 2)

/** Whether a frame may need fewer steps than the schedule has. */
const isAdaptive = ({ threshold = 1, steps }: SamplingConfig): boolean => threshold < 1 && steps > 1
