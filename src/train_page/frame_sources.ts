// Sources of training clips: a video file that the browser decodes, the screen or a camera, or the built-in game played at random. All
// give clips of the world's frame size and rate.

import { playClip } from '../../arcade/clips.ts'
import { rgbaToRgb } from '../media/pixels.ts'
import { CLIP_LENGTH, FRAME } from '../training/presets.ts'
import { messageOf } from '../ui/format.ts'
import type { NewClip } from './clip_file.ts'
import { framesAtRate } from './video_frames.ts'

const GAME_CLIPS = 100
const FRAME_BYTES = 3 * FRAME.height * FRAME.width
/** One hour. */
export const MAX_FRAMES = 36_000

/** Clips, and the share of the source that is done, 0 … 1, where it is known. */
export type FrameSource = AsyncGenerator<{ clip: NewClip; done?: number }>

/** Clips of the game in arcade/, with the keys that were held. */
export async function* gameClips(): FrameSource {
  const seed = Math.floor(Math.random() * 2 ** 31)
  for (let i = 0; i < GAME_CLIPS; i++) {
    yield { clip: playClip(seed, i, CLIP_LENGTH), done: (i + 1) / GAME_CLIPS }
    await new Promise(resolve => setTimeout(resolve)) // keeps the page responsive
  }
}

/**
 * Clips of a video file of any size and rate.
 * @throws Error when the browser cannot decode it, or it is shorter than a clip
 */
export async function* fileClips(file: File): FrameSource {
  const { ALL_FORMATS, BlobSource, Input, VideoSampleSink } = await import('mediabunny')
  const unreadable = (why: string) =>
    new Error(`${file.name} is not a video that this browser can decode${why}: try an MP4 (H.264) or a WebM.`)
  const input = new Input({ source: new BlobSource(file), formats: ALL_FORMATS })
  try {
    const track = await input.getPrimaryVideoTrack().catch(() => undefined)
    // Of a file of few bytes, mediabunny's own reading beyond the end is an error.
    if (!track) throw unreadable((await input.canRead().catch(() => false)) ? ' (it has no pictures)' : '')
    if (!(await track.canDecode())) throw unreadable(` (its codec is ${track.codec ?? 'unknown'})`)
    const seconds = await track.computeDuration().catch(() => Number.POSITIVE_INFINITY)
    // As it is displayed: upright, and with square pixels.
    const [width, height] = [await track.getDisplayWidth(), await track.getDisplayHeight()]
    const canvas = frameCanvas()
    const splitter = new ClipSplitter()
    let frames = 0
    try {
      for await (const sample of framesAtRate(new VideoSampleSink(track).samples(), FRAME.rate)) {
        draw(canvas, width, height, (...box) => sample.draw(canvas, ...box))
        frames++
        const clip = splitter.add(pixelsOf(canvas))
        if (clip) yield { clip, done: Math.min(1, frames / FRAME.rate / Math.min(seconds, MAX_FRAMES / FRAME.rate)) }
        if (frames >= MAX_FRAMES) break
      }
    } catch (error) {
      throw unreadable(`: decoding failed after ${(frames / FRAME.rate).toFixed(1)} s (${messageOf(error)})`)
    }
    if (frames < CLIP_LENGTH) throw tooShort(file.name, frames)
  } finally {
    input.dispose()
  }
}

/**
 * Clips of a stream, until `signal` aborts.
 * @param video plays the stream
 * @throws Error when it is shorter than a clip
 */
export async function* streamClips(name: string, video: HTMLVideoElement, signal: AbortSignal): FrameSource {
  const canvas = frameCanvas()
  const splitter = new ClipSplitter()
  let frames = 0
  for (let next = performance.now(); !signal.aborted && frames < MAX_FRAMES; next += 1000 / FRAME.rate) {
    await new Promise(resolve => setTimeout(resolve, next - performance.now()))
    if (video.videoWidth === 0) continue // not started yet
    draw(canvas, video.videoWidth, video.videoHeight, (...box) => canvas.drawImage(video, ...box))
    frames++
    const clip = splitter.add(pixelsOf(canvas))
    if (clip) yield { clip }
  }
  if (frames < CLIP_LENGTH) throw tooShort(name, frames)
}

const tooShort = (name: string, frames: number) =>
  new Error(
    `${name} is ${(frames / FRAME.rate).toFixed(1)} s long. Training needs at least one clip of ${CLIP_LENGTH / FRAME.rate} s.`,
  )

function frameCanvas(): OffscreenCanvasRenderingContext2D {
  const context = new OffscreenCanvas(FRAME.width, FRAME.height).getContext('2d', { willReadFrequently: true })!
  context.imageSmoothingQuality = 'high'
  return context
}

/** Draws a picture cropped to the frame's shape, as prompts are (`src/world/image.ts`). */
function draw(
  context: OffscreenCanvasRenderingContext2D,
  width: number,
  height: number,
  onto: (x: number, y: number, width: number, height: number) => void,
): void {
  const scale = Math.max(FRAME.width / width, FRAME.height / height)
  const [w, h] = [width * scale, height * scale]
  context.clearRect(0, 0, FRAME.width, FRAME.height)
  onto((FRAME.width - w) / 2, (FRAME.height - h) / 2, w, h)
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
