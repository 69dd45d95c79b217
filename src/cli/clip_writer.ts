// Writes a clip file clip by clip, so that a gigabyte of frames is never in memory. Frames go straight to the file. The small
// tensors follow at the end. The header is written last, into the space reserved for it at the front.
import { type HostTensor, hostTensor, joined } from '../weights/safetensors.ts'
import { writeHeader } from '../weights/safetensors_header.ts'
import { WholeFile } from './whole_file.ts'

/** Bytes of the header beside its metadata. */
const HEADER_ROOM = 8192

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
  private readonly room: number
  private position: number

  private constructor(
    private readonly file: WholeFile,
    private readonly shape: [length: number, height: number, width: number],
    private readonly metadata: Record<string, string>,
  ) {
    this.room = HEADER_ROOM + writeHeader({}, metadata).length
    this.position = this.room
  }

  /**
   * Opens `path` for clips of one shape; the file appears there when it is finished, and not before.
   * @throws Error in one sentence with the path, as all methods do
   */
  static async open(
    path: string,
    shape: [length: number, height: number, width: number],
    metadata: Record<string, string>,
  ): Promise<ClipWriter> {
    return new ClipWriter(await WholeFile.open(path), shape, metadata)
  }

  async append({ frames, arrays }: ClipPart): Promise<void> {
    await this.write(frames)
    for (const [name, array] of Object.entries(arrays ?? {})) push(this.arrays, name, array)
    this.clips++
  }

  async finish(): Promise<void> {
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
    const header = writeHeader(tensors, this.metadata, this.room)
    if (header.length > this.room)
      throw new Error(`${this.file.path}: its header takes ${header.length} bytes, there is room for ${this.room}`)
    await this.file.write(header, 0)
    await this.file.commit()
  }

  /** Gives up: leaves no file behind. */
  async abandon(): Promise<void> {
    await this.file.abandon()
  }

  private async write(bytes: Uint8Array): Promise<void> {
    await this.file.write(bytes, this.position)
    this.position += bytes.byteLength
  }
}

function push(lists: Map<string, ClipArray[]>, name: string, array: ClipArray): void {
  const list = lists.get(name) ?? []
  list.push(array)
  lists.set(name, list)
}
