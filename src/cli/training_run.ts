// A training run of the command line: reports on the screen, and the files DIR/COMPONENT.checkpoint, .safetensors and .jsonl.
import { join } from 'node:path'
import type { Gpu } from '../gpu/gpu.ts'
import type { Config } from '../model/config.ts'
import { type ComponentSpec, trainableOf } from '../training/components/spec.ts'
import type { Recipe } from '../training/loop.ts'
import type { BatchShape } from '../training/losses.ts'
import { runResumable } from '../training/resumable.ts'
import type { StepReport } from '../training/step.ts'
import { FormatError } from '../weights/safetensors.ts'
import { CheckpointFiles } from './checkpoint_files.ts'
import type { FolderLock } from './folder_lock.ts'
import { TrainingLog } from './training_log.ts'

const CHECKPOINT_SECONDS = 60
const REPORT_SECONDS = 5
const WARM_UP = 100

/** The length of a run: one of the two. */
export interface Length {
  minutes?: number
  steps?: number
}

export interface RunOptions {
  out: string
  seed: number
  length: Length
  /** Whether to go on from the checkpoint, if there is one. */
  isResumed: boolean
  /** Held on `out`. */
  lock?: FolderLock
}

/** @throws as runResumable does; a checkpoint that is refused, with what to do about it */
export async function runTraining(
  gpu: Gpu,
  config: Config,
  component: ComponentSpec,
  shape: BatchShape,
  recipe: Recipe,
  { out, seed, length, isResumed, lock }: RunOptions,
): Promise<void> {
  const path = (ending: string) => join(out, `${component.name}.${ending}`)
  const { minutes, steps } = length
  const files = new CheckpointFiles(out, component.name, lock)
  let log: TrainingLog | undefined
  const { step, seconds } = await runResumable(gpu, trainableOf(component, config, shape), recipe, files, isResumed, {
    seed,
    warmUp: WARM_UP,
    progress: (done, seconds) => (minutes ? seconds / (60 * minutes) : done / steps!),
    reportSeconds: REPORT_SECONDS,
    checkpointSeconds: CHECKPOINT_SECONDS,
    onResumed(step, seconds) {
      console.log(`resumed after step ${step}, ${(seconds / 60).toFixed(1)} minutes in`)
      log = TrainingLog.open(path('jsonl'), step)
    },
    onReport(step, seconds, report) {
      log ??= TrainingLog.open(path('jsonl'), 0)
      tell(component, log, step, Math.round(seconds), report)
    },
  }).catch(error => {
    const isOfCheckpoint = error instanceof FormatError && error.message.includes(files.name)
    throw isOfCheckpoint ? new Error(`${error.message}${files.adviceOnRefusal}`) : error
  })
  console.log(`${path('safetensors')}: ${step} steps in ${(seconds / 60).toFixed(1)} minutes`)
}

function tell(
  component: ComponentSpec,
  log: TrainingLog,
  step: number,
  seconds: number,
  { loss, terms, norms }: StepReport,
): void {
  const shown = { loss, ...component.metrics(terms) }
  const text = Object.entries(shown).map(([name, value]) => `${name} ${value.toPrecision(4)}`)
  console.log(`step ${step}, ${seconds} s: ${text.join(', ')}`)
  log.append({ step, seconds, ...shown, terms, norms })
}
