// Checkpoints of a training run as files: COMPONENT.checkpoint is the newest, COMPONENT.checkpoint.before the one before it.
import { existsSync } from 'node:fs'
import { copyFile, link, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Checkpoint } from '../training/checkpoint.ts'
import { splitCheckpoint } from '../training/loop.ts'
import type { CheckpointStore } from '../training/resumable.ts'
import { FormatError } from '../weights/format_error.ts'
import {
  type HostTensor,
  joined,
  readSafetensors,
  SafetensorsReader,
  writeSafetensors,
} from '../weights/safetensors.ts'
import type { FolderLock } from './folder_lock.ts'
import { fileSource } from './model_files.ts'
import { writeWhole } from './whole_file.ts'

export class CheckpointFiles implements CheckpointStore {
  readonly name: string
  private readonly weights: string
  private readonly before: string

  /** @param lock checked before every write, so that nothing is written to a folder that another training has taken over */
  constructor(
    folder: string,
    component: string,
    private readonly lock?: FolderLock,
  ) {
    this.name = join(folder, `${component}.checkpoint`)
    this.weights = join(folder, `${component}.safetensors`)
    this.before = `${this.name}.before`
  }

  /**
   * Refuses to start over if there is a checkpoint, or weights without one.
   * @throws Error in one sentence with the options that continue or start over
   */
  refuseToReplace(): void {
    if (existsSync(this.name) || existsSync(this.before))
      throw new Error(
        `${this.name}: this folder holds a training run: add --resume to continue it, or --over to start over`,
      )
    if (existsSync(this.weights))
      throw new Error(
        `${this.weights} would be overwritten, and there is no checkpoint to resume from: give another --out, or add --over to replace it`,
      )
  }

  /** What the newest checkpoint says of its run. @throws Error when the file is broken, with what to do */
  async metadata(): Promise<Record<string, string> | undefined> {
    if (!existsSync(this.name)) return undefined
    const reader = await SafetensorsReader.open(await fileSource(this.name)).catch(error => {
      throw this.withAdvice(error)
    })
    await reader.close()
    return reader.header.metadata
  }

  /** @throws Error when the file is broken, with what to do */
  async read(): Promise<Checkpoint | undefined> {
    const isThere = await stat(this.name).catch(() => undefined)
    if (isThere)
      return readSafetensors(await fileSource(this.name)).catch(error => {
        throw this.withAdvice(error)
      })
    if (existsSync(this.before))
      throw new Error(`${this.name} does not exist, but the checkpoint before it does: ${this.restoreCommand}`)
    if (existsSync(this.weights)) this.refuseToReplace()
    return undefined
  }

  /** Writes the weights of the checkpoint, too, so that a run that is killed leaves a component that plays. */
  async write(tensors: Record<string, HostTensor>, metadata: Record<string, string>): Promise<void> {
    this.lock?.check()
    await this.keepBefore()
    await writeWhole(this.name, joined(writeSafetensors(tensors, metadata)))
    const { weights } = splitCheckpoint(new Map(Object.entries(tensors)))
    await writeWhole(this.weights, joined(writeSafetensors(weights, { format: 'genie-1' })))
  }

  /** The error of a checkpoint that was refused, with how to restore the one before it, if there is one. */
  withAdvice(error: unknown): unknown {
    if (!(error instanceof FormatError) || !existsSync(this.before)) return error
    return new Error(`${error.message}; the checkpoint before it is still there: ${this.restoreCommand}`)
  }

  private get restoreCommand(): string {
    return `restore it with mv '${this.before}' '${this.name}'`
  }

  /** Gives the current checkpoint a second name, so that one exists at every moment. */
  private async keepBefore(): Promise<void> {
    if (!existsSync(this.name)) return
    const draft = `${this.before}.part`
    await rm(draft, { force: true })
    // A file system without hard links gets a copy.
    await link(this.name, draft).catch(() => copyFile(this.name, draft))
    await rename(draft, this.before)
  }
}
