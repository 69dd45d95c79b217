// Action codes as a file: DIR/action_codes.safetensors, or the state of the search for them.

import { existsSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isUnfinished, type TensorStore } from '../training/action_codes/saved_search.ts'
import { joined, readSafetensors, writeSafetensors } from '../weights/safetensors.ts'
import { CheckpointFiles } from './checkpoint_files.ts'
import { fileSource } from './model_files.ts'
import { writeWhole } from './whole_file.ts'

/**
 * @param onWritten called after each write
 * @param advice what to do about a damaged file
 */
export const codesIn = (
  out: string,
  onWritten?: () => Promise<void>,
  advice = 'delete it, or run train with --over',
): TensorStore => {
  const path = join(out, 'action_codes.safetensors')
  return {
    name: path,
    advice,
    async read() {
      const isThere = await stat(path).catch(() => undefined)
      return isThere && readSafetensors(await fileSource(path))
    },
    async write(tensors, metadata) {
      await writeWhole(path, joined(writeSafetensors(tensors, metadata)))
      await onWritten?.()
    },
  }
}

/** For a run that is resumed. Reading throws an Error if the codes that its checkpoint was trained on are gone: a new search may give others. */
export function keptCodesIn(out: string): TensorStore {
  const codes = codesIn(out)
  const { name: checkpoint } = new CheckpointFiles(out, 'latent_action')
  return {
    ...codes,
    async read() {
      const kept = await codes.read()
      if (kept || !existsSync(checkpoint)) return kept
      throw new Error(
        `${codes.name} is missing, and ${checkpoint} was trained on its codes: put it back, or run train with --over`,
      )
    },
  }
}

/** For a run that searches for the codes from scratch. Reading throws an Error if there is an unfinished search. */
export function newCodesIn(out: string, mayReplace: boolean): TensorStore {
  const codes = codesIn(out)
  return {
    ...codes,
    async read() {
      const kept = mayReplace ? undefined : await codes.read().catch(() => undefined)
      if (!kept || !isUnfinished(kept)) return undefined
      throw new Error(
        `${codes.name}: this folder holds an unfinished search for actions: add --resume to continue it, or --over to start over`,
      )
    },
  }
}
