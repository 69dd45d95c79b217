// A training run of the command line: reports on the screen, and the files DIR/COMPONENT.checkpoint, .safetensors and .jsonl.
import { appendFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Gpu } from '../gpu/gpu.ts'
import type { Config } from '../model/config.ts'
import { type ComponentSpec, trainableOf } from '../training/components/spec.ts'
import { type Recipe, splitCheckpoint } from '../training/loop.ts'
import type { BatchShape } from '../training/losses.ts'
import { type CheckpointStore, runResumable } from '../training/resumable.ts'
import type { StepReport } from '../training/step.ts'
import { joined, readSafetensors, writeSafetensors } from '../weights/safetensors.ts'
import { fileSource, writeFileAtomic } from './model_files.ts'

const CHECKPOINT_SECONDS = 60
const REPORT_SECONDS = 5
const WARM_UP = 100

/** The length of a run: one of the two. */
export interface Length {
  minutes?: number
  steps?: number
}

export async function runTraining(
  gpu: Gpu,
  config: Config,
  component: ComponentSpec,
  shape: BatchShape,
  recipe: Recipe,
  { out, seed, length, isResumed }: { out: string; seed: number; length: Length; isResumed: boolean },
): Promise<void> {
  const path = (ending: string) => join(out, `${component.name}.${ending}`)
  const { minutes, steps } = length
  const { step, seconds } = await runResumable(
    gpu,
    trainableOf(component, config, shape),
    recipe,
    checkpointAt(path('checkpoint'), path('safetensors')),
    isResumed,
    {
      seed,
      warmUp: WARM_UP,
      progress: (done, seconds) => (minutes ? seconds / (60 * minutes) : done / steps!),
      reportSeconds: REPORT_SECONDS,
      checkpointSeconds: CHECKPOINT_SECONDS,
      onResumed: (step, seconds) => console.log(`resumed after step ${step}, ${(seconds / 60).toFixed(1)} minutes in`),
      onReport: (step, seconds, report) => tell(component, path('jsonl'), step, Math.round(seconds), report),
    },
  )
  console.log(`${path('safetensors')}: ${step} steps in ${(seconds / 60).toFixed(1)} minutes`)
}

function tell(
  component: ComponentSpec,
  log: string,
  step: number,
  seconds: number,
  { loss, terms, norms }: StepReport,
): void {
  const shown = { loss, ...component.metrics(terms) }
  const text = Object.entries(shown).map(([name, value]) => `${name} ${value.toPrecision(4)}`)
  console.log(`step ${step}, ${seconds} s: ${text.join(', ')}`)
  appendFile(log, `${JSON.stringify({ step, seconds, ...shown, terms, norms })}\n`).catch(() => undefined)
}

/** Writes the weights of every checkpoint beside it, so that a run that is killed leaves a component that plays. */
function checkpointAt(path: string, weightsPath: string): CheckpointStore {
  return {
    name: path,
    async read() {
      const isThere = await stat(path).catch(() => undefined)
      return isThere && readSafetensors(await fileSource(path))
    },
    async write(tensors, metadata) {
      await writeFileAtomic(path, joined(writeSafetensors(tensors, metadata)))
      const { weights } = splitCheckpoint(new Map(Object.entries(tensors)))
      await writeFileAtomic(weightsPath, joined(writeSafetensors(weights, { format: 'genie-1' })))
    },
  }
}
