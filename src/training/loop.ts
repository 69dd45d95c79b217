// The loop that all trainings share: batches, schedule, reports, checkpoints. It knows neither files nor clocks but what it is given.

import type { Gpu } from '../gpu/gpu.ts'
import type { HostTensor } from '../weights/safetensors.ts'
import type { Component } from './component.ts'
import type { InitialWeights } from './init/initial_weights.ts'
import type { BatchShape, LossTerms, LossWeights } from './losses.ts'
import { Random } from './random.ts'
import { type Batch, type StepReport, TrainingError, type TrainingStep } from './step.ts'

/** What a training does, step by step. */
export interface LoopHooks {
  /** The learning rate at its peak. */
  learningRate: number
  /** Shares of it, at a share of the run; default: a cosine. */
  lrSchedule?(progress: number): number
  /** Writes what never changes. */
  prepare?(training: TrainingStep): Promise<void>
  /** The batch of a step, from 1, at a share of the run. */
  batch(
    step: number,
    progress: number,
    random: Random,
  ): Promise<{ batch: Batch; terms: LossWeights; reseedAfter?: number }>
  /** Between this step and the next. */
  afterStep?(step: number, training: TrainingStep): Promise<void>
}

/** How a component is trained. */
export interface Recipe extends LoopHooks {
  component: Component
  shape: BatchShape
  /** Weights of a fresh run. */
  initWeights(random: Random, gpu: Gpu): Promise<InitialWeights>
  /** What people want to read of a report, besides the loss. */
  describe(parts: LossTerms): Record<string, number>
}

export interface RunOptions {
  seed: number
  /** Steps of linear warm-up. */
  warmUp: number
  /** 0 … 1: how much of the run is done after a step; the run ends at 1. */
  progress(step: number): number
  /** Whether the caller wants to hear of this step. */
  wantsReport(step: number): boolean
  onReport(step: number, report: StepReport): void
  /** Whether to write a checkpoint after this step. */
  wantsCheckpoint(step: number): boolean
  onCheckpoint(step: number): Promise<void>
}

/** The cosine's foot, as a share of the peak. */
const MIN_LR_SHARE = 0.02
/** A loss over so many times its running mean … */
const DIVERGED = 4
/** … for so many reports on end stops the run. */
const DIVERGED_REPORTS = 5

/**
 * Trains from the step after `from` until the progress is 1.
 * @returns the last step
 * @throws TrainingError when a loss or gradient is not finite, or the loss has long been far over its mean
 */
export async function trainLoop(
  training: TrainingStep,
  recipe: LoopHooks,
  from: number,
  o: RunOptions,
): Promise<number> {
  await recipe.prepare?.(training)
  let step = from
  let mean: number | undefined
  let bad = 0
  let before: Promise<unknown> | undefined
  for (let progress = o.progress(step); progress < 1; progress = o.progress(step)) {
    step++
    const { batch, terms, reseedAfter } = await recipe.batch(step, progress, new Random(o.seed, step))
    training.write(batch)
    const rate = recipe.learningRate * Math.min(1, step / o.warmUp) * (recipe.lrSchedule ?? cosine)(progress)
    training.configure({ step, learningRate: rate, terms, reseedAfter, seed: step })
    training.run()
    // One step is prepared while another is computed, and no more are queued.
    await before
    before = training.done()
    if (o.wantsReport(step)) {
      const report = await training.read().catch(error => throwExplained(error, training, recipe, o))
      mean = mean === undefined ? report.loss : 0.7 * mean + 0.3 * Math.min(report.loss, DIVERGED * mean)
      bad = report.loss > DIVERGED * mean ? bad + 1 : 0
      if (bad > DIVERGED_REPORTS)
        throw new TrainingError(`step ${step}: the loss, ${report.loss}, has long been over ${DIVERGED} times its mean`)
      o.onReport(step, report)
    }
    await recipe.afterStep?.(step, training)
    if (o.wantsCheckpoint(step)) await o.onCheckpoint(step)
  }
  return step
}

/** Adds to the error of a step that was not finite where that began: its batch is made again and gone through dispatch by dispatch. */
async function throwExplained(
  error: unknown,
  training: TrainingStep,
  recipe: LoopHooks,
  o: RunOptions,
): Promise<never> {
  if (!(error instanceof TrainingError) || !error.brokenAt) throw error
  const step = error.brokenAt
  const { batch, terms } = await recipe.batch(step, o.progress(step - 1), new Random(o.seed, step))
  training.write(batch)
  training.configure({ step, learningRate: 0, terms })
  const began = await training.locateNonFinite()
  throw new TrainingError(`${error.message}${began ? `; it began in ${began}` : ''}`, step)
}

export const cosine = (progress: number): number =>
  MIN_LR_SHARE + (1 - MIN_LR_SHARE) * 0.5 * (1 + Math.cos(Math.PI * progress))

/** A run as tensors: weights under their own names, what the optimiser remembers under `state.`. */
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
