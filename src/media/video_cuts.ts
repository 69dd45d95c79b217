// Finds what does not belong in clips: cuts, blank pictures of fades and loading screens, long stillness of menus and pauses.

import { median } from '../statistics.ts'
import { blockMotions, differenceOf, type GreyPicture } from './block_motion.ts'

/**
 * Why a frame is left out. A `cut` begins a new scene; the frame itself is kept. Successive cuts do not count: they are motion that no
 * shift explains.
 */
export type Fault = 'cut' | 'blank' | 'still'

/** A cut's mean difference from the frame before (0 … 255) is at least this. */
const CUT_DIFFERENCE = 10
/** Of a cut's changed blocks, less than this share moves one way … */
const CUT_TOGETHER = 0.3
/** … and less than this share moves at all. */
const CUT_MOVES = 0.5
/** A cut differs by this many times the mean of earlier differences that no shift explains, at least. After a cut, a frame that differs by less than the cut's difference divided by this is none. */
const CUT_TIMES = 3
/** A picture with a smaller standard deviation is blank. */
const BLANK = 5
/** A picture is still where less than this share of its pixels changes (two of 64×64: a figure of 2×4 pixels moves) … */
const STILL_SHARE = 0.0005
/** … by more than this. Stillness for this many seconds is left out, except its first second. */
const [STILL_CHANGE, STILL_SECONDS, STILL_KEPT] = [8, 3, 1]

/** Takes frames one after another and says what is wrong with each. Only `goodRuns` knows whether stillness is long enough to be left out. */
export class CutFinder {
  private before: GreyPicture | undefined
  private mean = 0
  private count = 0
  private stillFrames = 0
  /** The difference of the previous frame, if it was a cut. */
  private cut: number | undefined

  constructor(private readonly rate: number) {}

  /** @returns the fault of this frame, if it has one */
  add(picture: GreyPicture): Fault | undefined {
    const { before } = this
    this.before = picture
    if (deviationOf(picture) < BLANK) {
      this.reset()
      this.before = undefined
      return 'blank'
    }
    if (!before) return undefined
    const difference = differenceOf(before, picture)
    if (this.isCut(difference, before, picture)) {
      this.reset()
      this.cut = difference
      return 'cut'
    }
    this.cut = undefined
    this.stillFrames = changedShare(before, picture) < STILL_SHARE ? this.stillFrames + 1 : 0
    return this.stillFrames > STILL_KEPT * this.rate ? 'still' : undefined
  }

  /** Whether a run of `still` frames is long enough to be a menu or a pause. */
  static isLong(frames: number, rate: number): boolean {
    return frames >= (STILL_SECONDS - STILL_KEPT) * rate
  }

  /** Whether neither a shift nor the usual change from frame to frame explains the difference. */
  private isCut(difference: number, before: GreyPicture, picture: GreyPicture): boolean {
    if (difference >= (this.cut === undefined ? CUT_DIFFERENCE : this.cut / CUT_TIMES)) {
      const { motions, changed } = blockMotions(before, picture)
      const [x, y] = [median(motions.map(m => m.x)), median(motions.map(m => m.y))]
      const together = motions.filter(m => Math.abs(m.x - x) <= 1 && Math.abs(m.y - y) <= 1).length
      if (together >= CUT_TOGETHER * changed || motions.length >= CUT_MOVES * changed) return false
      if (this.count === 0 || difference >= CUT_TIMES * this.mean) return true
    }
    this.count = Math.min(this.count + 1, 20)
    this.mean += (difference - this.mean) / this.count
    return false
  }

  private reset(): void {
    this.mean = 0
    this.count = 0
    this.stillFrames = 0
    this.cut = undefined
  }
}

function deviationOf({ values }: GreyPicture): number {
  let [sum, squares] = [0, 0]
  for (const v of values) {
    sum += v
    squares += v * v
  }
  return Math.sqrt(Math.max(0, squares / values.length - (sum / values.length) ** 2))
}

function changedShare(a: GreyPicture, b: GreyPicture): number {
  let changed = 0
  for (let i = 0; i < a.values.length; i++) changed += Number(Math.abs(a.values[i]! - b.values[i]!) > STILL_CHANGE)
  return changed / a.values.length
}

/** The runs of frames [first, end) of one scene, from the faults of all frames; and how many frames each fault removed. */
export function goodRuns(
  faults: readonly (Fault | undefined)[],
  rate: number,
): { runs: [first: number, end: number][]; left: Record<Fault, number> } {
  const left: Record<Fault, number> = { cut: 0, blank: 0, still: 0 }
  const isOut = faults.map(fault => fault === 'blank')
  for (let t = 0; t < faults.length; t++) {
    let end = t
    while (faults[end] === 'still') end++
    if (end > t && CutFinder.isLong(end - t, rate)) isOut.fill(true, t, end)
    t = Math.max(t, end - 1)
  }
  const isCut = (t: number) => faults[t] === 'cut' && faults[t - 1] !== 'cut' && faults[t + 1] !== 'cut'
  const runs: [number, number][] = []
  let first: number | undefined
  for (let t = 0; t <= faults.length; t++) {
    const ends = t === faults.length || isOut[t] || isCut(t)
    if (ends && first !== undefined && t > first) runs.push([first, t])
    if (ends) first = t < faults.length && !isOut[t] ? t : undefined
    else first ??= t
    if (t < faults.length && isOut[t]) left[faults[t] as Fault]++
    if (isCut(t)) left.cut++
  }
  return { runs, left }
}

/** Frames [first, end) that are in no clip. */
export interface Stretch {
  first: number
  end: number
  why: 'blank' | 'still' | 'named' | 'short'
}

/** What was left out of a video, in frames. */
export interface LeftOut extends Record<Fault, number> {
  /** Frames in the seconds that were named, and at the ends of scenes that are too short for a clip. */
  named: number
  short: number
  frames: number // of the video in all
  /** Where. */
  stretches: Stretch[]
}

/** The first frames of clips of `length` frames, which follow one another in every scene, and what is left out. @param isNamed frames that a person left out */
export function clipStarts(
  faults: readonly (Fault | undefined)[],
  rate: number,
  length: number,
  isNamed: (t: number) => boolean = () => false,
): { starts: number[]; leftOut: LeftOut } {
  const named = faults.filter((_, t) => isNamed(t)).length
  const { runs, left } = goodRuns(
    faults.map((fault, t) => (isNamed(t) ? 'blank' : fault)),
    rate,
  )
  const starts = runs.flatMap(([first, end]) =>
    Array.from({ length: Math.floor((end - first) / length) }, (_, i) => first + i * length),
  )
  const short = runs.reduce((sum, [first, end]) => sum + ((end - first) % length), 0)
  const why = (t: number): Stretch['why'] => (isNamed(t) ? 'named' : faults[t] === 'blank' ? 'blank' : 'still')
  const stretches = stretchesOf(faults.length, runs, length, why)
  return { starts, leftOut: { ...left, blank: left.blank - named, named, short, frames: faults.length, stretches } }
}

/** What lies between the runs, and the ends of the runs that are too short for a clip. */
function stretchesOf(
  frames: number,
  runs: readonly [first: number, end: number][],
  length: number,
  why: (t: number) => Stretch['why'],
): Stretch[] {
  const stretches: Stretch[] = []
  let t = 0
  for (const [first, end] of [...runs, [frames, frames] as const]) {
    for (; t < first; t++) {
      const [last, reason] = [stretches.at(-1), why(t)]
      if (last?.end === t && last.why === reason) last.end++
      else stretches.push({ first: t, end: t + 1, why: reason })
    }
    const rest = (end - first) % length
    if (rest > 0) stretches.push({ first: end - rest, end, why: 'short' })
    t = end
  }
  return stretches
}

/** Whether a video without a clip has one if stillness is kept. */
export const isTooStill = (
  faults: readonly (Fault | undefined)[],
  rate: number,
  length: number,
  isNamed?: (t: number) => boolean,
): boolean =>
  clipStarts(
    faults.map(fault => (fault === 'still' ? undefined : fault)),
    rate,
    length,
    isNamed,
  ).starts.length > 0

/** The clips that begin at `starts`, from a second reading of the video. One of them is in memory at a time. */
export async function* clipsAt(
  starts: readonly number[],
  length: number,
  video: AsyncIterable<Uint8Array>,
): AsyncGenerator<{ start: number; frames: Uint8Array<ArrayBuffer> }> {
  let [t, next] = [0, 0]
  let frames: Uint8Array<ArrayBuffer> | undefined
  for await (const frame of video) {
    const start = starts[next]
    if (start === undefined) return
    const at = t++ - start
    if (at < 0) continue
    frames ??= new Uint8Array(length * frame.length)
    frames.set(frame, at * frame.length)
    if (at < length - 1) continue
    yield { start, frames }
    frames = undefined
    next++
  }
}

/** What was left out, in words. */
export function leftOutText(leftOut: LeftOut, rate: number): string {
  const seconds = (frames: number) => `${(frames / rate).toFixed(1)} s`
  const { cut, blank, still, named, short, frames } = leftOut
  const parts = [
    blank > 0 && `${seconds(blank)} of blank pictures (fades, loading)`,
    still > 0 && `${seconds(still)} in which nothing moved (menus, pauses)`,
    named > 0 && `${seconds(named)} as asked for`,
    short > 0 && `${seconds(short)} at the ends of scenes, too short for a clip`,
  ].filter(part => part !== false)
  const scenes = cut > 0 ? `${cut} cuts, which no clip spans` : 'no cuts'
  return `${scenes}; left out of ${seconds(frames)}: ${parts.length > 0 ? parts.join(', ') : 'nothing'}`
}

const WHY: Record<Stretch['why'], string> = {
  blank: 'blank pictures',
  still: 'nothing moved',
  named: 'as asked for',
  short: 'too short for a clip',
}

/** The longest stretches that were left out, in the order of the video. */
export const longestStretches = ({ stretches }: LeftOut, most: number): Stretch[] =>
  stretches
    .toSorted((a, b) => b.end - b.first - (a.end - a.first))
    .slice(0, most)
    .sort((a, b) => a.first - b.first)

/** `1:05.0 to 1:23.5, nothing moved`. */
export function stretchText({ first, end, why }: Stretch, rate: number): string {
  const time = (frames: number) => {
    const seconds = frames / rate
    return `${Math.floor(seconds / 60)}:${(seconds % 60).toFixed(1).padStart(4, '0')}`
  }
  return `${time(first)} to ${time(end)}, ${WHY[why]}`
}
