// Sizes of a model from the shapes of a checkpoint's tensors.

import type { ModelCheckpoint } from '../weights/pytorch/checkpoint.ts'
import { checkpointError } from './checkpoint_error.ts'

/** @throws CheckpointError when the tensor is missing or has other than so many dimensions */
export function shapeOf(part: ModelCheckpoint, tensor: string, dimensions: number): readonly number[] {
  const shape = part.tensors.get(tensor)?.shape
  if (!shape) throw checkpointError(part, `${tensor} is missing, its shape gives the model's sizes`)
  if (shape.length !== dimensions)
    throw checkpointError(part, `${tensor} is [${shape.join(', ')}], expected ${dimensions} dimensions`)
  return shape
}

/** The side of a patch, of which a tensor takes all values. @throws CheckpointError when they are not those of a square */
export function patchOf(part: ModelCheckpoint, tensor: string, values: number): number {
  const patch = Math.sqrt(values / 3)
  if (Number.isInteger(patch)) return patch
  throw checkpointError(part, `${tensor} takes ${values} values, expected 3 · patch²`)
}
