// Writes a clip file as its clips come, so that a gigabyte of frames never stands in memory: frames go straight to the
// file; the header, whose room is kept free at the front, and the small tensors follow at the end.
import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { type HostTensor, hostTensor, writeHeader } from '../weights/safetensors.ts'

const HEADER_ROOM = 1024 // bytes

/** Frames [length, height, width, 3] and, where they are known, keys, moves and player boxes (`arcade/clips.ts`). */
export interface ClipPart {
  frames: Uint8Array
  actions?: Int32Array
  moves?: Int32Array
  player?: Int32Array
}

export class ClipWriter {
  clips = 0
  private readonly small = { actions: [] as Int32Array[], moves: [] as Int32Array[], player: [] as Int32Array[] }
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

  async append(clip: ClipPart): Promise<void> {
    await this.write(clip.frames)
    if (clip.actions) this.small.actions.push(clip.actions)
    if (clip.moves) this.small.moves.push(clip.moves)
    if (clip.player) this.small.player.push(clip.player)
    this.clips++
  }

  async finish(metadata: Record<string, string>): Promise<void> {
    const [length, height, width] = this.shape
    const n = this.clips
    const tensors: Record<string, Pick<HostTensor, 'dtype' | 'shape'>> = {
      frames: { dtype: 'U8', shape: [n, length, height, width, 3] },
    }
    const shapes = { actions: [n, length - 1], moves: [n, length - 1], player: [n, length, 4] }
    for (const name of ['actions', 'moves', 'player'] as const) {
      if (this.small[name].length === 0) continue
      const tensor = hostTensor(joined(this.small[name]), shapes[name])
      await this.write(tensor.data)
      tensors[name] = tensor
    }
    await this.file.write(writeHeader(tensors, metadata, HEADER_ROOM), 0, HEADER_ROOM, 0)
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

function joined(arrays: Int32Array[]): Int32Array {
  const all = new Int32Array(arrays.reduce((n, a) => n + a.length, 0))
  let at = 0
  for (const a of arrays) {
    all.set(a, at)
    at += a.length
  }
  return all
}
