// A training run that outlives whoever runs it: from its start, or from the checkpoint that it left, to its end or until it is told to
// stop. Killed at any moment it loses the steps since its last checkpoint. Where checkpoints are kept is the caller's business.

import type { Gpu } from '../gpu/gpu.ts'
import type { Config } from '../model/config.ts'
import { bytesSource, type HostTensor, joined, writeSafetensors } from '../weights/safetensors.ts'
import { checkpointOf, type Recipe, splitCheckpoint, trainLoop } from './loop.ts'
import { Random } from './random.ts'
import { type StepReport, TrainingError, TrainingStep } from './step.ts'

/** Where one run's checkpoints are kept. */
export interface CheckpointStore {
  /** For people. */
  name: string
  /** The newest one; undefined where there is none. */
  read(): Promise<{ tensors: Map<string, HostTensor>; metadata: Record<string, string> } | undefined>
  /** All of it or nothing: broken off in its midst, what was there before still is. */
  write(tensors: Record<string, HostTensor>, metadata: Record<string, string>): Promise<void>
}

export interface ResumableOptions {
  seed: number
  /** Steps of linear warm-up. */
  warmUp: number
  /** 0 … 1 of the run; at 1 it ends. */
  progress(step: number, seconds: number): number
  reportSeconds: number
  checkpointSeconds: number
  onResumed?(step: number, seconds: number): void
  onReport(step: number, seconds: number, report: StepReport): void
  /** What else a checkpoint's metadata shall hold. */
  notes?(): Record<string, string>
  onCheckpoint?(step: number): void
}

export interface RunResult {
  training: TrainingStep
  step: number
  /** Of training, those of earlier runs included. */
  seconds: number
}

/**
 * Trains, and leaves a checkpoint of the last step.
 * @param isResumed whether to go on from the checkpoint that there is, if there is one
 * @throws TrainingError as `train` does, naming the last good checkpoint; FormatError when the checkpoint is not of this config
 */
export async function runResumable(
  gpu: Gpu,
  config: Config,
  recipe: Recipe,
  place: CheckpointStore,
  isResumed: boolean,
  o: ResumableOptions,
): Promise<RunResult> {
  const found = isResumed ? await place.read() : undefined
  const before = found && { ...splitCheckpoint(found.tensors), step: Number(found.metadata.step) }
  const weights = before?.weights ?? (await recipe.initWeights(new Random(o.seed, 0), gpu)).toTensors()
  const source = bytesSource(`${recipe.component} of ${place.name}`, joined(writeSafetensors(weights)))
  const training = await TrainingStep.create(gpu, recipe.component, config, source, recipe.shape)
  // Says so where the buffers found no room.
  await gpu.throwPendingError()
  if (before) training.restore(before.state)
  let good = before?.step
  const secondsBefore = Number(found?.metadata.seconds ?? 0)
  if (before) o.onResumed?.(before.step, secondsBefore)

  const began = performance.now()
  const seconds = () => secondsBefore + (performance.now() - began) / 1000
  let reported = Number.NEGATIVE_INFINITY
  let saved = began
  const save = async (step: number) => {
    // Reads first: what is broken must not take the place of what is good.
    await training.read()
    const metadata = { ...o.notes?.(), step: `${step}`, seconds: `${seconds()}` }
    await place.write(await checkpointOf(training), metadata)
    good = step
    saved = performance.now()
    o.onCheckpoint?.(step)
  }
  try {
    const last = await trainLoop(training, recipe, before?.step ?? 0, {
      seed: o.seed,
      warmUp: o.warmUp,
      progress: step => o.progress(step, seconds()),
      wantsReport: () => performance.now() - reported > 1000 * o.reportSeconds,
      onReport(step, report) {
        reported = performance.now()
        o.onReport(step, seconds(), report)
      },
      wantsCheckpoint: () => performance.now() - saved > 1000 * o.checkpointSeconds,
      onCheckpoint: save,
    })
    if (last !== good) await save(last)
    return { training, step: last, seconds: seconds() }
  } catch (error) {
    if (!(error instanceof TrainingError)) throw error
    const kept =
      good === undefined ? 'There is no checkpoint yet' : `The last good checkpoint is ${place.name}, step ${good}`
    throw new TrainingError(`${error.message}. ${kept}.`, error.brokenAt)
  }
}
