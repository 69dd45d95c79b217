// The state of a search for action codes as tensors and metadata, and a check that it belongs to the same video and settings.

import { FormatError, type HostTensor } from '../../weights/safetensors.ts'
import { type Clips, concatenated } from '../data/clips.ts'
import type { SearchSize } from './search_size.ts'

/** A file of action codes: the state of a search for them, or what it found. */
export interface CodesFile {
  tensors: ReadonlyMap<string, HostTensor>
  metadata: Record<string, string>
}

/** What a search is for. */
export interface Subject {
  video: string // its fingerprint
  clips: number
  length: number
  height: number
  width: number
  actions: number
  seed: number
  searchSize: SearchSize
}

interface Progress {
  done: number
  times: number[]
  searchSize: SearchSize
  seconds?: number
}

/** Whether a file of action codes has a search that was interrupted, and no codes yet. */
export const isUnfinished = ({ metadata }: { metadata: Record<string, string> }): boolean => 'search' in metadata

/** The seed of a search that was interrupted. */
export const seedOf = (saved: CodesFile): number => readState(saved).subject.seed

/** @throws FormatError when it is damaged */
export function readState({ tensors, metadata }: CodesFile) {
  const read = (name: string) => {
    try {
      return JSON.parse(metadata[name]!)
    } catch {
      return undefined
    }
  }
  const [subject, progress]: (Partial<Subject & Progress> | undefined)[] = [read('search'), read('progress')]
  const counts = [
    progress?.done,
    ...Object.values({ single: -1, two: -1, small: -1, judged: -1, ...progress?.searchSize }),
  ]
  if (
    !subject?.searchSize ||
    !Array.isArray(progress?.times) ||
    !counts.every(count => typeof count === 'object' || (Number.isInteger(count) && count! >= 0))
  )
    throw new FormatError('the interrupted search for actions is damaged')
  const tensor = (name: string): HostTensor => {
    const found = tensors.get(name)
    if (!found) throw new FormatError(`the interrupted search for actions has no tensor ${name}`)
    return found
  }
  return { subject: subject as Subject, progress: progress as Progress, tensor }
}

/** The saved search has other settings or another video. */
export class OtherSearch extends Error {
  override readonly name = 'OtherSearch'
}

/** Checks that a saved search has the settings and the video of the one asked for. @throws OtherSearch if not */
export function checkSame(saved: Subject, asked: Subject): void {
  const clips = ({ clips, length, height, width }: Subject) =>
    `${clips} clips of ${length} frames of ${width}×${height} pixels`
  const checks: [isSame: boolean, otherwise: string][] = [
    [clips(saved) === clips(asked), `in ${clips(saved)}, given are ${clips(asked)}`],
    [saved.video === asked.video, 'in another video'],
    [saved.actions === asked.actions, `for ${saved.actions} actions, asked for are ${asked.actions}`],
    [saved.seed === asked.seed, `by seed ${saved.seed}, asked for is ${asked.seed}`],
    [JSON.stringify(saved.searchSize) === JSON.stringify(asked.searchSize), 'of another size'],
  ]
  for (const [isSame, otherwise] of checks)
    if (!isSame) throw new OtherSearch(`the interrupted search for actions is ${otherwise}`)
}

/** Frames by which one video is told from another. */
const SAMPLED = 64

/** A hash of frames from all over the clips (FNV-1a). */
export async function fingerprint(clips: Clips): Promise<string> {
  let hash = 0x811c9dc5
  const count = Math.min(SAMPLED, clips.clips)
  for (let i = 0; i < count; i++) {
    const frame = await clips.frames(Math.floor((i * clips.clips) / count), i % clips.length, 1)
    for (let at = 0; at < frame.length; at++) hash = Math.imul(hash ^ frame[at]!, 0x01000193)
  }
  return (hash >>> 0).toString(16)
}

/** Arrays one after another as one tensor, F64. */
export function packed(parts: readonly Float64Array[]): HostTensor {
  const all = concatenated(parts)
  return { dtype: 'F64', shape: [all.length], data: new Uint8Array(all.buffer) }
}

/** Fills arrays from one tensor. @throws FormatError when it is of another size */
export function unpack({ data }: HostTensor, parts: readonly (Float32Array | Float64Array)[], name: string): void {
  const expected = parts.reduce((sum, { byteLength }) => sum + byteLength, 0)
  if (data.byteLength !== expected)
    throw new FormatError(
      `${name} of the interrupted search for actions has ${data.byteLength} bytes, expected ${expected}`,
    )
  let at = 0
  for (const part of parts) {
    new Uint8Array(part.buffer, part.byteOffset, part.byteLength).set(data.subarray(at, at + part.byteLength))
    at += part.byteLength
  }
}
