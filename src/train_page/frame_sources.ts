// Where frames come from: a video file, decoded by the browser; the screen or a camera, looked at as often as the world has frames; the
// built-in game, played by chance. All of them come out as clips of the world's frame size and rate.

import { playClip } from '../../arcade/clips.ts'
import type { NewClip } from './clip_file.ts'
import { CLIP_LENGTH, FRAME } from './presets.ts'
import { framesAtRate } from './video_frames.ts'

const GAME_CLIPS = 100
const FRAME_BYTES = 3 * FRAME.height * FRAME.width
/** An hour: more would only fill the disk. */
export const MOST_FRAMES = 36_000

/** Clips, and what part of them there is by now, where that is known. */
export type FrameSource = AsyncGenerator<{ clip: NewClip; done?: number }>

/** The game of arcade/, with the keys that were held. */
export async function* gameFootage(): FrameSource {
  const seed = Math.floor(Math.random() * 2 ** 31)
  for (let i = 0; i < GAME_CLIPS; i++) {
    yield { clip: playClip(seed, i, CLIP_LENGTH), done: (i + 1) / GAME_CLIPS }
    await new Promise(resolve => setTimeout(resolve)) // so that the page goes on
  }
}

/**
 * A video of any size and rate.
 * @throws Error in one sentence when the browser cannot read it, or it is too short
 */
export async function* fileFootage(file: File): FrameSource {
  const { ALL_FORMATS, BlobSource, Input, VideoSampleSink } = await import('mediabunny')
  const unreadable = (why: string) =>
    new Error(`${file.name} is not a video that this browser can read${why}: try an MP4 (H.264) or a WebM.`)
  const input = new Input({ source: new BlobSource(file), formats: ALL_FORMATS })
  try {
    const track = await input.getPrimaryVideoTrack().catch(() => undefined)
    if (!track) throw unreadable((await input.canRead()) ? ' (it has no pictures)' : '')
    if (!(await track.canDecode())) throw unreadable(` (its codec is ${track.codec ?? 'unknown'})`)
    const seconds = await track.computeDuration().catch(() => Number.POSITIVE_INFINITY)
    // As it is displayed: upright, and with square pixels.
    const [width, height] = [await track.getDisplayWidth(), await track.getDisplayHeight()]
    const canvas = frameCanvas()
    const cutter = new ClipSplitter()
    let frames = 0
    try {
      for await (const sample of framesAtRate(new VideoSampleSink(track).samples(), FRAME.rate)) {
        draw(canvas, width, height, (...box) => sample.draw(canvas, ...box))
        frames++
        const clip = cutter.add(pixelsOf(canvas))
        if (clip) yield { clip, done: Math.min(1, frames / FRAME.rate / seconds) }
        if (frames >= MOST_FRAMES) break
      }
    } catch (error) {
      throw unreadable(`: it breaks off after ${(frames / FRAME.rate).toFixed(1)} s (${messageOf(error)})`)
    }
    if (frames < CLIP_LENGTH) throw tooShort(file.name, frames)
  } finally {
    input.dispose()
  }
}

/**
 * What a stream shows, until `signal`.
 * @param video shows it
 * @throws Error in one sentence when it ends too soon
 */
export async function* liveFootage(name: string, video: HTMLVideoElement, signal: AbortSignal): FrameSource {
  const canvas = frameCanvas()
  const cutter = new ClipSplitter()
  let frames = 0
  for (let next = performance.now(); !signal.aborted && frames < MOST_FRAMES; next += 1000 / FRAME.rate) {
    await new Promise(resolve => setTimeout(resolve, next - performance.now()))
    if (video.videoWidth === 0) continue // not started yet
    draw(canvas, video.videoWidth, video.videoHeight, (...box) => canvas.drawImage(video, ...box))
    frames++
    const clip = cutter.add(pixelsOf(canvas))
    if (clip) yield { clip }
  }
  if (frames < CLIP_LENGTH) throw tooShort(name, frames)
}

const tooShort = (name: string, frames: number) =>
  new Error(
    `${name} is ${(frames / FRAME.rate).toFixed(1)} s long, too short to train on: the least is one clip of ${CLIP_LENGTH / FRAME.rate} s.`,
  )

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error))

function frameCanvas(): OffscreenCanvasRenderingContext2D {
  const context = new OffscreenCanvas(FRAME.width, FRAME.height).getContext('2d', { willReadFrequently: true })!
  context.imageSmoothingQuality = 'high'
  return context
}

/** Cropped about its centre, as prompts are (`src/world/image.ts`). */
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
  const { data } = context.getImageData(0, 0, FRAME.width, FRAME.height)
  return Uint8Array.from({ length: FRAME_BYTES }, (_, i) => data[4 * Math.floor(i / 3) + (i % 3)]!)
}

/** Cuts frames into clips; a rest that fills none is dropped. */
class ClipSplitter {
  private frames = new Uint8Array(CLIP_LENGTH * FRAME_BYTES)
  private count = 0

  add(frame: Uint8Array): NewClip | undefined {
    this.frames.set(frame, this.count * FRAME_BYTES)
    this.count = (this.count + 1) % CLIP_LENGTH
    return this.count === 0 ? { frames: this.frames.slice() } : undefined
  }
}
