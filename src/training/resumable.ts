// A training run with checkpoints: it starts from initial weights or from the last checkpoint, and it runs to its end or until it is stopped. A run
// that is killed loses the steps since its last checkpoint. The caller decides where checkpoints are kept.

import type { Gpu } from '../gpu/gpu.ts'
import { bytesSource, FormatError, type HostTensor, joined, writeSafetensors } from '../weights/safetensors.ts'
import { type Checkpoint, checkCheckpoint, nonFinite, TrainingCheckpointError } from './checkpoint.ts'
import { checkpointOf, type Recipe, splitCheckpoint, trainLoop } from './loop.ts'
import { Random } from './random.ts'
import { type StepReport, TrainingError, TrainingStep } from './step.ts'
import type { Trainable } from './trainable.ts'

/** Steps of linear warm-up of the learning rate, of a run of so many steps. Where their number is unknown it is taken to be large. */
export const warmUpSteps = (steps = Number.POSITIVE_INFINITY): number => Math.min(100, Math.ceil(steps / 10))

/** Where the checkpoints of one run are kept. */
export interface CheckpointStore {
  /** For people. */
  name: string
  /** The newest checkpoint; undefined where there is none. */
  read(): Promise<Checkpoint | undefined>
  /** Replaces the checkpoint at once: a write that is cut off leaves the one before. */
  write(tensors: Record<string, HostTensor>, metadata: Record<string, string>): Promise<void>
}

interface ResumableOptions {
  seed: number
  /** Steps of linear warm-up of the learning rate. */
  warmUp: number
  /** 0 … 1: the share of the run that is done after these steps and seconds; the run ends at 1. */
  progress(step: number, seconds: number): number
  /** Asked before every step. */
  isStopped?(): boolean
  reportSeconds: number
  checkpointSeconds: number
  onResumed?(step: number, seconds: number): void
  onReport(step: number, seconds: number, report: StepReport): void
  /** Further metadata of a checkpoint. */
  metadata?(): Record<string, string>
  onCheckpoint?(step: number): void
  afterStep?(step: number, training: TrainingStep, seconds: number): Promise<void>
}

interface RunResult {
  training: TrainingStep
  step: number
  /** Seconds of training, including earlier runs. */
  seconds: number
}

/**
 * Trains, and leaves a checkpoint of the last step.
 * @param isResumed whether to continue from the checkpoint, if there is one
 * @throws TrainingError as `trainLoop` does, naming the last good checkpoint; TrainingCheckpointError when the checkpoint is broken or does not fit the config
 */
export async function runResumable(
  gpu: Gpu,
  trainable: Trainable,
  recipe: Recipe,
  store: CheckpointStore,
  isResumed: boolean,
  o: ResumableOptions,
): Promise<RunResult> {
  const checkpoint = isResumed ? await store.read() : undefined
  const { step: firstStep, seconds: secondsBefore } = checkpoint
    ? checkCheckpoint(checkpoint, store.name)
    : { step: 0, seconds: 0 }
  const { weights, state } = checkpoint
    ? splitCheckpoint(checkpoint.tensors)
    : { weights: (await recipe.initWeights(new Random(o.seed, 0), gpu)).toTensors(), state: undefined }
  const training = await startTraining(gpu, trainable, store.name, weights, state).catch(error => {
    throw checkpoint && error instanceof FormatError ? new TrainingCheckpointError(error.message) : error
  })
  let lastGood = checkpoint && firstStep
  if (checkpoint) o.onResumed?.(firstStep, secondsBefore)

  const began = performance.now()
  // The seconds by which the loop last computed its progress. A run that resumes here computes the same.
  let seconds = secondsBefore
  let reported = Number.NEGATIVE_INFINITY
  let saved = began
  const save = async (step: number) => {
    // Throws if the weights are not good: they must not replace a good checkpoint.
    await training.read()
    const tensors = await checkpointOf(training)
    const fault = nonFinite(Object.entries(tensors))
    if (fault) throw new TrainingError(`after step ${step} ${fault}`)
    await store.write(tensors, { ...o.metadata?.(), step: `${step}`, seconds: `${seconds}` })
    lastGood = step
    saved = performance.now()
    o.onCheckpoint?.(step)
  }
  const hooks: Recipe = {
    ...recipe,
    async afterStep(at, next, training) {
      await recipe.afterStep?.(at, next, training)
      await o.afterStep?.(at.step, training, seconds)
    },
  }
  try {
    const from = { step: firstStep, progress: o.progress(firstStep, secondsBefore) }
    const last = await trainLoop(training, hooks, from, {
      seed: o.seed,
      warmUp: o.warmUp,
      progress(step) {
        seconds = secondsBefore + (performance.now() - began) / 1000
        return o.progress(step, seconds)
      },
      isStopped: o.isStopped,
      wantsReport: () => performance.now() - reported > 1000 * o.reportSeconds,
      onReport(step, report) {
        reported = performance.now()
        o.onReport(step, seconds, report)
      },
      wantsCheckpoint: () => performance.now() - saved > 1000 * o.checkpointSeconds,
      onCheckpoint: save,
    })
    if (last !== lastGood) await save(last)
    return { training, step: last, seconds }
  } catch (error) {
    if (!(error instanceof TrainingError)) throw error
    const kept =
      lastGood === undefined
        ? 'there is no checkpoint yet'
        : `the last good checkpoint is ${store.name}, step ${lastGood}`
    throw new TrainingError(`${error.message}; ${kept}`, error.nonFiniteStep)
  }
}

/** @param state of the optimiser, where the weights are those of a checkpoint */
async function startTraining(
  gpu: Gpu,
  trainable: Trainable,
  name: string,
  weights: Record<string, HostTensor>,
  state?: Record<string, HostTensor>,
): Promise<TrainingStep> {
  const source = bytesSource(`${trainable.name} of ${name}`, joined(writeSafetensors(weights)))
  const training = await TrainingStep.create(gpu, trainable, source)
  // Reports buffers that the GPU had no room for.
  await gpu.throwPendingError()
  if (state) training.restore(state, name)
  return training
}
