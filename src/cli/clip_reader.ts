// Reads clips from a clip file on demand, since a file may be larger than memory. The labels that `djinn record` writes for the arcade
// are small and read at once.
import { type FileHandle, open } from 'node:fs/promises'
import type { EvalClips } from '../evaluation/eval_clips.ts'
import type { Config } from '../model/config.ts'
import { FormatError } from '../weights/format_error.ts'
import { shapeText } from '../weights/printable.ts'
import { SafetensorsReader } from '../weights/safetensors.ts'
import type { TensorInfo } from '../weights/safetensors_header.ts'
import { fileSource } from './model_files.ts'

const HIGHEST_LABEL = 8 // of moves and keys

export class ClipReader {
  private constructor(
    readonly path: string,
    private readonly file: FileHandle,
    private readonly tensors: readonly TensorInfo[],
    private readonly start: number, // of the tensors' bytes in the file
    private readonly offset: number, // of the frames in the file, bytes
    readonly clips: number,
    readonly length: number, // frames per clip
    readonly height: number,
    readonly width: number,
  ) {}

  /**
   * Opens a file with a tensor `frames` u8 [N, T, H, W, 3], or [T, H, W, 3] for a single clip.
   * @throws FormatError naming the file when it is not a clip file
   */
  static async open(path: string): Promise<ClipReader> {
    const reader = await SafetensorsReader.open(await fileSource(path))
    await reader.close()
    const frames = reader.header.tensors.find(t => t.name === 'frames')
    if (!frames) throw new FormatError(`${path}: has no tensor frames: it is not a clip`)
    const shape = frames.shape.length === 4 ? [1, ...frames.shape] : frames.shape
    if (frames.dtype !== 'U8' || shape.length !== 5 || shape[4] !== 3 || shape.includes(0))
      throw new FormatError(
        `${path}: frames is ${frames.dtype} ${shapeText(frames.shape)}, expected U8 [clips, frames, height, width, 3]`,
      )
    const file = await open(path)
    const prefix = new DataView(new ArrayBuffer(8))
    await file.read(prefix, 0, 8, 0)
    const start = 8 + Number(prefix.getBigUint64(0, true))
    const { tensors } = reader.header
    return new ClipReader(path, file, tensors, start, start + frames.begin, shape[0], shape[1], shape[2], shape[3])
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

  /**
   * The clips and their labels, for a measurement.
   * @throws FormatError naming a label's tensor that does not fit the frames
   */
  async evalClips(): Promise<EvalClips> {
    const { clips, length } = this
    // Clips with motion in numbers have their own actions, too, which are not keys of the arcade.
    const hasMotion = this.tensors.some(t => t.name === 'moves' && t.dtype === 'F32')
    const moves = hasMotion ? await this.motionClasses() : await this.labels('moves', [length - 1])
    const keys = hasMotion ? undefined : await this.labels('actions', [length - 1])
    const character = await this.labels('player', [length, 4])
    const frames = this.frames.bind(this)
    return { clips, length, frames, ...(moves && { moves }), ...(keys && { keys }), ...(character && { character }) }
  }

  /**
   * The tensor `moves` f32 [N, T − 1, 2] of `djinn record --procgen` and `--scene arm` as the arcade's classes: (left 0, still 1, right 2)
   * + 3 going up, + 6 going down, from half a pixel on. `moves` is right and up; the tensor `unit` says how many pixels its unit has.
   */
  private async motionClasses(): Promise<Int32Array> {
    const moves = new Float32Array((await this.tensor('moves', 'F32', [this.clips, this.length - 1, 2])).buffer)
    const unit = new Float32Array((await this.tensor('unit', 'F32', [this.clips])).buffer)
    const sign = (i: number) => {
      const pixels = moves[i]! * unit[Math.floor(i / (2 * (this.length - 1)))]!
      return Math.abs(pixels) < 0.5 ? 0 : Math.sign(pixels)
    }
    return Int32Array.from({ length: moves.length / 2 }, (_, i) => 1 + sign(2 * i) + [6, 0, 3][1 + sign(2 * i + 1)]!)
  }

  private async tensor(name: string, dtype: string, shape: readonly number[]): Promise<Uint8Array> {
    const info = this.tensors.find(t => t.name === name)
    if (info?.dtype !== dtype || info.shape.join() !== shape.join()) {
      const found = info ? `${info.dtype} ${shapeText(info.shape)}` : 'missing'
      throw new FormatError(`${this.path}: ${name} is ${found}, its frames imply ${dtype} [${shape.join(', ')}]`)
    }
    const data = new Uint8Array(info.end - info.begin)
    await this.file.read(data, 0, data.length, this.start + info.begin)
    return data
  }

  /** The tensor i32 [N, …shape] of this name, or [… shape] of a single clip; undefined where the file has none. */
  private async labels(name: string, shape: readonly number[]): Promise<Int32Array | undefined> {
    const info = this.tensors.find(t => t.name === name)
    if (!info) return undefined
    const wanted = [this.clips, ...shape]
    const isSingle = this.clips === 1 && info.shape.join() === shape.join()
    if (info.dtype !== 'I32' || (info.shape.join() !== wanted.join() && !isSingle))
      throw new FormatError(
        `${this.path}: ${name} is ${info.dtype} ${shapeText(info.shape)}, its frames imply I32 [${wanted.join(', ')}]`,
      )
    const data = new Uint8Array(info.end - info.begin)
    await this.file.read(data, 0, data.length, this.start + info.begin)
    const values = new Int32Array(data.buffer)
    const bad = name === 'player' ? undefined : values.find(value => value < 0 || value > HIGHEST_LABEL)
    if (bad !== undefined) throw new FormatError(`${this.path}: ${name} holds ${bad}, expected 0 … ${HIGHEST_LABEL}`)
    return values
  }

  async close(): Promise<void> {
    await this.file.close()
  }
}

/**
 * The clips of a file, for a model.
 * @throws FormatError naming the sizes when its frames are not of the model's size
 */
export async function openClips(path: string, { frame: { height, width } }: Config): Promise<ClipReader> {
  const reader = await ClipReader.open(path)
  if (reader.height === height && reader.width === width) return reader
  await reader.close()
  throw new FormatError(`${path}: frames are ${reader.height}×${reader.width}, this model's are ${height}×${width}`)
}
