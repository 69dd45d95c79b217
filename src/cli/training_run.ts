// One training run of the command line: reports, checkpoints and files, written so that killing it at any moment loses only the steps
// since the last checkpoint.
import { appendFile, rename, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Gpu } from '../gpu/gpu.ts'
import type { Config } from '../model/config.ts'
import { Random } from '../training/random.ts'
import { checkpointOf, type Recipe, train as run, splitCheckpoint } from '../training/run.ts'
import { type Report, TrainingError, TrainingStep } from '../training/step.ts'
import { bytesSource, type HostTensor, readSafetensors, writeSafetensors } from '../weights/safetensors.ts'
import { fileSource } from './model_files.ts'

const CHECKPOINT_SECONDS = 60
const REPORT_SECONDS = 5
const WARM_UP = 100

/** How long a run is: one of the two. */
export interface Length {
  minutes?: number
  steps?: number
}

/** One run, with its files: DIR/COMPONENT.checkpoint, .jsonl, and .safetensors at its end. */
export class Run {
  private readonly began = performance.now()
  /** Of the runs before, when this one takes up another. */
  private secondsBefore = 0
  private reported = Number.NEGATIVE_INFINITY
  private saved = performance.now()

  constructor(
    private readonly gpu: Gpu,
    private readonly config: Config,
    private readonly recipe: Recipe,
    private readonly out: string,
    private readonly seed: number,
    private readonly length: Length,
  ) {}

  private path(ending: string): string {
    return join(this.out, `${this.recipe.component}.${ending}`)
  }

  private get seconds(): number {
    return this.secondsBefore + (performance.now() - this.began) / 1000
  }

  async go(isResumed: boolean): Promise<void> {
    const { recipe, gpu } = this
    const before = isResumed && (await stat(this.path('checkpoint')).catch(() => undefined))
    const { weights, state, step } = before ? await this.readCheckpoint() : await this.fresh()
    const source = bytesSource(this.path('checkpoint'), Buffer.concat(writeSafetensors(weights)))
    const training = await TrainingStep.create(gpu, recipe.component, this.config, source, recipe.shape)
    if (state) training.restore(state)
    if (before) console.log(`resumed after step ${step}, ${(this.secondsBefore / 60).toFixed(1)} minutes in`)
    const { minutes, steps } = this.length
    try {
      const last = await run(training, recipe, step, {
        seed: this.seed,
        warmUp: WARM_UP,
        progress: done => (minutes ? this.seconds / (60 * minutes) : done / steps!),
        wantsReport: () => performance.now() - this.reported > 1000 * REPORT_SECONDS,
        onReport: (at, report) => this.report(at, report),
        wantsCheckpoint: () => performance.now() - this.saved > 1000 * CHECKPOINT_SECONDS,
        onCheckpoint: at => this.writeCheckpoint(training, at),
      })
      await training.read()
      await this.writeCheckpoint(training, last)
      await this.write('safetensors', await training.weights(), { format: 'genie-1' })
      console.log(`${this.path('safetensors')}: ${last} steps in ${(this.seconds / 60).toFixed(1)} minutes`)
    } catch (error) {
      if (!(error instanceof TrainingError)) throw error
      const kept = await stat(this.path('checkpoint')).catch(() => undefined)
      throw new Error(
        `${error.message}. ${kept ? `The last good checkpoint is ${this.path('checkpoint')}` : 'There is no checkpoint yet'}.`,
      )
    }
  }

  private async fresh() {
    const initial = await this.recipe.start(new Random(this.seed, 0))
    return { weights: initial.stored(), state: undefined, step: 0 }
  }

  private report(step: number, { loss, parts, norms }: Report): void {
    this.reported = performance.now()
    const seconds = Math.round(this.seconds)
    const shown = { loss, ...this.recipe.describe(parts) }
    const text = Object.entries(shown).map(([name, value]) => `${name} ${value.toPrecision(4)}`)
    console.log(`step ${step}, ${seconds} s: ${text.join(', ')}`)
    appendFile(this.path('jsonl'), `${JSON.stringify({ step, seconds, ...shown, parts, norms })}\n`).catch(
      () => undefined,
    )
  }

  private async writeCheckpoint(training: TrainingStep, step: number): Promise<void> {
    // Reads first: what is broken must not take the place of what is good.
    await training.read()
    await this.write('checkpoint', await checkpointOf(training), { step: `${step}`, seconds: `${this.seconds}` })
    this.saved = performance.now()
  }

  /** Beside its place and then renamed, so that no moment leaves half a file. */
  private async write(
    ending: string,
    tensors: Record<string, HostTensor>,
    metadata: Record<string, string>,
  ): Promise<void> {
    const path = this.path(ending)
    await writeFile(`${path}.part`, Buffer.concat(writeSafetensors(tensors, metadata)))
    await rename(`${path}.part`, path)
  }

  private async readCheckpoint() {
    const { tensors, metadata } = await readSafetensors(await fileSource(this.path('checkpoint')))
    this.secondsBefore = Number(metadata.seconds)
    return { ...splitCheckpoint(tensors), step: Number(metadata.step) }
  }
}
