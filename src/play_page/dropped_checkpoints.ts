// Checkpoints of another project, dropped on the page one by one or together: files, or folders of the later form. With the last of a
// world's three they become a model; a safetensors file may hold all three.

import { componentsOf, convertCheckpoints, readSafetensorsCheckpoint } from '../families/convert.ts'
import { FormatError } from '../weights/format_error.ts'
import type { ModelSource } from '../weights/model_source.ts'
import { type ModelCheckpoint, readCheckpoint, readCheckpointFolder } from '../weights/pytorch/checkpoint.ts'
import { bytesSource, joined } from '../weights/safetensors.ts'

/** Checkpoints of a world: tokenizer, action model, dynamics. */
const PARTS = 3
/** Deeper folders, and more files, are not checkpoints. */
const MOST_DEPTH = 3
const MOST_FILES = 1000

/** The file of a folder's tensors, and the one of its config. */
const [TENSORS, STATE] = ['model_state_dict.pt', 'state.pt']
/** What lies in a folder beside its tensors. */
const BESIDE = [STATE, 'optim_state_dict.pt']

/** A file that was dropped or chosen, and the path of the folder that it lay in: empty for a file by itself. */
export interface DroppedFile {
  file: File
  folder: string
}

/** All files of a drop, those in its folders too. Call it while the event lasts. */
export async function droppedFiles({ items, files }: DataTransfer): Promise<DroppedFile[]> {
  // The list is emptied when the event is over.
  const entries = [...items].map(item => item.webkitGetAsEntry?.())
  const single = [...files].map(file => ({ file, folder: '' }))
  if (!entries.some(entry => entry?.isDirectory)) return single
  const found: DroppedFile[] = []
  for (const entry of entries) if (entry) await collect(entry, 0, found)
  return found
}

async function collect(entry: FileSystemEntry, depth: number, found: DroppedFile[]): Promise<void> {
  if (found.length >= MOST_FILES || depth > MOST_DEPTH) return
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject))
    found.push({ file, folder: entry.fullPath.slice(0, -entry.name.length - 1) })
    return
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader()
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject))
    if (some.length === 0) return
    for (const child of some) await collect(child, depth + 1, found)
  }
}

export const isCheckpoint = ({ file: { name } }: DroppedFile): boolean =>
  /\.(pth|pt|safetensors)$/i.test(name) && !BESIDE.includes(name)

export class DroppedCheckpoints {
  /** What was assumed of the model that `add` gave last, a sentence each. */
  notices: string[] = []
  private readonly checkpoints: ModelCheckpoint[] = []

  /** What is missing, for the user. */
  get progress(): string {
    const names = this.checkpoints.map(({ name }) => name).join(', ')
    return `${names}: ${this.checkpoints.length} of the ${PARTS} checkpoints of a world. Drop the others too.`
  }

  /**
   * Takes more files. @returns the model, with the last of them
   * @throws FormatError as readCheckpoint and convertCheckpoints do; the files dropped so far are then forgotten
   */
  async add(files: readonly DroppedFile[]): Promise<ModelSource | undefined> {
    try {
      for (const dropped of files.filter(isCheckpoint))
        this.checkpoints.push(...(await componentsOf([await read(dropped, files)])))
      if (this.checkpoints.length < PARTS) return undefined
      return await this.convert()
    } catch (error) {
      this.checkpoints.length = 0
      throw error
    }
  }

  private async convert(): Promise<ModelSource> {
    this.notices = []
    const { name } = this.checkpoints[0]!
    const converted = await convertCheckpoints(this.checkpoints, name, sentence => this.notices.push(sentence))
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

async function read({ file, folder }: DroppedFile, files: readonly DroppedFile[]): Promise<ModelCheckpoint> {
  const source = async (file: File) => bytesSource(file.name, new Uint8Array(await file.arrayBuffer()))
  if (/\.safetensors$/i.test(file.name)) return readSafetensorsCheckpoint(await source(file))
  if (file.name !== TENSORS) return readCheckpoint(await source(file))
  const state = files.find(other => other.folder === folder && other.file.name === STATE)
  const name = folder.split('/').at(-1) || file.name
  return readCheckpointFolder(name, await source(file), state && (await source(state.file)))
}
