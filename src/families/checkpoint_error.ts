// The error of a checkpoint that is not what a family expects.

import { printable } from '../weights/printable.ts'
import type { ModelCheckpoint } from '../weights/pytorch/checkpoint.ts'
import { FormatError } from '../weights/safetensors.ts'

/** A checkpoint that does not fit. `lines` has a line for every tensor that is wrong, or for every tensor that was found. */
export class CheckpointError extends FormatError {
  constructor(
    message: string,
    readonly lines: readonly string[],
  ) {
    super(message)
  }
}

/** An error that lists every tensor of the checkpoint. */
export const checkpointError = (checkpoint: ModelCheckpoint, problem: string): CheckpointError =>
  new CheckpointError(`${checkpoint.name}: ${problem}`, tensorLines(checkpoint))

/** A line for every tensor. */
export const tensorLines = ({ tensors }: ModelCheckpoint): string[] =>
  [...tensors].map(([tensor, { shape, dtype }]) => tensorLine(tensor, shape, dtype))

/** `mask_token [1, 1, 1, 3] F32`. */
export const tensorLine = (name: string, shape: readonly number[], dtype: string): string =>
  `${printable(name, 120)} [${shape.join(', ')}] ${dtype}`
