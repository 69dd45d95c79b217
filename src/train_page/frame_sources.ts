// Sources of training clips: a video file that the browser decodes, the screen or a camera, or the built-in game played at random. All
// give clips of the usual frame size and rate, except a file with settings of its own.

import { playClip } from '../../arcade/clips.ts'
import { greyOf } from '../media/block_motion.ts'
import { correspondingCrop } from '../media/crop.ts'
import { rgbaToRgb } from '../media/pixels.ts'
import { CutFinder, clipStarts, clipsAt, type Fault, isTooStill, type LeftOut } from '../media/video_cuts.ts'
import { CLIP_LENGTH, FRAME } from '../training/presets.ts'
import type { NewClip, VideoSettings } from './clip_file.ts'
import { drawFilling, VideoFile } from './video_file.ts'

const GAME_CLIPS = 100
const FRAME_BYTES = 3 * FRAME.height * FRAME.width
/** One hour. */
const MAX_FRAMES = 36_000

/** Clips, none while the source is only analysed, and the share of it that is done, 0 … 1, where it is known. */
export type FrameSource = AsyncGenerator<{ clip?: NewClip; done?: number }>

/** Clips of the game in arcade/, with the keys that were held. */
export async function* gameClips(): FrameSource {
  const seed = Math.floor(Math.random() * 2 ** 31)
  for (let i = 0; i < GAME_CLIPS; i++) {
    yield { clip: playClip(seed, i, CLIP_LENGTH), done: (i + 1) / GAME_CLIPS }
    await new Promise(resolve => setTimeout(resolve)) // keeps the page responsive
  }
}

/**
 * Clips of a video file, cut about its centre, or of its scenes alone where settings are given.
 * @param onLeftOut called with what was left out of scenes
 * @throws Error when the browser cannot decode it, or it is shorter than a clip
 */
export async function* fileClips(
  file: File,
  settings?: VideoSettings,
  onLeftOut?: (leftOut: LeftOut) => void,
): FrameSource {
  const video = await VideoFile.open(file)
  try {
    yield* settings ? sceneClips(video, settings, onLeftOut) : allClips(video)
  } finally {
    video.dispose()
  }
}

async function* allClips(video: VideoFile): FrameSource {
  const splitter = new ClipSplitter()
  const seconds = Math.min(video.displayed.seconds, MAX_FRAMES / FRAME.rate)
  let frames = 0
  for await (const frame of video.frames(FRAME)) {
    frames++
    const clip = splitter.add(frame)
    if (clip) yield { clip, done: Math.min(1, frames / FRAME.rate / seconds) }
    if (frames >= MAX_FRAMES) break
  }
  if (frames < CLIP_LENGTH) throw tooShort(video.name, frames)
}

/** The clips of a video's scenes. It is read twice, so that no more than one clip of it stands in memory. */
async function* sceneClips(
  video: VideoFile,
  { frame, crop }: VideoSettings,
  onLeftOut?: (leftOut: LeftOut) => void,
): FrameSource {
  const request = { ...frame, ...(crop && { crop: correspondingCrop(crop, video.name, video.displayed) }) }
  const total = Math.min(video.displayed.seconds * frame.rate, MAX_FRAMES)
  const finder = new CutFinder(frame.rate)
  const faults: (Fault | undefined)[] = []
  for await (const rgb of video.frames(request)) {
    faults.push(finder.add(greyOf(rgb, frame.height, frame.width)))
    if (faults.length % CLIP_LENGTH === 0) yield { done: Math.min(1, faults.length / total) / 2 }
    if (faults.length >= MAX_FRAMES) break
  }
  const { starts, leftOut } = clipStarts(faults, frame.rate, CLIP_LENGTH)
  if (starts.length === 0) {
    const scene = `scene of ${(CLIP_LENGTH / frame.rate).toFixed(1)} s`
    throw new Error(
      isTooStill(faults, frame.rate, CLIP_LENGTH)
        ? `Nothing moves in most of ${video.name}, and the rest has no ${scene}: choose a video of play, or the part of the picture that moves.`
        : `${video.name} has no ${scene} without cuts, blank pictures or long stillness.`,
    )
  }
  onLeftOut?.(leftOut)
  let taken = 0
  for await (const { frames } of clipsAt(starts, CLIP_LENGTH, video.frames(request)))
    yield { clip: { frames }, done: 0.5 + ++taken / starts.length / 2 }
}

/**
 * Clips of a stream, until `signal` aborts.
 * @param video plays the stream
 * @throws Error when it is shorter than a clip
 */
export async function* streamClips(name: string, video: HTMLVideoElement, signal: AbortSignal): FrameSource {
  const context = frameContext()
  const splitter = new ClipSplitter()
  let frames = 0
  for (let next = performance.now(); !signal.aborted && frames < MAX_FRAMES; next += 1000 / FRAME.rate) {
    await new Promise(resolve => setTimeout(resolve, next - performance.now()))
    if (video.videoWidth === 0) continue // not started yet
    const size = { width: video.videoWidth, height: video.videoHeight }
    drawFilling(context, size, undefined, (context, ...box) => context.drawImage(video, ...box))
    frames++
    const clip = splitter.add(pixelsOf(context))
    if (clip) yield { clip }
  }
  if (frames < CLIP_LENGTH) throw tooShort(name, frames)
}

const tooShort = (name: string, frames: number) =>
  new Error(
    `${name} is ${(frames / FRAME.rate).toFixed(1)} s long. Training needs at least one clip of ${CLIP_LENGTH / FRAME.rate} s.`,
  )

function frameContext(): OffscreenCanvasRenderingContext2D {
  const context = new OffscreenCanvas(FRAME.width, FRAME.height).getContext('2d', { willReadFrequently: true })!
  context.imageSmoothingQuality = 'high'
  return context
}

/** RGB [H, W, 3]. */
function pixelsOf(context: OffscreenCanvasRenderingContext2D): Uint8Array {
  return rgbaToRgb(context.getImageData(0, 0, FRAME.width, FRAME.height).data)
}

/** Splits frames into clips. An incomplete last clip is dropped. */
class ClipSplitter {
  private frames = new Uint8Array(CLIP_LENGTH * FRAME_BYTES)
  private count = 0

  add(frame: Uint8Array): NewClip | undefined {
    this.frames.set(frame, this.count * FRAME_BYTES)
    this.count = (this.count + 1) % CLIP_LENGTH
    return this.count === 0 ? { frames: this.frames.slice() } : undefined
  }
}
