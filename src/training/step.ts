// The public interface of a training step. The CLI, the training page and the tests use it:
//
//     const step = await TrainingStep.create(gpu, trainableOf(spec, config, { clips: 6, frames: 4 }), source)
//     for (let t = 1; t <= steps; t++) {
//       step.write({ frames, pixelWeights, targetCodes })  // the batch: see recordLoss in src/training/components/
//       step.configure({ step: t, learningRate, lossWeights, resetAfter: 100, seed })
//       step.run()                                         // forward, backward, clipping, AdamW: one submit; returns at once
//       if (t % 50 === 0) report = await step.read()       // loss, its terms, norms; throws TrainingError on NaN
//     }
//     await step.weights()                                 // in the layout of the file; optimizerState() completes a checkpoint
//
// `source` is the component's file. Initial weights are made as a file too, so that a fresh run, a resumed run and a trained model
// load alike. `trainingMemory` computes beforehand what a step takes. A loss or gradient that is not finite never reaches the
// weights: the optimiser's kernels stop changing them, and the next `read` names the step.

import { createTape } from '../../kernels/autograd.ts'
import { adamw, type OptimizedTensor, type OptimizerState, optimizerSettings } from '../../kernels/optimizer/adamw.ts'
import { resetDeadCodes } from '../../kernels/vq/reset_dead_codes.ts'
import type { Gpu } from '../gpu/gpu.ts'
import { firstNonFinite } from '../gpu/non_finite.ts'
import { Program } from '../gpu/program.ts'
import type { Tensor } from '../gpu/tensor.ts'
import { loadWeights, type Weights } from '../weights/load.ts'
import { shapeText } from '../weights/printable.ts'
import { type ByteSource, FormatError, type HostTensor, hostTensor } from '../weights/safetensors.ts'
import { forwardBackward, type ParameterGradient, readParameter, readTerms } from './gradients.ts'
import { BASE_WEIGHTS, type Loss, type LossTerms, type LossWeights, lossWeightValues, totalLoss } from './losses.ts'
import type { Trainable } from './trainable.ts'

/** Training failed in a way that further steps cannot mend. The message says at which step, and what is wrong. */
export class TrainingError extends Error {
  override name = 'TrainingError'

  /** @param nonFiniteStep the first step with a number that is not finite, if that is the reason */
  constructor(
    message: string,
    readonly nonFiniteStep?: number,
  ) {
    super(message)
  }
}

/** Values of a step's inputs, by name: see recordLoss in src/training/components/. */
export type Batch = Record<string, Int32Array<ArrayBuffer> | Uint32Array<ArrayBuffer> | Float32Array<ArrayBuffer>>

/** The settings of a step besides its batch. */
interface StepSettings {
  /** From 1; the bias corrections of AdamW follow from it. */
  step: number
  learningRate: number
  lossWeights: LossWeights
  /** Codes that were not chosen for more steps than this move to latents of the batch; 0: none do. */
  resetAfter?: number
  /** Seed for the random choice of those latents. */
  seed?: number
}

/** The numbers of the newest step. */
export interface StepReport {
  loss: number
  terms: LossTerms
  /** Gradient norms before clipping, by clip group. */
  norms: Record<string, number>
}

const WEIGHT_DECAY = 0.01

export class TrainingStep {
  /** Loss weights of the next step (`configured`) and of the newest one (`used`). */
  private configured: LossWeights = BASE_WEIGHTS
  private used: LossWeights = BASE_WEIGHTS

  private constructor(
    readonly gpu: Gpu,
    private readonly trainable: Trainable,
    private readonly program: Program,
    private readonly loss: Loss,
    private readonly optimized: readonly (ParameterGradient & OptimizedTensor)[],
    /** The parameters on the GPU, for Programs that run beside the step. */
    readonly parameters: Weights,
    private readonly optimizer: OptimizerState,
    private readonly codes: { settings: Tensor; stepsUnused: Tensor } | undefined,
  ) {}

  /**
   * Records and compiles a step.
   * @param gpu of precision f32
   * @throws FormatError as loadWeights does, GpuError when the adapter cannot hold it
   */
  static async create(gpu: Gpu, trainable: Trainable, source: ByteSource): Promise<TrainingStep> {
    const { name, parameters, clipNorms } = trainable
    const weights = await loadWeights(gpu, source, parameters)
    const p = new Program(gpu, `${name} step`, createTape())
    const { loss, gradients } = forwardBackward(p, trainable, weights)
    const groups = Object.keys(clipNorms)
    const optimized = gradients.map(gradient => ({
      ...gradient,
      moments: gpu.tensor(`moments of ${gradient.spec.name}`, [gradient.tensor.length, 2]),
      group: groups.indexOf(gradient.spec.clipGroup),
      decays: gradient.spec.decay,
      slow: gradient.spec.tenthRate ?? false,
    }))
    const optimizer = adamw(p, optimized, Object.values(clipNorms))
    let codes: { settings: Tensor; stepsUnused: Tensor } | undefined
    if (loss.quantised) {
      const codebook = weights.get('codebook')
      codes = {
        settings: gpu.tensor('dead code settings', [2], 'u32'),
        stepsUnused: gpu.tensor('unused steps of codes', [codebook.rows], 'u32'),
      }
      resetDeadCodes(p, loss.quantised, { ...codes, codebook })
    }
    for (const { tensor } of loss.terms) p.output(tensor)
    return new TrainingStep(gpu, trainable, await p.build(), loss, optimized, weights, optimizer, codes)
  }

  /**
   * Queues a batch or part of one. An input that is not given stays as it was.
   * @throws RangeError naming an input that does not exist, or one of the wrong size
   */
  write(batch: Batch): void {
    for (const [name, values] of Object.entries(batch)) {
      const t = this.loss.inputs[name]
      if (!t)
        throw new RangeError(
          `${this.trainable.name} has no input ${name}, expected ${Object.keys(this.loss.inputs).join(', ')}`,
        )
      if (values.length !== t.length)
        throw new RangeError(
          `${this.trainable.name}: ${name} has ${values.length} numbers, expected ${t.shape.join(' × ')}`,
        )
      this.gpu.write(t, values)
    }
  }

  /** Queues new values [K, C] of the codebook. */
  replaceCodebook(codes: Float32Array<ArrayBuffer>): void {
    this.gpu.write(this.parameters.get('codebook'), codes)
  }

  /** Queues the settings of the next step. */
  configure({ step, learningRate, lossWeights, resetAfter = 0, seed = 0 }: StepSettings): void {
    this.configured = lossWeights
    this.gpu.write(this.loss.weights, lossWeightValues(lossWeights))
    this.gpu.write(this.optimizer.settings, optimizerSettings(learningRate, WEIGHT_DECAY, step))
    if (this.codes) this.gpu.write(this.codes.settings, Uint32Array.of(resetAfter, seed))
  }

  /** Queues the step, in one submit. */
  run(): void {
    this.used = this.configured
    this.program.run()
  }

  /** Resolves when the GPU has done all that is queued. */
  done(): Promise<void> {
    return this.gpu.finished()
  }

  /**
   * Waits for the newest step and reads its numbers.
   * @throws TrainingError when a step since the last `read` was not finite: names the step and the tensors
   */
  async read(): Promise<StepReport> {
    const { used } = this
    const terms = await readTerms(this.gpu, this.loss)
    const norms = new Float32Array(await this.gpu.read(this.optimizer.norms))
    const [nonFinite] = new Uint32Array(await this.gpu.read(this.optimizer.nonfiniteStep))
    if (nonFinite) throw new TrainingError(await this.nonFiniteMessage(nonFinite), nonFinite)
    const loss = totalLoss(terms, used)
    if (!Number.isFinite(loss)) throw new TrainingError(`the loss is ${loss}, but all gradients are finite`)
    const groups = Object.keys(this.trainable.clipNorms)
    return { loss, terms, norms: Object.fromEntries(groups.map((name, i) => [name, norms[i]!])) }
  }

  /**
   * The label of the tensor in which a number that is not finite first appears. Replays the present batch one dispatch at a time and
   * reads every tensor, which is slow. The weights do not change.
   */
  async locateNonFinite(): Promise<string | undefined> {
    return firstNonFinite(this.program)
  }

  /** Every tensor of the component's file, in its layout there. */
  async weights(): Promise<Record<string, HostTensor>> {
    const values: Record<string, HostTensor> = {}
    for (const spec of this.trainable.parameters)
      values[spec.name] = hostTensor(await readParameter(this.gpu, spec, this.parameters.get(spec.name)), spec.shape)
    return values
  }

  /** The moments of AdamW and how long codes were not chosen. With `weights`, step and seed this is the whole state of a run. */
  async optimizerState(): Promise<Record<string, HostTensor>> {
    const values: Record<string, HostTensor> = {}
    for (const [name, t] of this.stateTensors()) {
      const bytes = (await this.gpu.read(t)).slice(0, 4 * t.length)
      values[name] = hostTensor(t.type === 'u32' ? new Int32Array(bytes) : new Float32Array(bytes), [...t.shape])
    }
    return values
  }

  /**
   * Queues the values that `optimizerState` read.
   * @param checkpoint its name, for errors
   * @throws FormatError naming a tensor that is missing or of another type or shape
   */
  restore(state: Record<string, HostTensor>, checkpoint = 'the checkpoint'): void {
    for (const [name, t] of this.stateTensors()) {
      const given = state[name]
      const dtype = t.type === 'u32' ? 'I32' : 'F32'
      const [found, wanted] = [given && typeAndShape(given), typeAndShape({ dtype, shape: t.shape })]
      if (found !== wanted)
        throw new FormatError(`${checkpoint}: state.${name} is ${found ?? 'missing'}, expected ${wanted}`)
      this.gpu.write(t, given!.data.slice())
    }
  }

  private stateTensors(): [string, Tensor][] {
    const moments = this.optimized.map(({ spec, moments }): [string, Tensor] => [`moments.${spec.name}`, moments])
    // `idle` is the name in checkpoints.
    return this.codes ? [...moments, ['idle', this.codes.stepsUnused]] : moments
  }

  private async nonFiniteMessage(step: number): Promise<string> {
    const squares = new Float32Array(await this.gpu.read(this.optimizer.partials))
    const faulty = new Set(this.optimizer.partialOwner.filter((_, partial) => !Number.isFinite(squares[partial])))
    const names = [...faulty].map(index => this.optimized[index]!.spec.name)
    const more = names.length > 1 ? ` and of ${names.length - 1} more tensors` : ''
    return `step ${step}: the gradient of ${names[0]}${more} is not finite, the weights are those of step ${step - 1}`
  }
}

const typeAndShape = ({ dtype, shape }: { dtype: string; shape: readonly number[] }) => `${dtype} ${shapeText(shape)}`
