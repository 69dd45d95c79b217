// A model in which a component in training has its current weights.

import type { ComponentName } from '../model/component_names.ts'
import type { ModelSource } from '../weights/model_source.ts'
import { bytesSource, joined, writeSafetensors } from '../weights/safetensors.ts'
import type { TrainingStep } from './step.ts'

/** @param model the other components and config.json */
export async function withCurrentWeights(
  model: ModelSource,
  component: ComponentName,
  training: TrainingStep,
): Promise<ModelSource> {
  const file = `${component}.safetensors`
  const weights = bytesSource(file, joined(writeSafetensors(await training.weights())))
  return { name: model.name, open: async name => (name === file ? weights : model.open(name)) }
}
