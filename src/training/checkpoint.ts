// Checks a checkpoint before a training resumes from it, and before it replaces the previous one.

import { FormatError, type HostTensor } from '../weights/safetensors.ts'

/** A checkpoint that is damaged, or of another model. */
export class TrainingCheckpointError extends FormatError {}

export interface Checkpoint {
  tensors: Map<string, HostTensor>
  metadata: Record<string, string>
}

/**
 * The step and the seconds that a checkpoint was written after. Names and shapes are checked where its tensors are used.
 * @throws TrainingCheckpointError when it lacks one of them, or holds a number that is not finite
 */
export function checkCheckpoint({ tensors, metadata }: Checkpoint, name: string): { step: number; seconds: number } {
  const [step, seconds] = [metadata.step, metadata.seconds].map(text => (text ? Number(text) : Number.NaN))
  if (!Number.isSafeInteger(step) || step! < 0)
    throw new TrainingCheckpointError(
      `${name} is not a checkpoint: its metadata has the step ${metadata.step ?? 'missing'}`,
    )
  if (!(seconds! >= 0 && seconds! < Number.POSITIVE_INFINITY))
    throw new TrainingCheckpointError(
      `${name} is not a checkpoint: its metadata has the seconds ${metadata.seconds ?? 'missing'}`,
    )
  const fault = nonFinite(tensors)
  if (fault) throw new TrainingCheckpointError(`${name}: ${fault}`)
  return { step: step!, seconds: seconds! }
}

/** Which of the tensors holds NaN or infinity, and where; undefined where none does. */
export function nonFinite(tensors: Iterable<[string, HostTensor]>): string | undefined {
  for (const [tensor, { dtype, data }] of tensors) {
    if (dtype !== 'F32') continue
    const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
    for (let at = 0; at < data.byteLength; at += 4) {
      const value = view.getFloat32(at, true)
      if (!Number.isFinite(value)) return `${tensor} holds ${value} at element ${at / 4} of ${data.byteLength / 4}`
    }
  }
  return undefined
}
