// Writes a clip file as its clips come, so that a gigabyte of frames never stands in memory: frames go straight to the
// file; the header, whose room is kept free at the front, and the small tensors follow at the end.
import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { type HostTensor, hostTensor, joined, writeHeader } from '../weights/safetensors.ts'

const HEADER_ROOM = 8192 // bytes

/** One clip's part of a tensor beside the frames: its values, and the shape of the tensor [clips, …shape]. */
export interface ClipArray {
  values: Int32Array | Float32Array | Uint8Array
  shape: number[]
}

/** One clip: frames [length, height, width, 3], and what is known of it, the same arrays in every clip. */
export interface ClipPart {
  frames: Uint8Array
  arrays?: Record<string, ClipArray>
}

export class ClipWriter {
  clips = 0
  private readonly arrays = new Map<string, ClipArray[]>()
  private position = HEADER_ROOM

  private constructor(
    private readonly path: string,
    private readonly file: FileHandle,
    private readonly shape: [length: number, height: number, width: number],
  ) {}

  /** Opens `path` for clips of one shape; the file appears there when it is finished, and not before. */
  static async open(path: string, shape: [length: number, height: number, width: number]): Promise<ClipWriter> {
    return new ClipWriter(path, await open(`${path}.part`, 'w'), shape)
  }

  async append({ frames, arrays }: ClipPart): Promise<void> {
    await this.write(frames)
    for (const [name, array] of Object.entries(arrays ?? {})) push(this.arrays, name, array)
    this.clips++
  }

  async finish(metadata: Record<string, string>): Promise<void> {
    const [length, height, width] = this.shape
    const tensors: Record<string, Pick<HostTensor, 'dtype' | 'shape'>> = {
      frames: { dtype: 'U8', shape: [this.clips, length, height, width, 3] },
    }
    // Elements of four bytes before those of one, so that each tensor begins where its elements may.
    const all = [...this.arrays].sort(([, [a]], [, [b]]) => b!.values.BYTES_PER_ELEMENT - a!.values.BYTES_PER_ELEMENT)
    for (const [name, parts] of all) {
      const { values, shape } = parts[0]!
      const { dtype } = hostTensor(values, shape)
      await this.write(joined(parts.map(part => hostTensor(part.values, part.shape).data)))
      tensors[name] = { dtype, shape: [this.clips, ...shape] }
    }
    const header = writeHeader(tensors, metadata, HEADER_ROOM)
    if (header.length > HEADER_ROOM)
      throw new Error(`${this.path}: its header takes ${header.length} bytes, there is room for ${HEADER_ROOM}`)
    await this.file.write(header, 0, HEADER_ROOM, 0)
    await this.file.close()
    await rename(`${this.path}.part`, this.path)
  }

  /** Gives up: leaves no file behind. */
  async abandon(): Promise<void> {
    await this.file.close().catch(() => undefined)
    await rm(`${this.path}.part`, { force: true })
  }

  private async write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.byteLength; )
      at += (await this.file.write(bytes, at, bytes.byteLength - at, this.position + at)).bytesWritten
    this.position += bytes.byteLength
  }
}

function push(lists: Map<string, ClipArray[]>, name: string, array: ClipArray): void {
  const list = lists.get(name) ?? []
  list.push(array)
  lists.set(name, list)
}
