// A training run of the command line: reports on the screen, and the files DIR/COMPONENT.checkpoint, .safetensors and .jsonl.
import { join } from 'node:path'
import { type MeasuredHealth, measureHealth, type Restarts } from '../evaluation/health.ts'
import { HealthWatch } from '../evaluation/health_watch.ts'
import type { Gpu } from '../gpu/gpu.ts'
import type { Config } from '../model/config.ts'
import { Attempt, hasCollapsed } from '../training/attempt.ts'
import { TrainingCheckpointError } from '../training/checkpoint.ts'
import { type ComponentSpec, trainableOf } from '../training/components/spec.ts'
import { withCurrentWeights } from '../training/current_weights.ts'
import type { Clips } from '../training/data/clips.ts'
import { type Recipe, warmUpShare } from '../training/loop.ts'
import type { BatchShape } from '../training/losses.ts'
import { runResumable, warmUpSteps } from '../training/resumable.ts'
import type { StepReport, TrainingStep } from '../training/step.ts'
import { CheckpointFiles } from './checkpoint_files.ts'
import { bindNoKey } from './config_keys.ts'
import type { FolderLock } from './folder_lock.ts'
import { directorySource } from './model_files.ts'
import { duration } from './progress.ts'
import { TrainingLog } from './training_log.ts'

const CHECKPOINT_SECONDS = 60
const REPORT_SECONDS = 5

/** The length of a component's training: one of the two. */
export interface RunLength {
  minutes?: number
  steps?: number
}

interface TrainingOptions {
  out: string
  /** Of a training that has no checkpoint yet. */
  seed: number
  length: RunLength
  /** Whether to resume from the checkpoint, if there is one. */
  isResumed: boolean
  /** Held on `out`. */
  lock?: FolderLock
  /** Clips that the training does not see, on which its health is measured. */
  heldOut: Clips
  checkpointSeconds?: number
  /** Asked before every step. */
  isStopped?(): boolean
  onCheckpoint?(): void
}

/**
 * Trains a component, and starts over with the next seed where its codes collapse.
 * @returns whether the run came to its end
 * @throws as runResumable does; a checkpoint that is refused, with what to do about it
 */
export async function runTraining(
  gpu: Gpu,
  config: Config,
  component: ComponentSpec,
  shape: BatchShape,
  recipe: Recipe,
  options: TrainingOptions,
): Promise<boolean> {
  const files = new CheckpointFiles(options.out, component.name, options.lock)
  const kept = options.isResumed ? await files.metadata() : undefined
  let attempt = Attempt.of(kept, options.seed)
  let startsOver = hasCollapsed(kept)
  for (;;) {
    if (startsOver) console.log(`starting over with seed ${attempt.seed}`)
    const run = { ...options, isResumed: options.isResumed && !startsOver }
    const ended = await gpu.withScope(gpu => runOnce(gpu, config, component, shape, recipe, run, attempt, files))
    if (typeof ended === 'boolean') return ended
    attempt = ended
    startsOver = true
  }
}

/** @returns whether the run came to its end; the next attempt, where the codes have collapsed */
async function runOnce(
  gpu: Gpu,
  config: Config,
  component: ComponentSpec,
  shape: BatchShape,
  recipe: Recipe,
  options: TrainingOptions,
  attempt: Attempt,
  files: CheckpointFiles,
): Promise<boolean | Attempt> {
  const { out, length, isResumed } = options
  const path = (ending: string) => join(out, `${component.name}.${ending}`)
  const runSeconds = length.minutes && attempt.secondsOf(60 * length.minutes)
  const runSteps = length.steps && attempt.stepsOf(length.steps)
  const warmUp = warmUpSteps(runSteps)
  const watch = new HealthWatch(
    component.name,
    attempt,
    (step, progress) => warmUpShare({ step, progress }, warmUp) < 1,
  )
  const measure = async (training: TrainingStep, restarts: Restarts) => {
    const source = await withCurrentWeights(directorySource(out), component.name, training)
    return measureHealth(component.name, gpu, config, source, options.heldOut, { restarts })
  }
  const log = { current: undefined as TrainingLog | undefined }
  const tellHealth = (step: number, seconds: number, health: MeasuredHealth | undefined) => {
    if (!health) return
    log.current!.append({ step, seconds: Math.round(seconds), health: health.numbers, advice: health.advice })
    console.log(`health: ${health.text}`)
    for (const sentence of health.advice) console.log(`! ${sentence}`)
  }
  const progress = (done: number, trained: number) => (runSeconds ? trained / runSeconds : done / runSteps!)
  const ended = await runResumable(gpu, trainableOf(component, config, shape), recipe, files, isResumed, {
    seed: attempt.seed,
    warmUp,
    progress,
    isStopped: () => watch.startsOver || (options.isStopped?.() ?? false),
    reportSeconds: REPORT_SECONDS,
    checkpointSeconds: options.checkpointSeconds ?? CHECKPOINT_SECONDS,
    metadata: () => ({
      ...attempt.metadata(watch.startsOver),
      ...(component.isContinued && { isContinued: 'true' }),
    }),
    onCheckpoint: () => options.onCheckpoint?.(),
    onResumed(step, seconds) {
      console.log(`resumed after step ${step}, ${(seconds / 60).toFixed(1)} minutes in`)
      log.current = TrainingLog.open(path('jsonl'), step)
    },
    onReport(step, seconds, report) {
      log.current ??= TrainingLog.open(path('jsonl'), 0)
      tell(component, log.current, step, Math.round(seconds), report, progress(step, seconds))
    },
    async afterStep(step, training, seconds) {
      const measured = (restarts: Restarts) => measure(training, restarts)
      tellHealth(step, seconds, await watch.afterStep(step, progress(step, seconds), measured))
    },
  }).catch(error => {
    throw error instanceof TrainingCheckpointError ? files.withAdvice(error) : error
  })
  const isDone = progress(ended.step, ended.seconds) >= 1
  if (isDone && !watch.startsOver) {
    const { restarts } = attempt
    const health = await measure(ended.training, { restarts, startsOver: false })
    tellHealth(ended.step, ended.seconds, health)
    if (health?.quietest !== undefined) await bindNoKey(out, health.quietest)
  }
  console.log(`${path('safetensors')}: ${ended.step} steps in ${(ended.seconds / 60).toFixed(1)} minutes`)
  if (!watch.startsOver) return isDone
  return options.isStopped?.() ? false : attempt.next(ended.step, ended.seconds)
}

function tell(
  component: ComponentSpec,
  log: TrainingLog,
  step: number,
  seconds: number,
  { loss, terms, norms }: StepReport,
  progress: number,
): void {
  const shown = { loss, ...component.metrics(terms) }
  const text = Object.entries(shown).map(([name, value]) => `${name} ${value.toPrecision(4)}`)
  const left = progress > 0.01 && seconds > 0 ? `, ${duration((seconds * (1 - progress)) / progress)} left` : ''
  console.log(`step ${step}, ${seconds} s: ${text.join(', ')}${left}`)
  log.append({ step, seconds, ...shown, terms, norms })
}
