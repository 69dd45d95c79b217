// The state of a search for action codes as tensors and metadata, and a check that it belongs to the same video and settings.

import { FormatError, type HostTensor } from '../../weights/safetensors.ts'
import { type Clips, concatenated } from '../data/clips.ts'
import type { SearchSize } from './search_size.ts'

/** A file of action codes: the state of a search for them, or what it found. */
export interface CodesFile {
  tensors: ReadonlyMap<string, HostTensor>
  metadata: Record<string, string>
}

/** Stores what a resumed run continues with: the action codes, before they are found the state of the search for them, or inferred actions. */
export interface TensorStore {
  /** For people. */
  name: string
  /** What to do about a file that is refused. */
  advice?: string
  /** Undefined where there are none for this run. */
  read(): Promise<CodesFile | undefined>
  /** Writes all or nothing. */
  write(tensors: Record<string, HostTensor>, metadata?: Record<string, string>): Promise<void>
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

interface SearchProgress {
  done: number
  times: number[]
  searchSize: SearchSize
  seconds?: number
}

/** The sizes of a search by their names in files. */
const savedSize = ({
  oneOperatorSteps: single,
  twoOperatorSteps: two,
  generatorSteps: small,
  codeTransitions: judged,
  ...kernels
}: SearchSize) => ({ ...kernels, single, two, small, judged })

type SavedSize = ReturnType<typeof savedSize>

const sizeOf = ({ single, two, small, judged, ...kernels }: SavedSize): SearchSize => ({
  ...kernels,
  oneOperatorSteps: single,
  twoOperatorSteps: two,
  generatorSteps: small,
  codeTransitions: judged,
})

/** The metadata of a search's state. */
export function stateMetadata(subject: Subject, progress: SearchProgress): Record<string, string> {
  const saved = <T extends { searchSize: SearchSize }>(part: T) =>
    JSON.stringify({ ...part, searchSize: savedSize(part.searchSize) })
  return { search: saved(subject), progress: saved(progress) }
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
  type Saved = Partial<Omit<Subject & SearchProgress, 'searchSize'> & { searchSize: SavedSize }>
  const [subject, progress]: (Saved | undefined)[] = [read('search'), read('progress')]
  const counts = [
    progress?.done,
    ...Object.values({ single: -1, two: -1, small: -1, judged: -1, ...progress?.searchSize }),
  ]
  if (
    !subject?.searchSize ||
    !Array.isArray(progress?.times) ||
    !counts.every(count => typeof count === 'object' || (Number.isInteger(count) && count! >= 0))
  )
    throw new FormatError('the saved search for actions is damaged')
  const tensor = (name: string): HostTensor => {
    const found = tensors.get(name)
    if (!found) throw new FormatError(`the saved search for actions has no tensor ${name}`)
    return found
  }
  return {
    subject: { ...subject, searchSize: sizeOf(subject.searchSize) } as Subject,
    progress: { ...progress, searchSize: sizeOf(progress!.searchSize!) } as SearchProgress,
    tensor,
  }
}

/** The saved search has other settings or another video. */
export class OtherSearch extends Error {
  override readonly name = 'OtherSearch'
}

/** Checks that a saved search has the settings and the video of the requested one. @throws OtherSearch if not */
export function checkSame(saved: Subject, requested: Subject): void {
  const clips = ({ clips, length, height, width }: Subject) =>
    `${clips} clips of ${length} frames of ${width}×${height} pixels`
  const size = ({ searchSize }: Subject) => JSON.stringify(sizeOf(savedSize(searchSize)))
  const checks: [isSame: boolean, otherwise: string][] = [
    [clips(saved) === clips(requested), `used ${clips(saved)}, but ${clips(requested)} are given`],
    [saved.video === requested.video, 'was made in another video'],
    [saved.actions === requested.actions, `was for ${saved.actions} actions, but ${requested.actions} are requested`],
    [saved.seed === requested.seed, `used seed ${saved.seed}, but seed ${requested.seed} is requested`],
    [size(saved) === size(requested), `used ${size(saved)}, but ${size(requested)} is requested`],
  ]
  for (const [isSame, otherwise] of checks)
    if (!isSame) throw new OtherSearch(`the saved search for actions ${otherwise}`)
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
    throw new FormatError(`${name} of the saved search for actions has ${data.byteLength} bytes, expected ${expected}`)
  let at = 0
  for (const part of parts) {
    new Uint8Array(part.buffer, part.byteOffset, part.byteLength).set(data.subarray(at, at + part.byteLength))
    at += part.byteLength
  }
}
