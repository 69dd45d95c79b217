// Clips of recorded Procgen games. NAME_SPLIT.mkv holds the frames losslessly, as planes G, B − G + 128 and R − G + 128 modulo 256.
// NAME_SPLIT.safetensors holds actions and player states. Both become one clip file with all arrays.
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { FormatError } from '../../weights/format_error.ts'
import { type HostTensor, readSafetensors } from '../../weights/safetensors.ts'
import type { ClipArray, ClipPart } from '../clip_writer.ts'
import { fileSource } from '../model_files.ts'
import { showProgress } from '../progress.ts'
import { videoPlanes } from '../video.ts'
import { type Recorded, type Target, writeClips } from './clip_file.ts'

const SIDE = 64 // width and height of a frame, pixels
const RATE = 15 // frames per second

/**
 * @param name the set, such as coinrun_test, or a path to it without extension
 * @param folder where its two files are, if the name is not an absolute path
 * @throws Error in one sentence where a file is missing or the two do not fit each other
 */
export async function recordProcgen(target: Target, name: string, folder: string): Promise<Recorded> {
  const [video, labels] = ['mkv', 'safetensors'].map(extension => resolve(folder, `${name}.${extension}`)) as [
    string,
    string,
  ]
  for (const path of [video, labels])
    if (!existsSync(path))
      throw new Error(`${path} does not exist: --procgen takes a set such as coinrun_test, --from its folder`)
  const { tensors, metadata } = await readSafetensors(await fileSource(labels))
  const actions = tensors.get('actions')
  if (actions?.shape.length !== 2) throw new FormatError(`${labels}: has no tensor actions [clips, frames − 1]`)
  const [clips, length] = [actions.shape[0]!, actions.shape[1]! + 1]
  for (const [array, { shape }] of tensors)
    if (shape[0] !== clips) throw new FormatError(`${labels}: ${array} is of ${shape[0]} clips, actions of ${clips}`)
  const about = { ...metadata, frame_format: 'rgb, row 0 at the top', rate: `${RATE}`, ...credits(dirname(video)) }
  return writeClips(target, [length, SIDE, SIDE], about, decode(video, tensors, clips, length))
}

async function* decode(
  video: string,
  tensors: ReadonlyMap<string, HostTensor>,
  clips: number,
  length: number,
): AsyncGenerator<ClipPart> {
  const size = SIDE * SIDE * 3
  const progress = showProgress('decoding', clips, 'clips')
  let frames = new Uint8Array(length * size)
  let count = 0
  for await (const planes of videoPlanes(video, SIDE, SIDE)) {
    putRgb(planes, frames.subarray((count % length) * size))
    count++
    if (count % length > 0) continue
    const clip = count / length - 1
    if (clip < clips) yield { frames, arrays: arraysOf(tensors, clip) }
    frames = new Uint8Array(length * size)
    progress.advance()
  }
  progress.stop()
  if (count !== clips * length)
    throw new Error(`${video} has ${count} frames, expected ${clips * length}: ${clips} clips of ${length}`)
}

/** @param rgb [64, 64, 3], overwritten. Bytes wrap, as the planes' differences do. */
function putRgb(planes: Uint8Array, rgb: Uint8Array): void {
  const pixels = SIDE * SIDE
  for (let i = 0; i < pixels; i++) {
    const green = planes[i]!
    rgb[3 * i] = planes[2 * pixels + i]! + green - 128
    rgb[3 * i + 1] = green
    rgb[3 * i + 2] = planes[pixels + i]! + green - 128
  }
}

const ARRAYS = { I32: Int32Array, F32: Float32Array, U8: Uint8Array }

/** One clip's slice of every tensor. */
function arraysOf(tensors: ReadonlyMap<string, HostTensor>, clip: number): Record<string, ClipArray> {
  const arrays: Record<string, ClipArray> = {}
  for (const [name, { dtype, shape, data }] of tensors) {
    const Values = ARRAYS[dtype as keyof typeof ARRAYS]
    if (!Values) throw new FormatError(`${name} is ${dtype}, expected I32, F32 or U8`)
    const bytes = data.length / shape[0]!
    const values = new Values(data.slice(clip * bytes, (clip + 1) * bytes).buffer)
    arrays[name] = { values, shape: shape.slice(1) }
  }
  return arrays
}

/** The section "Origin and licence" of the folder's README, for the clip file's metadata. */
function credits(folder: string): { credits?: string } {
  const readme = join(folder, 'README.md')
  if (!existsSync(readme)) return {}
  const section = readFileSync(readme, 'utf8')
    .split(/^## /m)
    .find(text => /^Origin and licence/i.test(text))
  return section ? { credits: section.trim() } : {}
}
