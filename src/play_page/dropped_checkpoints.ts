// Checkpoints of another project, dropped on the page one by one or together. With the last of a world's three they become a model.

import { convertCheckpoints } from '../families/convert.ts'
import type { ModelSource } from '../weights/model_source.ts'
import { type Checkpoint, readCheckpoint } from '../weights/pytorch/checkpoint.ts'
import { bytesSource, FormatError, joined } from '../weights/safetensors.ts'

/** Checkpoints of a world: tokenizer, action model, dynamics. */
const PARTS = 3

export const isCheckpoint = ({ name }: File): boolean => name.toLowerCase().endsWith('.pth')

export class DroppedCheckpoints {
  private readonly checkpoints: Checkpoint[] = []

  /** What is missing, for the user. */
  get progress(): string {
    const names = this.checkpoints.map(({ name }) => name).join(', ')
    return `${names}: ${this.checkpoints.length} of the ${PARTS} checkpoints of a world. Drop the others too.`
  }

  /**
   * Takes more files. @returns the model, with the last of them
   * @throws FormatError as readCheckpoint and convertCheckpoints do; the files dropped so far are then forgotten
   */
  async add(files: readonly File[]): Promise<ModelSource | undefined> {
    try {
      for (const file of files) {
        const bytes = new Uint8Array(await file.arrayBuffer())
        this.checkpoints.push(await readCheckpoint(bytesSource(file.name, bytes)))
      }
      if (this.checkpoints.length < PARTS) return undefined
      return await this.convert()
    } catch (error) {
      this.checkpoints.length = 0
      throw error
    }
  }

  private async convert(): Promise<ModelSource> {
    const converted = await convertCheckpoints(this.checkpoints, this.checkpoints[0]!.name)
    this.checkpoints.length = 0
    return {
      name: 'the dropped checkpoints',
      async open(file) {
        const pieces = converted[file]
        if (!pieces) throw new FormatError(`${file} is not part of the dropped checkpoints`)
        return bytesSource(file, joined(pieces))
      },
    }
  }
}
