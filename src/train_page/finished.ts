// Whether a component is trained and measured, by what the browser stored.

import type { ComponentName } from '../model/component_names.ts'
import type { CheckpointMetadata, Plan } from '../ui/project.ts'
import type { TrainingEvent } from './trainer.ts'

/** The event of its end; undefined before. @param metadata of its last checkpoint */
export function finishedEvent(
  component: ComponentName,
  { advice, health }: Plan,
  metadata: CheckpointMetadata | undefined,
): Extract<TrainingEvent, { kind: 'finished' }> | undefined {
  const step = Number(metadata?.step)
  if (!metadata || !(step >= Number(metadata.steps)) || (advice && !(component in advice))) return
  const restarts = Number(metadata.restarts ?? 0)
  const measured = { advice: advice?.[component] ?? [], health: health?.[component] ?? '' }
  return { kind: 'finished', component, step, restarts, log: JSON.parse(metadata.log!), ...measured }
}
