// What the browser keeps of a training (OPFS), the only thing that page and Worker share: the plan, the clips, each component's
// checkpoints, and of those, at any time, the world's files. Whatever kills the tab, what lies here is whole.

import { COMPONENT_NAMES, type ComponentName } from '../model/components.ts'
import type { Config } from '../model/config.ts'
import { splitCheckpoint } from '../training/loop.ts'
import type { CheckpointStore } from '../training/resumable.ts'
import type { ActionLabels } from '../training/winners.ts'
import type { ModelSource } from '../weights/model_source.ts'
import {
  type ByteSource,
  bytesSource,
  FormatError,
  joined,
  readSafetensors,
  SafetensorsReader,
  writeSafetensors,
} from '../weights/safetensors.ts'
import type { Size } from './presets.ts'

const DIRECTORY = 'djinn-training'

/** What was chosen. */
export interface Plan {
  size: Size
  /** Where the codes of the latent actions come from. */
  labels: ActionLabels
  minutes: Record<ComponentName, number>
  config: Config
}

/** A checkpoint's metadata. */
export type CheckpointMetadata = Record<string, string>

export class Project {
  private constructor(private readonly directory: FileSystemDirectoryHandle) {}

  /** @throws Error in one sentence where the browser lets the page keep no files */
  static async open(): Promise<Project> {
    try {
      const root = await navigator.storage.getDirectory()
      return new Project(await root.getDirectoryHandle(DIRECTORY, { create: true }))
    } catch (error) {
      throw new Error(`This browser lets the page keep no files, so a training would be lost: ${error}`)
    }
  }

  async file(name: string): Promise<File | undefined> {
    const handle = await this.directory.getFileHandle(name).catch(() => undefined)
    return handle?.getFile()
  }

  /** A file that appears, in place of the one before, when it is closed, and not before. */
  async writer(name: string): Promise<FileSystemWritableFileStream> {
    const handle = await this.directory.getFileHandle(name, { create: true })
    return handle.createWritable()
  }

  async write(name: string, bytes: Uint8Array<ArrayBuffer> | string): Promise<void> {
    const writer = await this.writer(name)
    await writer.write(bytes)
    await writer.close()
  }

  async remove(...names: string[]): Promise<void> {
    for (const name of names) await this.directory.removeEntry(name).catch(() => undefined)
  }

  async plan(): Promise<Plan | undefined> {
    const file = await this.file('plan.json')
    const text = await file?.text()
    // Plans that were kept before there was a choice have none.
    return text ? { labels: 'directions', ...JSON.parse(text) } : undefined
  }

  setPlan(plan: Plan): Promise<void> {
    return this.write('plan.json', JSON.stringify(plan))
  }

  /** Forgets the plan and all that was trained by it; the clips stay. */
  async clear(): Promise<void> {
    await this.remove('plan.json', ...COMPONENT_NAMES.flatMap(checkpointNames))
  }

  /**
   * Two files take turns: were one ever half written, the other still is the checkpoint before.
   */
  checkpoints(component: ComponentName): CheckpointStore & { notes(): Promise<CheckpointMetadata | undefined> } {
    return {
      name: `the ${component} checkpoint that this browser keeps`,
      read: async () => {
        const newest = (await this.whole(component))[0]
        return newest && readSafetensors(fileSource(newest.file))
      },
      write: async (tensors, metadata) => {
        const [newest] = await this.whole(component)
        const name = checkpointNames(component).find(name => name !== newest?.file.name)!
        await this.write(name, joined(writeSafetensors(tensors, metadata)))
      },
      notes: async () => (await this.whole(component))[0]?.notes,
    }
  }

  /** The checkpoints of a component that are whole, the newest first. */
  private async whole(component: ComponentName): Promise<{ file: File; notes: CheckpointMetadata }[]> {
    const found: { file: File; notes: CheckpointMetadata }[] = []
    for (const name of checkpointNames(component)) {
      const file = await this.file(name)
      if (!file?.size) continue
      try {
        const reader = await SafetensorsReader.open(fileSource(file))
        await reader.close()
        found.push({ file, notes: reader.header.metadata })
      } catch (error) {
        if (!(error instanceof FormatError)) throw error
      }
    }
    return found.sort((a, b) => Number(b.notes.step) - Number(a.notes.step))
  }

  /** COMPONENT.safetensors, from its newest checkpoint. @throws FormatError where there is none yet */
  async weights(component: ComponentName): Promise<Uint8Array<ArrayBuffer>> {
    const found = await this.checkpoints(component).read()
    if (!found) throw new FormatError(`the ${component} has not been trained yet`)
    return joined(writeSafetensors(splitCheckpoint(found.tensors).weights, { format: 'genie-1' }))
  }

  /** The world so far, as World.load and encodeClips take it. */
  source(): ModelSource {
    return {
      name: 'the world trained here',
      open: async file => {
        const component = COMPONENT_NAMES.find(name => file === `${name}.safetensors`)
        if (component) return bytesSource(file, await this.weights(component))
        return bytesSource(file, new TextEncoder().encode(await this.configText()))
      },
    }
  }

  /** config.json of the world. @throws FormatError where nothing was planned yet */
  async configText(): Promise<string> {
    const plan = await this.plan()
    if (!plan) throw new FormatError('no world has been planned here yet')
    return `${JSON.stringify(plan.config, undefined, 2)}\n`
  }
}

/** The world that this browser keeps, for other pages. */
export const trainedWorld: ModelSource = {
  name: 'the world trained here',
  open: async file => (await Project.open()).source().open(file),
}

/** Holds the training for this tab as long as it is open; false where another one does. */
export function lockTab(): Promise<boolean> {
  return new Promise(resolve => {
    void navigator.locks.request('djinn studio', { ifAvailable: true }, lock => {
      resolve(lock !== null)
      return lock ? new Promise<never>(() => undefined) : undefined
    })
  })
}

const checkpointNames = (component: ComponentName) => [`${component}.a.checkpoint`, `${component}.b.checkpoint`]

export function fileSource(file: File): ByteSource {
  return {
    name: file.name,
    size: file.size,
    async *stream() {
      const reader = file.stream().getReader()
      try {
        for (let { done, value } = await reader.read(); !done; { done, value } = await reader.read()) yield value!
      } finally {
        await reader.cancel().catch(() => undefined)
      }
    },
  }
}
