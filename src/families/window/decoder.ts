// Decodes the frames after a window of context, for dynamics with positions that are absolute in the window. The context's keys and values
// are computed once per frame, and the decoding steps reuse them. They are not kept for the next frame, since all positions shift.

import { beginFrame } from '../../../kernels/maskgit/begin_frame.ts'
import type { Decoding } from '../../../kernels/maskgit/decoding.ts'
import { remask } from '../../../kernels/maskgit/remask.ts'
import type { Draws } from '../../../kernels/maskgit/sample.ts'
import { traceStep } from '../../../kernels/maskgit/trace_step.ts'
import { ArgumentError } from '../../gpu/errors.ts'
import type { Gpu } from '../../gpu/gpu.ts'
import type { Passes } from '../../gpu/profile.ts'
import { Program } from '../../gpu/program.ts'
import type { Tensor } from '../../gpu/tensor.ts'
import type { ForwardContext, KvCache } from '../../model/block.ts'
import { type Config, MAX_STEPS, type SamplingConfig } from '../../model/config.ts'
import { type DecodingStep, decodingSteps } from '../../model/decoding_trace.ts'
import { packSteps, STEP_WORDS, type Step } from '../../model/unmasking.ts'

/** A dynamics model whose positions are counted in the window. */
export interface WindowDynamics {
  readonly config: Config
  readonly tokensPerFrame: number
  kvCache(frames: number, gpu?: Gpu): KvCache
  /** Tokens of frames `first` … of the window, K = masked, and the actions into them (`ctx.conditions`) → logits. */
  forward(p: Program, tokens: Tensor, ctx: ForwardContext, first?: number): Tensor
  /** The decoding steps of so many positions. */
  steps(positions: number, sampling: SamplingConfig): Step[]
  /** Draws candidates of masked positions. */
  sample(p: Program, logits: Tensor, d: Decoding): Draws
}

export class WindowDecoder {
  readonly contextCodes: Tensor // i32 [contextFrames, positions]
  readonly tokens: Tensor // i32 [newFrames · positions], of the new frames; K = masked
  readonly frameInfo: Tensor // i32 [3]: number of the first new frame, seed, the player's action
  readonly pastActions: Tensor // i32 [contextFrames], the action into each frame of the context (-1: none)
  readonly newActions: Tensor // i32 [newFrames]
  /** `ForwardContext.frameInfo` of passes over the context, i32 [2], and over the new frames, i32 [2 + newFrames]: [2 + f] is the position of new frame f in the window. */
  readonly contextFrameInfo: Tensor
  readonly newFrameInfo: Tensor
  private readonly decoding: Decoding
  private readonly context: ForwardContext
  private readonly prefill: Program
  private readonly begin: Program
  private readonly plainStep: Program
  private tracedStep: Program | undefined
  private trace: Tensor | undefined // u32 [at most MAX_STEPS, newFrames · positions, 2]
  private isTraced = false
  private steps: Step[] = []
  private written = ''

  /** @param newFrames decoded together */
  constructor(
    private readonly gpu: Gpu,
    private readonly dynamics: WindowDynamics,
    private readonly contextFrames: number,
    newFrames: number,
  ) {
    const positions = dynamics.tokensPerFrame
    const codes = dynamics.config.tokenizer.codes
    this.contextCodes = gpu.tensor('context codes', [contextFrames, positions], 'i32')
    this.tokens = gpu.tensor('tokens', [newFrames * positions], 'i32')
    this.frameInfo = gpu.tensor('frameInfo', [3], 'i32')
    this.pastActions = gpu.tensor('past actions', [contextFrames], 'i32')
    this.newActions = gpu.tensor('new actions', [newFrames], 'i32')
    this.contextFrameInfo = gpu.tensor('frameInfo of the context', [2], 'i32')
    this.newFrameInfo = gpu.tensor('frameInfo of new frames', [2 + newFrames], 'i32')
    this.beginAt(contextFrames)
    this.decoding = {
      tokens: this.tokens,
      frameInfo: this.frameInfo,
      schedule: gpu.tensor('schedule', [this.tokens.length, STEP_WORDS], 'u32'),
      stepIndex: gpu.tensor('step index', [1], 'u32'),
      maskedCount: gpu.tensor('masked count', [this.tokens.length + 1], 'u32'),
    }
    const cache = dynamics.kvCache(contextFrames + newFrames, gpu)
    this.context = { frameInfo: this.newFrameInfo, cache, conditions: this.newActions }
    this.prefill = new Program(gpu, 'dynamics of the context')
    this.prefill.stage = 'dynamics'
    // Only the cache is wanted: the Program eliminates what leads to logits.
    dynamics.forward(this.prefill, this.contextCodes, {
      frameInfo: this.contextFrameInfo,
      cache,
      conditions: this.pastActions,
    })
    this.begin = new Program(gpu, 'begin frame')
    this.begin.stage = 'sampling'
    beginFrame(this.begin, this.decoding, codes)
    this.plainStep = this.stepProgram(false)
  }

  get programs(): Program[] {
    return [this.prefill, this.begin, this.plainStep]
  }

  /** From now on the new frames follow this many frames of context, the first ones in `contextCodes`. At first it is all of them. */
  beginAt(frames: number): void {
    const numbers = Array.from({ length: this.newActions.length }, (_, f) => frames + f)
    this.gpu.write(this.newFrameInfo, Int32Array.of(frames, 0, ...numbers))
  }

  recordTrace(on: boolean): void {
    const count = this.tokens.length
    if (on) {
      this.trace ??= this.gpu.tensor('trace', [Math.min(count, MAX_STEPS), count, 2], 'u32')
      this.tracedStep ??= this.stepProgram(true).buildSync()
    }
    this.isTraced = on
  }

  async readSteps(): Promise<DecodingStep[]> {
    if (!this.trace) return []
    return decodingSteps(this.steps.length, await this.gpu.read(this.trace), this.tokens.length)
  }

  /** @throws ArgumentError naming a setting that is out of range, or that these models do not have */
  setSampling(sampling: SamplingConfig): Step[] {
    const key = JSON.stringify(sampling)
    if (key === this.written) return this.steps
    for (const [name, value, only] of [
      ['guidance', sampling.guidance, 1],
      ['choice_temperature', sampling.choice_temperature, 0],
      ['threshold', sampling.threshold ?? 1, 1],
    ] as const)
      if (value !== only)
        throw new ArgumentError(`sampling.${name} is ${value}, models of this family support only ${only}`)
    // A temperature of 0 means a temperature of 1 and a draw without noise.
    const { temperature } = sampling
    const steps = this.dynamics.steps(this.tokens.length, {
      ...sampling,
      temperature: temperature === 0 ? 1 : temperature,
    })
    this.steps = steps.map(step => ({ ...step, choiceNoise: temperature > 0 ? 1 : 0 }))
    this.gpu.write(this.decoding.schedule, packSteps(this.steps))
    this.written = key
    return this.steps
  }

  /** Decodes `tokens` from `contextCodes` and the actions. */
  encode(passes: Passes): void {
    this.prefill.encode(passes)
    this.begin.encode(passes)
    const step = this.isTraced ? this.tracedStep! : this.plainStep
    for (let s = 0; s < this.steps.length; s++) step.encode(passes)
  }

  /** Records one decoding step of the new frames as they are in `tokens`, up to the draws: `remask` is not part of it. */
  stepOutputs(p: Program): Draws & { logits: Tensor; stepIndex: Tensor } {
    const logits = this.dynamics.forward(p, this.tokens, this.context, this.contextFrames)
    const { stepIndex } = this.decoding
    return { logits, ...this.dynamics.sample(p, logits, this.decoding), stepIndex }
  }

  private stepProgram(isTraced: boolean): Program {
    const p = new Program(this.gpu, 'step')
    p.stage = 'dynamics'
    const logits = this.dynamics.forward(p, this.tokens, this.context, this.contextFrames)
    p.stage = 'sampling'
    const { candidates, confidence } = this.dynamics.sample(p, logits, this.decoding)
    remask(p, candidates, confidence, this.decoding, this.dynamics.config.tokenizer.codes)
    if (isTraced) traceStep(p, confidence, this.decoding, this.trace!)
    return p
  }
}
