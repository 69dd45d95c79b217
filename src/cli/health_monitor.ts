// Measures the health of a component in training, with its current weights and the components trained before it.

import { join } from 'node:path'
import { type MeasuredHealth, measureHealth, type Restarts } from '../evaluation/health.ts'
import type { Gpu } from '../gpu/gpu.ts'
import type { ComponentName } from '../model/component_names.ts'
import type { Config } from '../model/config.ts'
import type { Clips } from '../training/data/clips.ts'
import type { TrainingStep } from '../training/step.ts'
import { bytesSource, joined, writeSafetensors } from '../weights/safetensors.ts'
import { fileSource } from './model_files.ts'

export class HealthMonitor {
  /**
   * @param directory of the components trained before
   * @param clips held-out ones
   */
  constructor(
    private readonly gpu: Gpu,
    private readonly config: Config,
    private readonly component: ComponentName,
    private readonly directory: string,
    private readonly clips: Clips,
  ) {}

  /** @returns undefined where nothing is measured of the component */
  async measure(training: TrainingStep, restarts: Restarts): Promise<MeasuredHealth | undefined> {
    const { gpu, config, component, directory, clips } = this
    const file = `${component}.safetensors`
    const weights = joined(writeSafetensors(await training.weights()))
    const open = async (name: string) =>
      name === file ? bytesSource(file, weights) : fileSource(join(directory, name))
    return measureHealth(component, gpu, config, { name: directory, open }, clips, { restarts })
  }
}
