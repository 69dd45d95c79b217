// Reads frames out of a clip file where they lie: a clip of a file of gigabytes costs no more than the clip.
import { type FileHandle, open } from 'node:fs/promises'
import { FormatError, SafetensorsReader } from '../weights/safetensors.ts'
import { fileSource } from './model_files.ts'

export class ClipReader {
  private constructor(
    readonly path: string,
    private readonly file: FileHandle,
    private readonly offset: number, // of the frames in the file, bytes
    readonly clips: number,
    readonly length: number, // frames a clip
    readonly height: number,
    readonly width: number,
  ) {}

  /**
   * Opens a file with a tensor `frames` u8 [N, T, H, W, 3], or [T, H, W, 3] for a single clip.
   * @throws FormatError naming the file when it is none
   */
  static async open(path: string): Promise<ClipReader> {
    const reader = await SafetensorsReader.open(await fileSource(path))
    await reader.close()
    const frames = reader.header.tensors.find(t => t.name === 'frames')
    if (!frames) throw new FormatError(`${path}: has no tensor frames: it is not a clip`)
    const shape = frames.shape.length === 4 ? [1, ...frames.shape] : frames.shape
    if (frames.dtype !== 'U8' || shape.length !== 5 || shape[4] !== 3 || shape.includes(0))
      throw new FormatError(
        `${path}: frames is ${frames.dtype} [${frames.shape.join(', ')}], expected U8 [clips, frames, height, width, 3]`,
      )
    const file = await open(path)
    const prefix = new DataView(new ArrayBuffer(8))
    await file.read(prefix, 0, 8, 0)
    const offset = 8 + Number(prefix.getBigUint64(0, true)) + frames.begin
    return new ClipReader(path, file, offset, shape[0], shape[1], shape[2], shape[3])
  }

  /**
   * `count` frames of a clip from its frame `first` on, [count, height, width, 3].
   * @throws RangeError when the file has no such clip
   */
  async frames(clip: number, first: number, count: number): Promise<Uint8Array> {
    if (clip >= this.clips) throw new RangeError(`${this.path} has clips 0 … ${this.clips - 1}, no clip ${clip}`)
    const size = this.height * this.width * 3
    const data = new Uint8Array(count * size)
    await this.file.read(data, 0, data.length, this.offset + (clip * this.length + first) * size)
    return data
  }

  async close(): Promise<void> {
    await this.file.close()
  }
}
