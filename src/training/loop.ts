// The training loop that all components share: batches, learning rate, reports, checkpoints. The caller supplies files and clocks.

import type { Gpu } from '../gpu/gpu.ts'
import type { HostTensor } from '../weights/safetensors.ts'
import type { InitialWeights } from './init/initial_weights.ts'
import type { LossWeights } from './losses.ts'
import { Random } from './random.ts'
import { type Batch, type StepReport, TrainingError, type TrainingStep } from './step.ts'

/** Where a run is. */
export interface RunProgress {
  /** From 1; 0 before the first. */
  step: number
  /** The share of the run before the step, 0 … 1. */
  progress: number
}

/** A batch with the weights of its losses. */
interface BatchAndWeights {
  batch: Batch
  lossWeights: LossWeights
  /** See StepSettings. */
  resetAfter?: number
}

/** What happens at each step of a training. */
interface LoopHooks {
  /** At its peak. */
  learningRate: number
  /** Inputs that never change. */
  constants?: Batch
  /** The batch of a step: it depends on the clips and on `random` alone. */
  batch(at: RunProgress, random: Random): Promise<BatchAndWeights>
  /** Runs between the step at a position and the next one. */
  afterStep?(at: RunProgress, next: RunProgress, training: TrainingStep): Promise<void>
}

/** How a component is trained. */
export interface Recipe extends LoopHooks {
  /** The weights of a fresh run. */
  initWeights(random: Random, gpu: Gpu): Promise<InitialWeights>
}

interface LoopOptions {
  seed: number
  /** Steps of linear warm-up of the learning rate. */
  warmUp: number
  /** 0 … 1: the share of the run that is done after a step; the run ends at 1. */
  progress(step: number): number
  /** Asked before every step. */
  isStopped?(): boolean
  /** Whether to read this step's numbers. */
  wantsReport(step: number): boolean
  onReport(step: number, report: StepReport): void
  /** Whether to write a checkpoint after this step. */
  wantsCheckpoint(step: number): boolean
  onCheckpoint(step: number): Promise<void>
}

/** The warm-up ends at this share of a run, if not before. */
const WARM_UP_SHARE = 0.1
/** The end of the cosine, as a share of the peak. */
const MIN_LR_SHARE = 0.02
/** Training has diverged when its loss exceeds its running mean by this factor … */
const DIVERGED = 4
/** … in more reports in a row than this. */
const DIVERGED_REPORTS = 5

/**
 * Trains until the progress is 1 or the run is stopped.
 * @param from the last step that was done, and the progress after it
 * @returns the last step
 * @throws TrainingError when a loss or gradient is not finite, or when training has diverged
 */
export async function trainLoop(
  training: TrainingStep,
  hooks: LoopHooks,
  from: RunProgress,
  o: LoopOptions,
): Promise<number> {
  training.write(hooks.constants ?? {})
  const checkLoss = divergence()
  let previous: Promise<unknown> | undefined
  let { step, progress } = from
  while (progress < 1 && !o.isStopped?.()) {
    const at = { step: ++step, progress }
    await writeStep(training, hooks, at, o)
    training.run()
    // The next step is prepared while the GPU computes this one. No more than one is queued.
    await previous
    previous = training.done()
    previous.catch(() => undefined) // the read below reports a lost device, too
    if (o.wantsReport(step)) {
      const report = await training.read().catch(error => throwLocated(error, training, hooks, o))
      checkLoss(step, report.loss)
      o.onReport(step, report)
    }
    progress = o.progress(step)
    await hooks.afterStep?.(at, { step: step + 1, progress }, training)
    if (o.wantsCheckpoint(step)) await o.onCheckpoint(step)
  }
  return step
}

/** Queues all inputs and settings of a step. */
async function writeStep(
  training: TrainingStep,
  hooks: LoopHooks,
  at: RunProgress,
  { seed, warmUp }: LoopOptions,
): Promise<void> {
  const { batch, lossWeights, resetAfter } = await hooks.batch(at, new Random(seed, at.step))
  training.write(batch)
  const share = cosine(at.progress) * warmUpShare(at, warmUp)
  training.configure({
    step: at.step,
    learningRate: hooks.learningRate * share,
    lossWeights,
    resetAfter,
    seed: at.step,
  })
}

/** Checks the losses that reports have, one after the other. */
function divergence(): (step: number, loss: number) => void {
  let mean: number | undefined
  let count = 0
  return (step, loss) => {
    mean = mean === undefined ? loss : 0.7 * mean + 0.3 * Math.min(loss, DIVERGED * mean)
    count = loss > DIVERGED * mean ? count + 1 : 0
    if (count > DIVERGED_REPORTS)
      throw new TrainingError(
        `step ${step}: training diverged: the loss (${loss.toPrecision(3)}) exceeded ${DIVERGED} times its running mean for ${count} reports in a row`,
      )
  }
}

/** Adds, to the error of a step that was not finite, the tensor where that began. For this it runs the step again. */
async function throwLocated(error: unknown, training: TrainingStep, hooks: LoopHooks, o: LoopOptions): Promise<never> {
  if (!(error instanceof TrainingError) || !error.nonFiniteStep) throw error
  const step = error.nonFiniteStep
  await writeStep(training, hooks, { step, progress: o.progress(step - 1) }, o)
  const tensor = await training.locateNonFinite()
  throw new TrainingError(`${error.message}${tensor ? `; the first such number is in ${tensor}` : ''}`, step)
}

/** The factor of the learning rate in its linear warm-up of so many steps, which a run whose length is a time may not reach; from then on 1. */
export const warmUpShare = ({ step, progress }: RunProgress, warmUp: number): number =>
  Math.min(1, Math.max(step / warmUp, progress / WARM_UP_SHARE))

const cosine = (progress: number): number =>
  MIN_LR_SHARE + (1 - MIN_LR_SHARE) * 0.5 * (1 + Math.cos(Math.PI * progress))

/** A run as tensors: weights under their own names, the optimiser's state under `state.NAME`. */
export async function checkpointOf(training: TrainingStep): Promise<Record<string, HostTensor>> {
  const [weights, state] = [await training.weights(), await training.optimizerState()]
  return { ...weights, ...Object.fromEntries(Object.entries(state).map(([name, t]) => [`state.${name}`, t])) }
}

/** The two parts of a checkpoint. */
export function splitCheckpoint(tensors: Map<string, HostTensor>): {
  weights: Record<string, HostTensor>
  state: Record<string, HostTensor>
} {
  const entries = [...tensors]
  return {
    weights: Object.fromEntries(entries.filter(([name]) => !name.startsWith('state.'))),
    state: Object.fromEntries(entries.flatMap(([name, t]) => (name.startsWith('state.') ? [[name.slice(6), t]] : []))),
  }
}
