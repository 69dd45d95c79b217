// A training run as files that the browser keeps (OPFS): the plan, the clips, each component's checkpoints, and the world's files made from
// them. The training page, its Worker and the play page share them. A file is replaced whole, so a killed tab leaves no half file.

import { COMPONENT_NAMES, type ComponentName } from '../model/component_names.ts'
import type { Config } from '../model/config.ts'
import type { TensorStore } from '../training/action_codes/saved_search.ts'
import { COMPONENTS } from '../training/components.ts'
import { InitialWeights } from '../training/init/initial_weights.ts'
import { splitCheckpoint } from '../training/loop.ts'
import type { ModelSize } from '../training/presets.ts'
import { Random } from '../training/random.ts'
import type { CheckpointStore } from '../training/resumable.ts'
import { FormatError } from '../weights/format_error.ts'
import type { ModelSource } from '../weights/model_source.ts'
import {
  type ByteSource,
  bytesSource,
  type HostTensor,
  joined,
  readSafetensors,
  SafetensorsReader,
  writeSafetensors,
} from '../weights/safetensors.ts'

const DIRECTORY = 'djinn-training'
const ACTION_CODES = 'action_codes.safetensors'
const INFERRED = 'inferred_actions.safetensors'
/** What each latent action does, as far as it was measured. */
export const MEASURED_ACTIONS = 'measured_actions.json'

/** Files of the world that a training starts from. */
export const START_FILES = ['config.json', ...COMPONENT_NAMES.map(name => `${name}.safetensors`)]
/** The name under which the browser keeps such a file. */
export const startName = (file: string): string => `start.${file}`

export type { ModelSize }

/** The choices that a training run is made by. */
export interface Plan {
  size: ModelSize
  /** The name of the world that it starts from; the browser keeps its files. */
  start?: string
  minutes: Record<ComponentName, number>
  config: Config
  /** Advice on each component that was trained and measured. A component that was not measured has no entry; plans of earlier versions have no field. */
  advice?: Partial<Record<ComponentName, string[]>>
  /** The numbers of those measurements, in one line. */
  health?: Partial<Record<ComponentName, string>>
}

/** A checkpoint's metadata. */
export type CheckpointMetadata = Record<string, string>

export class Project {
  private constructor(private readonly directory: FileSystemDirectoryHandle) {}

  /** @throws Error when the browser lets the page keep no files */
  static async open(): Promise<Project> {
    try {
      const root = await navigator.storage.getDirectory()
      return new Project(await root.getDirectoryHandle(DIRECTORY, { create: true }))
    } catch (error) {
      throw new Error(`This browser lets the page keep no files, so the training would be lost: ${error}`)
    }
  }

  async file(name: string): Promise<File | undefined> {
    const handle = await this.directory.getFileHandle(name).catch(() => undefined)
    return handle?.getFile()
  }

  /** A file that replaces the one of this name when it is closed, and not before. @param keepExistingData whether it begins as that one */
  async writer(name: string, keepExistingData = false): Promise<FileSystemWritableFileStream> {
    const handle = await this.directory.getFileHandle(name, { create: true })
    return handle.createWritable({ keepExistingData })
  }

  /** @throws Error in one sentence when there is no room; the file is then the one before */
  async write(name: string, bytes: Uint8Array<ArrayBuffer> | string): Promise<void> {
    try {
      const writer = await this.writer(name)
      await writer.write(bytes)
      await writer.close()
    } catch (error) {
      const reason = error instanceof Error && error.name === 'QuotaExceededError' ? 'its storage is full' : `${error}`
      throw new Error(
        `This browser cannot keep ${name}: ${reason}. What was kept before is still there: free space, then continue.`,
      )
    }
  }

  async remove(...names: string[]): Promise<void> {
    for (const name of names) await this.directory.removeEntry(name).catch(() => undefined)
  }

  async plan(): Promise<Plan | undefined> {
    const text = await (await this.file('plan.json'))?.text()
    try {
      return text ? JSON.parse(text) : undefined
    } catch {
      throw new FormatError('plan.json in this browser is not JSON: start a new training')
    }
  }

  setPlan(plan: Plan): Promise<void> {
    return this.write('plan.json', JSON.stringify(plan))
  }

  /** Deletes the plan, its checkpoints and previews. The clips stay. */
  async clear(): Promise<void> {
    const files = COMPONENT_NAMES.flatMap(name => [...checkpointNames(name), previewName(name)])
    await this.remove('plan.json', ACTION_CODES, INFERRED, MEASURED_ACTIONS, ...START_FILES.map(startName), ...files)
  }

  /** The action codes that were found in the clips, or the search for them. */
  get codeStore(): TensorStore {
    return this.store(ACTION_CODES)
  }

  /** The latent actions that were inferred in the clips so far. */
  get inferredStore(): TensorStore {
    return this.store(INFERRED)
  }

  private store(name: string): TensorStore {
    return {
      name: `${name} in this browser`,
      read: async () => {
        const file = await this.file(name)
        return file?.size ? readSafetensors(fileSource(file)) : undefined
      },
      write: (tensors, metadata) => this.write(name, joined(writeSafetensors(tensors, metadata))),
    }
  }

  /** The component's checkpoints. Two files take turns, so the previous checkpoint survives a failed write. */
  checkpoints(component: ComponentName): CheckpointStore & { metadata(): Promise<CheckpointMetadata | undefined> } {
    return {
      name: `the ${component} checkpoint in this browser`,
      read: async () => {
        const [newest] = await this.valid(component)
        return newest && readSafetensors(fileSource(newest.file))
      },
      write: async (tensors, metadata) => {
        const [newest] = await this.valid(component)
        const name = checkpointNames(component).find(name => name !== newest?.file.name)!
        await this.write(name, joined(writeSafetensors(tensors, metadata)))
      },
      metadata: async () => (await this.valid(component))[0]?.metadata,
    }
  }

  /** The readable checkpoints of a component, the newest first: one that started over is newer, whatever its step. */
  private async valid(component: ComponentName): Promise<{ file: File; metadata: CheckpointMetadata }[]> {
    const found: { file: File; metadata: CheckpointMetadata }[] = []
    for (const name of checkpointNames(component)) {
      const file = await this.file(name)
      if (!file?.size) continue
      try {
        const reader = await SafetensorsReader.open(fileSource(file))
        await reader.close()
        found.push({ file, metadata: reader.header.metadata })
      } catch (error) {
        if (!(error instanceof FormatError)) throw error
      }
    }
    const number = (of: (typeof found)[number], field: string) => Number(of.metadata[field] ?? 0)
    const later = (field: string) => (a: (typeof found)[number], b: (typeof found)[number]) =>
      number(b, field) - number(a, field)
    return found.sort((a, b) => later('restarts')(a, b) || later('step')(a, b))
  }

  /** COMPONENT.safetensors, from the newest checkpoint; random weights where there is none. @throws FormatError when there is no plan */
  async weights(component: ComponentName): Promise<Uint8Array<ArrayBuffer>> {
    const found = await this.checkpoints(component).read()
    const weights = found ? splitCheckpoint(found.tensors).weights : randomWeights(component, await this.trainedPlan())
    return joined(writeSafetensors(weights, { format: 'genie-1' }))
  }

  /** The world as it is now, for World.load, ActionInference.load and measureHealth. */
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

  /** The world's config.json. @throws FormatError when there is no plan */
  async configText(): Promise<string> {
    return `${JSON.stringify((await this.trainedPlan()).config, undefined, 2)}\n`
  }

  private async trainedPlan(): Promise<Plan> {
    const plan = await this.plan()
    if (!plan) throw new FormatError('this browser holds no trained world: train one on train.html first')
    return plan
  }
}

function randomWeights(name: ComponentName, { config }: Plan): Record<string, HostTensor> {
  const component = COMPONENTS.find(component => component.name === name)!
  return new InitialWeights(component.parameters(config), new Random(0)).toTensors()
}

/** The world that was trained in this browser. */
export async function trainedWorld(): Promise<ModelSource> {
  return (await Project.open()).source()
}

/** Reserves training for this tab while it is open. False when another tab has it. */
export function lockTab(): Promise<boolean> {
  return new Promise(resolve => {
    void navigator.locks.request('djinn training', { ifAvailable: true }, lock => {
      resolve(lock !== null)
      return lock ? new Promise<never>(() => undefined) : undefined
    })
  })
}

/** The file of a component's last preview. */
export const previewName = (component: ComponentName) => `${component}.preview`

const checkpointNames = (component: ComponentName) => [`${component}.a.checkpoint`, `${component}.b.checkpoint`]

/** A file as a source of bytes. */
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
