// The face of training, for whoever runs one (the command line, a page, tests):
//
//     const step = await TrainingStep.create(gpu, 'tokenizer', config, source, { clips: 6, frames: 4 })
//     for (let t = 1; t <= steps; t++) {
//       step.write({ frames, weights, given })       // the batch: see src/training/losses.ts for what each component takes
//       step.set({ step: t, rate: rateAt(…), terms, reseedAfter: 100, seed })
//       step.run()                                   // forward, backward, clip, AdamW: one submit; returns at once
//       if (t % 50 === 0) report = await step.read() // loss, its parts, norms; throws TrainingError on NaN
//     }
//     await step.weights()                           // as a file has them; step.state() and restore() are for checkpoints
//
// `source` is the component's file: random ones and starts are made as files too (src/training/init/initial_weights.ts), so that a fresh run,
// a resumed one and a trained model come in by one door. `trainingMemory` says beforehand what a step will take. A loss or gradient
// that is not finite never reaches the weights: the GPU itself stops changing them, and the next `read` says since which step.

import { createTape } from '../../kernels/autograd.ts'
import { adamw, type OptimizedTensor, type OptimizerState, optimizerSettings } from '../../kernels/optimizer/adamw.ts'
import { resetDeadCodes } from '../../kernels/vq/reset_dead_codes.ts'
import type { Gpu } from '../gpu/gpu.ts'
import { Program } from '../gpu/program.ts'
import type { Tensor } from '../gpu/tensor.ts'
import type { Config } from '../model/config.ts'
import { loadWeights } from '../weights/load.ts'
import { type ByteSource, type HostTensor, hostTensor } from '../weights/safetensors.ts'
import { type Component, readAsStored } from './component.ts'
import { forwardBackward, outputOf, type Parameter, readParts } from './gradients.ts'
import {
  type BatchShape,
  type Loss,
  type LossTerms,
  type LossWeights,
  lossOf,
  SPEC_WEIGHTS,
  termValues,
} from './losses.ts'
import { type Trainable, trainableOf } from './trainable.ts'

/** A step went wrong in a way that more steps would not mend; the message says which, and what is broken. */
export class TrainingError extends Error {
  override name = 'TrainingError'

  /** @param brokenAt the first step that was not finite, where that is what went wrong */
  constructor(
    message: string,
    readonly brokenAt?: number,
  ) {
    super(message)
  }
}

/** Values of a step's inputs, by name: see src/training/losses.ts. */
export type Batch = Record<string, Int32Array<ArrayBuffer> | Uint32Array<ArrayBuffer> | Float32Array<ArrayBuffer>>

/** What a step is told besides its batch. */
export interface StepSettings {
  /** From 1; bias corrections follow from it. */
  step: number
  /** Learning rate. */
  learningRate: number
  terms: LossWeights
  /** Codes not chosen for more steps than this move to latents of the batch; 0: none do. */
  reseedAfter?: number
  /** Of what reseeding draws. */
  seed?: number
}

/** What the newest step came to. */
export interface StepReport {
  loss: number
  terms: LossTerms
  /** Gradient norms before clipping, by group. */
  norms: Record<string, number>
}

const WEIGHT_DECAY = 0.01

export class TrainingStep {
  private terms: LossWeights = SPEC_WEIGHTS

  private constructor(
    readonly gpu: Gpu,
    private readonly trainee: Trainable,
    private readonly program: Program,
    private readonly objective: Loss,
    private readonly parameters: readonly (Parameter & OptimizedTensor)[],
    private readonly all: ReadonlyMap<string, Tensor>,
    private readonly optimiser: OptimizerState,
    private readonly codes: { settings: Tensor; stepsUnused: Tensor } | undefined,
  ) {}

  /** The step of a world's component: see `of`. */
  static create(
    gpu: Gpu,
    component: Component,
    config: Config,
    source: ByteSource,
    shape: BatchShape,
  ): Promise<TrainingStep> {
    return TrainingStep.of(gpu, trainableOf(component, config, shape), source)
  }

  /**
   * Records and compiles a step.
   * @param gpu of precision f32
   * @throws FormatError as loadWeights does, GpuError when the adapter cannot hold it
   */
  static async of(gpu: Gpu, trainee: Trainable, source: ByteSource): Promise<TrainingStep> {
    const { name, tensors, clipGroups: groups } = trainee
    const weights = await loadWeights(gpu, source, tensors)
    const p = new Program(gpu, `${name} step`, createTape())
    const { objective, parameters } = forwardBackward(p, trainee, weights)
    const trained = parameters.map(parameter => ({
      ...parameter,
      moments: gpu.tensor(`moments of ${parameter.spec.name}`, [parameter.tensor.length, 2]),
      group: groups.findIndex(({ name }) => parameter.spec.name.startsWith(name)),
      decays: parameter.spec.shape.length > 1,
    }))
    const optimiser = adamw(
      p,
      trained,
      groups.map(({ limit }) => limit),
    )
    let codes: { settings: Tensor; stepsUnused: Tensor } | undefined
    if (objective.quantised) {
      const codebook = weights.get('codebook')
      codes = {
        settings: gpu.tensor('reseeding', [2], 'u32'),
        stepsUnused: gpu.tensor('idle steps of codes', [codebook.rows], 'u32'),
      }
      resetDeadCodes(p, objective.quantised, { ...codes, codebook })
    }
    for (const { tensor } of objective.sums) outputOf(p, tensor)
    if (objective.quantised) outputOf(p, objective.quantised.unitLatents)
    const all = new Map(tensors.map(({ name }) => [name, weights.get(name)]))
    return new TrainingStep(gpu, trainee, await p.build(), objective, trained, all, optimiser, codes)
  }

  /**
   * Queues a batch, or part of one: what is not given stays as it was.
   * @throws RangeError naming an input that the component does not take, or one of the wrong size
   */
  write(batch: Batch): void {
    for (const [name, values] of Object.entries(batch)) {
      const t = this.objective.inputs[name]
      if (!t)
        throw new RangeError(
          `${this.trainee.name} takes no ${name}, only ${Object.keys(this.objective.inputs).join(', ')}`,
        )
      if (values.length !== t.length)
        throw new RangeError(
          `${this.trainee.name}: ${name} has ${values.length} numbers, expected [${t.shape.join(', ')}]`,
        )
      this.gpu.write(t, values)
    }
  }

  /** A tensor of the file as it is on the GPU, or what an input is written into: for Programs that run beside the step. */
  tensor(name: string): Tensor {
    const tensor = this.all.get(name) ?? this.objective.inputs[name]
    if (!tensor) throw new RangeError(`${this.trainee.name} has neither a tensor nor an input ${name}`)
    return tensor
  }

  /** How many numbers an input takes. */
  size(input: string): number {
    return this.objective.inputs[input]!.length
  }

  /** Unit latents [rows, C] of the newest batch. */
  async latents(): Promise<Float32Array> {
    const units = this.objective.quantised!.unitLatents
    return new Float32Array(await this.gpu.read(units)).slice(0, units.length)
  }

  /** Queues another codebook [K, C] in place of the one that there is. */
  replaceCodebook(codes: Float32Array<ArrayBuffer>): void {
    this.gpu.write(this.all.get('codebook')!, codes)
  }

  /** Queues what the next step is told. */
  configure({ step, learningRate: rate, terms, reseedAfter = 0, seed = 0 }: StepSettings): void {
    this.terms = terms
    this.gpu.write(this.objective.terms, termValues(terms))
    this.gpu.write(this.optimiser.settings, optimizerSettings(rate, WEIGHT_DECAY, step))
    if (this.codes) this.gpu.write(this.codes.settings, Uint32Array.of(reseedAfter, seed))
  }

  /** Queues the step, in one submit. */
  run(): void {
    this.program.run()
  }

  /** Resolves when all that is queued is done. */
  done(): Promise<undefined> {
    return this.gpu.device.queue.onSubmittedWorkDone()
  }

  /**
   * Waits for the newest step and tells what it came to.
   * @throws TrainingError when it, or one since the last `read`, was not finite: names the step and the tensors
   */
  async read(): Promise<StepReport> {
    const parts = await readParts(this.gpu, this.objective)
    const norms = new Float32Array(await this.gpu.read(this.optimiser.norms))
    const [brokenAt] = new Uint32Array(await this.gpu.read(this.optimiser.nonfiniteStep))
    const loss = lossOf(parts, this.terms)
    if (brokenAt) throw new TrainingError(await this.nonFiniteStep(brokenAt), brokenAt)
    if (!Number.isFinite(loss)) throw new TrainingError(`the loss is ${loss}, though no gradient is broken`)
    return {
      loss,
      terms: parts,
      norms: Object.fromEntries(this.trainee.clipGroups.map(({ name }, i) => [name || this.trainee.name, norms[i]!])),
    }
  }

  /**
   * Where a broken step went wrong first: replays the batch that is there, one dispatch at a time, and reads everything. Slow; the
   * weights do not change.
   */
  async locateNonFinite(): Promise<string | undefined> {
    return this.program.firstNonFinite()
  }

  /** Every tensor of the component's file, as a file has it. */
  async weights(): Promise<Record<string, HostTensor>> {
    const tensors: Record<string, HostTensor> = {}
    for (const spec of this.trainee.tensors)
      tensors[spec.name] = hostTensor(await readAsStored(this.gpu, spec, this.all.get(spec.name)!), spec.shape)
    return tensors
  }

  /** What the optimiser remembers, by tensor; with `weights`, the step and the seed, the whole of a run. */
  async optimizerState(): Promise<Record<string, HostTensor>> {
    const tensors: Record<string, HostTensor> = {}
    for (const [name, t] of this.remembered()) {
      const bytes = (await this.gpu.read(t)).slice(0, 4 * t.length)
      tensors[name] = hostTensor(t.type === 'u32' ? new Int32Array(bytes) : new Float32Array(bytes), [...t.shape])
    }
    return tensors
  }

  /**
   * Takes what `state` gave.
   * @throws RangeError naming a tensor that is missing or of another size
   */
  restore(optimizerState: Record<string, HostTensor> | Map<string, HostTensor>): void {
    const given = optimizerState instanceof Map ? optimizerState : new Map(Object.entries(optimizerState))
    for (const [name, t] of this.remembered()) {
      const data = given.get(name)?.data
      if (data?.byteLength !== 4 * t.length)
        throw new RangeError(
          `${name} of the checkpoint has ${data?.byteLength ?? 'no'} bytes, expected ${4 * t.length}`,
        )
      this.gpu.write(t, data.slice())
    }
  }

  private remembered(): [string, Tensor][] {
    const moments = this.parameters.map(({ spec, moments }): [string, Tensor] => [`moments.${spec.name}`, moments])
    return this.codes ? [...moments, ['idle', this.codes.stepsUnused]] : moments
  }

  private async nonFiniteStep(step: number): Promise<string> {
    const squares = new Float32Array(await this.gpu.read(this.optimiser.partials))
    const spoilt = new Set(this.optimiser.partialOwner.filter((_, share) => !Number.isFinite(squares[share])))
    const names = [...spoilt].map(index => this.parameters[index]!.spec.name)
    return `step ${step} is broken: the gradient of ${names[0]}${names.length > 1 ? ` and ${names.length - 1} more tensors` : ''} is not finite; the weights are those of step ${step - 1}`
  }
}
