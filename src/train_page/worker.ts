// The Worker that trains: what the page calls, over comlink. Batches are made and steps queued here, so that the page stays free. A device
// that is lost is replaced, and training goes on from the last checkpoint.

import { expose } from 'comlink'
import { Gpu } from '../gpu/gpu.ts'
import type { ComponentName } from '../model/components.ts'
import type { ComponentSpec } from '../training/components/spec.ts'
import { COMPONENTS } from '../training/components.ts'
import { trainingMemory } from '../training/memory.ts'
import { ACTION_LABELS, type ActionLabels, scorerAllocations } from '../training/winners.ts'
import { ClipFile } from './clip_file.ts'
import { PRESETS, type Size } from './presets.ts'
import { Project } from './project.ts'
import { batchShape, Trainer, type TrainingEvent } from './trainer.ts'

const MOST_LOSSES = 3

export type Memory = Record<ComponentName, { total: number; largest: number }>

class LostDevice extends Error {}

let stopped = false

const studio = {
  /** What the step of each training takes on the GPU, in bytes, by what labels the latent actions. */
  async memory(size: Size): Promise<Record<ActionLabels, Memory>> {
    const { config } = PRESETS[size]
    const of = async (component: ComponentSpec, labels: ActionLabels) => {
      const extra = component.name === 'latent_action' ? scorerAllocations(labels, config) : undefined
      const shape = batchShape(size, component.name, labels)
      return [component.name, await trainingMemory(component, config, shape, extra)]
    }
    const all = ACTION_LABELS.map(async labels => {
      const each = await Promise.all(COMPONENTS.map(component => of(component, labels)))
      return [labels, Object.fromEntries(each)]
    })
    return Object.fromEntries(await Promise.all(all))
  },

  /**
   * Trains by the plan that is kept, on the clips that are kept, until all is done or `stop` is called.
   * @throws Error in one sentence; what was trained is in the last checkpoint
   */
  async train(tell: (event: TrainingEvent) => void): Promise<void> {
    stopped = false
    const project = await Project.open()
    for (let losses = 0; ; ) {
      try {
        return await trainOnce(project, tell)
      } catch (error) {
        if (!(error instanceof LostDevice)) throw error
        if (++losses > MOST_LOSSES)
          throw new Error('The graphics device was lost again and again: the last checkpoint is kept, go on later.')
        tell({ kind: 'news', text: 'The graphics device was lost: training goes on from the last checkpoint.' })
      }
    }
  },

  /** Ends training after the step that is under way, with a checkpoint. */
  stop(): void {
    stopped = true
  },
}

async function trainOnce(project: Project, tell: (event: TrainingEvent) => void): Promise<void> {
  const [plan, clips] = [await project.plan(), await ClipFile.open(project)]
  if (!plan || !clips) throw new Error('There is nothing to train on yet.')
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
    event => isOver || tell(event),
    () => stopped || isOver,
  )
  try {
    await Promise.race([trainer.run(), lost])
    await gpu.throwPendingError()
  } catch (error) {
    // What fails because the device went is heard of before the loss is.
    if (!(error instanceof LostDevice)) await Promise.race([lost, new Promise(resolve => setTimeout(resolve, 200))])
    throw error
  } finally {
    isOver = true
    gpu.dispose()
  }
}

export type Studio = typeof studio

expose(studio)
