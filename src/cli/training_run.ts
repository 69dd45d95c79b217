// A training run of the command line: reports on the screen, and the files DIR/COMPONENT.checkpoint, .safetensors and .jsonl.
import { join } from 'node:path'
import type { Gpu } from '../gpu/gpu.ts'
import type { Config } from '../model/config.ts'
import { TrainingCheckpointError } from '../training/checkpoint.ts'
import { type ComponentSpec, trainableOf } from '../training/components/spec.ts'
import type { Clips } from '../training/data/clips.ts'
import type { Recipe } from '../training/loop.ts'
import type { BatchShape } from '../training/losses.ts'
import { runResumable } from '../training/resumable.ts'
import type { StepReport, TrainingStep } from '../training/step.ts'
import { CheckpointFiles } from './checkpoint_files.ts'
import type { FolderLock } from './folder_lock.ts'
import { HealthMonitor } from './health_monitor.ts'
import { duration } from './progress.ts'
import { TrainingLog } from './training_log.ts'

const CHECKPOINT_SECONDS = 60
const REPORT_SECONDS = 5
const WARM_UP = 100
/** Health is measured after at least this many seconds of training, and this many times the duration of a measurement. */
const [HEALTH_SECONDS, TRAINING_PER_HEALTH] = [60, 20]
/** How often a component is trained again after its codes have collapsed. */
const RESTARTS = 2

/** The length of a run: one of the two. */
export interface RunLength {
  minutes?: number
  steps?: number
}

interface RunOptions {
  out: string
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
 * Trains a component, and starts over with the next seed where its codes collapse. A checkpoint holds the seed and how often
 * that was done; those of earlier versions do not.
 * @returns whether the run came to its end
 * @throws as runResumable does; a checkpoint that is refused, with what to do about it
 */
export async function runTraining(
  gpu: Gpu,
  config: Config,
  component: ComponentSpec,
  shape: BatchShape,
  recipe: Recipe,
  options: RunOptions,
): Promise<boolean> {
  const files = new CheckpointFiles(options.out, component.name, options.lock)
  const kept = options.isResumed ? await files.metadata() : undefined
  let { isResumed } = options
  let [seed, restarts] = [Number(kept?.seed ?? options.seed), Number(kept?.restarts ?? 0)]
  for (; ; seed++, restarts++, isResumed = false) {
    const run = { ...options, seed, restarts, isResumed }
    const ended = await runOnce(gpu, config, component, shape, recipe, run, files)
    if (ended !== 'collapsed') return ended === 'done'
    console.log(`starting over with seed ${seed + 1}`)
  }
}

async function runOnce(
  gpu: Gpu,
  config: Config,
  component: ComponentSpec,
  shape: BatchShape,
  recipe: Recipe,
  options: RunOptions & { restarts: number },
  files: CheckpointFiles,
): Promise<'done' | 'stopped' | 'collapsed'> {
  const { out, seed, restarts, length, isResumed } = options
  const path = (ending: string) => join(out, `${component.name}.${ending}`)
  const { minutes, steps } = length
  const monitor = new HealthMonitor(gpu, config, component.name, out, options.heldOut)
  const log = { current: undefined as TrainingLog | undefined }
  const check = async (step: number, seconds: number, training: TrainingStep, canRestart: boolean) => {
    const health = await monitor.measure(training, { restarts, startsOver: canRestart })
    if (!health) return
    log.current!.append({ step, seconds: Math.round(seconds), health: health.numbers, advice: health.advice })
    console.log(`health: ${health.text}`)
    for (const sentence of health.advice) console.log(`! ${sentence}`)
  }
  let [isCollapsed, seconds] = [false, 0]
  let due = performance.now() + 1000 * HEALTH_SECONDS
  const progress = (done: number, seconds: number) => (minutes ? seconds / (60 * minutes) : done / steps!)
  const ended = await runResumable(gpu, trainableOf(component, config, shape), recipe, files, isResumed, {
    seed,
    warmUp: WARM_UP,
    progress,
    isStopped: () => isCollapsed || (options.isStopped?.() ?? false),
    reportSeconds: REPORT_SECONDS,
    checkpointSeconds: options.checkpointSeconds ?? CHECKPOINT_SECONDS,
    metadata: () => ({ seed: `${seed}`, restarts: `${restarts}` }),
    onCheckpoint: () => options.onCheckpoint?.(),
    onResumed(step, seconds) {
      console.log(`resumed after step ${step}, ${(seconds / 60).toFixed(1)} minutes in`)
      log.current = TrainingLog.open(path('jsonl'), step)
    },
    onReport(step, trained, report) {
      seconds = trained
      log.current ??= TrainingLog.open(path('jsonl'), 0)
      tell(component, log.current, step, Math.round(seconds), report, progress(step, seconds))
    },
    async afterStep(step, training) {
      const began = performance.now()
      // Steps of the warm-up undo the encoder's initial weights, and its codes collapse for a while.
      if (step < WARM_UP || began < due) return
      const canRestart = restarts < RESTARTS
      await check(step, seconds, training, canRestart)
      isCollapsed = canRestart && monitor.isCollapsed
      due = performance.now() + Math.max(1000 * HEALTH_SECONDS, TRAINING_PER_HEALTH * (performance.now() - began))
    },
  }).catch(error => {
    throw error instanceof TrainingCheckpointError ? files.withAdvice(error) : error
  })
  const isDone = progress(ended.step, ended.seconds) >= 1
  if (!isCollapsed && isDone) await check(ended.step, ended.seconds, ended.training, false)
  console.log(`${path('safetensors')}: ${ended.step} steps in ${(ended.seconds / 60).toFixed(1)} minutes`)
  if (isCollapsed) return 'collapsed'
  return isDone ? 'done' : 'stopped'
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
