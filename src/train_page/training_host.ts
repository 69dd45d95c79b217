// Training in a Worker, so that the page stays responsive. A lost device is replaced, and training continues from the last checkpoint.

import { Gpu } from '../gpu/gpu.ts'
import type { ComponentName } from '../model/component_names.ts'
import type { Config } from '../model/config.ts'
import { COMPONENTS } from '../training/components.ts'
import { trainingMemory } from '../training/memory.ts'
import { PRESETS, presetConfig, type VideoShape } from '../training/presets.ts'
import { type StepSeconds, timeSteps } from '../training/step_timing.ts'
import { type ModelSize, Project } from '../ui/project.ts'
import { ClipFile } from './clip_file.ts'
import { Trainer, type TrainingEvent } from './trainer.ts'
import { whatNext } from './what_next.ts'

const MAX_DEVICE_LOSSES = 3
/** An error caused by a lost device arrives before the loss itself. */
const LOSS_NOTICE_MS = 200

/** GPU memory of a training step in bytes: in total, and the largest buffer. */
export type StepMemory = Record<ComponentName, { total: number; largest: number }>

class LostDevice extends Error {}
/** Ends timing whose result is no longer wanted. */
class Superseded extends Error {}

export class TrainingHost {
  private isStopped = false
  private trainer: Trainer | undefined
  private timing: Promise<StepSeconds | undefined> | undefined
  /** Goes up when timing or a training begins. */
  private turn = 0

  /** GPU memory of each component's training step. */
  async memory(size: ModelSize, config: Config): Promise<StepMemory> {
    const { batches } = PRESETS[size]
    const each = COMPONENTS.map(async component => {
      return [component.name, await trainingMemory(component, config, batches[component.name])]
    })
    return Object.fromEntries(await Promise.all(each))
  }

  /** Times a training step of each component. @returns undefined where other timing or a training began meanwhile */
  async stepSeconds(size: ModelSize, video: VideoShape): Promise<StepSeconds | undefined> {
    const turn = ++this.turn
    const isOver = () => this.turn !== turn
    const before = this.timing
    this.timing = (async () => {
      await before?.catch(() => undefined)
      if (isOver()) return
      const gpu = await Gpu.create({ precision: 'f32' })
      try {
        return await timeSteps(gpu, presetConfig(size, video), PRESETS[size].batches, () => {
          if (isOver()) throw new Superseded()
        })
      } catch (error) {
        if (!(error instanceof Superseded)) throw error
      } finally {
        gpu.dispose()
      }
      return
    })()
    return this.timing
  }

  /**
   * Trains the stored plan on the stored clips until all components are trained, or `stop` is called.
   * @throws Error with one sentence; the last checkpoint remains
   */
  async train(onEvent: (event: TrainingEvent) => void): Promise<void> {
    this.isStopped = false
    this.turn++
    const project = await Project.open()
    for (let deviceLosses = 0; ; ) {
      try {
        return await this.trainOnDevice(project, onEvent)
      } catch (error) {
        if (!(error instanceof LostDevice)) throw error
        if (++deviceLosses > MAX_DEVICE_LOSSES)
          throw new Error(
            `The browser lost the graphics device ${deviceLosses} times. The last checkpoint is kept: press “Resume” later.`,
          )
        onEvent({ kind: 'notice', text: 'The graphics device was lost. Training continues from the last checkpoint.' })
      }
    }
  }

  /** Ends training after the current step, with a checkpoint. Work before the first step is paused instead, and reported as a `paused` event. */
  stop(): void {
    this.isStopped = true
    this.trainer?.pause()
  }

  /** Continues paused work. */
  resume(): void {
    this.isStopped = false
    this.trainer?.resume()
  }

  private async trainOnDevice(project: Project, onEvent: (event: TrainingEvent) => void): Promise<void> {
    const [plan, clips] = [await project.plan(), await ClipFile.open(project)]
    if (!plan || !clips) throw new Error('Training needs a video and a plan: choose them first.')
    const [trained, stored] = [plan.config.frame, clips.settings.frame].map(frame => `${frame.width}×${frame.height}`)
    if (trained !== stored)
      throw new Error(
        `This training has frames of ${trained} pixels, and the stored video has ${stored}: import the video again in that size, or start over.`,
      )
    const gpu = await Gpu.create({ precision: 'f32' })
    let isOver = false
    const lost = gpu.lost.then(() => {
      isOver = true
      throw new LostDevice()
    })
    const trainer = new Trainer(
      gpu,
      project,
      plan,
      clips,
      event => isOver || onEvent(event),
      () => this.isStopped || isOver,
    )
    this.trainer = trainer
    try {
      await Promise.race([trainer.run(), lost])
      await gpu.throwPendingError()
    } catch (error) {
      if (!(error instanceof LostDevice))
        await Promise.race([lost, new Promise(resolve => setTimeout(resolve, LOSS_NOTICE_MS))])
      onEvent({ kind: 'failed', component: trainer.component, next: whatNext(error) })
      throw error
    } finally {
      this.trainer = undefined
      isOver = true
      gpu.dispose()
    }
  }
}
