// The training clips as a file in the browser (OPFS), in the format of `djinn record`: frames u8 [N, T, H, W, 3], and for the built-in
// game its keys (the tensor `actions`) and moves. The writer appends clips as they come. The reader reads frames from the file.

import type { EvalClips } from '../evaluation/eval_clips.ts'
import { type Crop, cropOfMetadata, cropOfSection, metadataOfCrop, type VideoSection } from '../media/crop.ts'
import type { Config } from '../model/config.ts'
import { CLIP_LENGTH, type VideoShape } from '../training/presets.ts'
import { fileSource, type Plan, type Project } from '../ui/project.ts'
import { type HostTensor, hostTensor, SafetensorsReader } from '../weights/safetensors.ts'
import { type TensorInfo, writeHeader } from '../weights/safetensors_header.ts'

const NAME = 'clips.safetensors'
const HEADER_BYTES = 1024

/** How a video was taken. */
export interface VideoSettings extends VideoShape {
  /** In pixels of the video; about its centre where nothing is said. */
  crop?: Crop
}

/** How a training that has begun takes its video. */
export function trainedSettings({ config }: Plan): VideoSettings {
  const { video = {} } = config as { video?: Partial<VideoSection> }
  const crop = cropOfSection(video)
  return { frame: config.frame, codes: config.tokenizer.codes, ...(crop && { crop }) }
}

const bytesOf = ({ height, width }: Config['frame']) => 3 * height * width

/** A clip. Clips of the built-in game have labels for each transition. */
export interface NewClip {
  frames: Uint8Array // [T, H, W, 3]
  keys?: Int32Array // [T - 1]
  moves?: Int32Array // [T - 1]
}

export class ClipFileWriter {
  clips = 0
  private readonly keys: number[] = []
  private readonly moves: number[] = []

  private constructor(
    private readonly project: Project,
    private readonly settings: VideoSettings,
    private file: FileSystemWritableFileStream,
  ) {}

  static async open(project: Project, settings: VideoSettings): Promise<ClipFileWriter> {
    const file = await project.writer(NAME)
    await file.seek(0)
    await file.write(new Uint8Array(HEADER_BYTES))
    return new ClipFileWriter(project, settings, file)
  }

  /** Continues after `finish`: more clips can be appended. */
  async reopen(): Promise<void> {
    this.file = await this.project.writer(NAME, true)
    const end = HEADER_BYTES + this.clips * CLIP_LENGTH * bytesOf(this.settings.frame)
    await this.file.truncate(end)
    await this.file.seek(end)
  }

  async append({ frames, keys = new Int32Array(), moves = new Int32Array() }: NewClip): Promise<void> {
    await this.file.write(frames.slice())
    this.keys.push(...keys)
    this.moves.push(...moves)
    this.clips++
  }

  /** Replaces the previous file. */
  async finish(source: string): Promise<void> {
    const { frame, crop, codes } = this.settings
    const tensors: Record<string, Pick<HostTensor, 'dtype' | 'shape'>> = {
      frames: { dtype: 'U8', shape: [this.clips, CLIP_LENGTH, frame.height, frame.width, 3] },
    }
    for (const [name, labels] of Object.entries({ actions: this.keys, moves: this.moves })) {
      if (labels.length === 0) continue
      const tensor = hostTensor(Int32Array.from(labels), [this.clips, CLIP_LENGTH - 1])
      await this.file.write(tensor.data as Uint8Array<ArrayBuffer>)
      tensors[name] = tensor
    }
    // A long name must fit into HEADER_BYTES.
    const about = {
      source: source.slice(0, 100),
      rate: `${frame.rate}`,
      ...metadataOfCrop(crop),
      ...(codes !== undefined && { codes: `${codes}` }),
    }
    const header = writeHeader(tensors, about, HEADER_BYTES)
    await this.file.write({ type: 'write', position: 0, data: header as Uint8Array<ArrayBuffer> })
    await this.file.close()
  }

  /** Discards what was written. The previous file stays. */
  async abandon(): Promise<void> {
    await this.file.abort().catch(() => undefined)
  }
}

export class ClipFile implements EvalClips {
  readonly clips: number
  readonly length = CLIP_LENGTH
  moves?: Int32Array
  keys?: Int32Array

  private constructor(
    private readonly file: File,
    private readonly dataOffset: number, // bytes
    info: TensorInfo,
    /** Name of the video. */
    readonly source: string,
    readonly settings: VideoSettings,
  ) {
    this.clips = info.shape[0]!
  }

  /** The stored clips, undefined if there are none. @throws FormatError when the file is not valid */
  static async open(project: Project): Promise<ClipFile | undefined> {
    const file = await project.file(NAME)
    if (!file?.size) return undefined
    const reader = await SafetensorsReader.open(fileSource(file))
    await reader.close()
    const { tensors, metadata } = reader.header
    const at = file.size - tensors.at(-1)!.end
    const info = tensors.find(({ name }) => name === 'frames')!
    const [, , height, width] = info.shape as [number, number, number, number]
    const crop = cropOfMetadata(metadata)
    const codes = metadata.codes !== undefined && { codes: Number(metadata.codes) }
    const settings = { frame: { height, width, rate: Number(metadata.rate) }, ...(crop && { crop }), ...codes }
    const clips = new ClipFile(file, at, info, metadata.source!, settings)
    const labels = async (name: string) => {
      const info = tensors.find(t => t.name === name)
      return info && new Int32Array(await file.slice(at + info.begin, at + info.end).arrayBuffer())
    }
    const [keys, moves] = [await labels('actions'), await labels('moves')]
    if (keys) clips.keys = keys
    if (moves) clips.moves = moves
    return clips
  }

  async frames(clip: number, first: number, count: number): Promise<Uint8Array> {
    const size = bytesOf(this.settings.frame)
    const begin = this.dataOffset + (clip * this.length + first) * size
    return new Uint8Array(await this.file.slice(begin, begin + count * size).arrayBuffer())
  }

  /** Seconds of video. */
  get seconds(): number {
    return (this.clips * this.length) / this.settings.frame.rate
  }
}
