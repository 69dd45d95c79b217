// Writing of a clip file, clip by clip, and of an optional contact sheet: a failure leaves no file. Reading of the crop it notes.
import { type Crop, cropOfMetadata } from '../../media/crop.ts'
import { SafetensorsReader } from '../../weights/safetensors.ts'
import { type ClipPart, ClipWriter } from '../clip_writer.ts'
import { encodeSheet } from '../contact_sheet.ts'
import { fileSource } from '../model_files.ts'
import { writeWhole } from '../whole_file.ts'

const [SHEET_CLIPS, SHEET_FRAMES] = [24, 12]

/** The files to write. */
export interface Target {
  /** The clip file. */
  out: string
  /** A PNG contact sheet: one row for each of the first clips. */
  sheet?: string
}

/** The size of a written clip file. */
export interface Recorded {
  clips: number
  length: number // frames per clip
}

/**
 * Writes all clips of an iterable into one clip file.
 * @param shape of a clip's frames
 */
export async function writeClips(
  { out, sheet }: Target,
  shape: [length: number, height: number, width: number],
  metadata: Record<string, string>,
  clips: AsyncIterable<ClipPart>,
): Promise<Recorded> {
  const writer = await ClipWriter.open(out, shape, metadata)
  const shown: Uint8Array[] = []
  const [length, height, width] = shape
  const columns = Math.min(SHEET_FRAMES, length)
  try {
    for await (const clip of clips) {
      if (sheet !== undefined && writer.clips < SHEET_CLIPS)
        for (let i = 0; i < columns; i++) {
          const t = Math.floor((i * length) / columns)
          shown.push(clip.frames.slice(t * height * width * 3, (t + 1) * height * width * 3))
        }
      await writer.append(clip)
    }
    await writer.finish()
  } catch (error) {
    await writer.abandon()
    throw error
  }
  if (sheet !== undefined)
    await writeWhole(
      sheet,
      await encodeSheet({ count: shown.length, height, width, data: Buffer.concat(shown) }, 2, columns),
    )
  return { clips: writer.clips, length }
}

/** The part of the video that a clip file was cut from, where its metadata names one. */
export async function cropOfClips(path: string): Promise<Crop | undefined> {
  const reader = await SafetensorsReader.open(await fileSource(path))
  await reader.close()
  return cropOfMetadata(reader.header.metadata)
}
