// A video file that the browser decodes: what it is, and its frames at a rate, cropped and scaled. The whole file is never in memory.

import type { VideoSample } from 'mediabunny'
import { messageOf } from '../gpu/errors.ts'
import { rgbaToRgb } from '../media/pixels.ts'
import type { DisplayedVideo } from '../media/video_proposal.ts'
import type { Rectangle } from '../media/video_survey.ts'
import { framesAtRate } from './video_frames.ts'

/** Which frames are wanted, and how. */
interface FramesRequest {
  rate: number
  width: number
  height: number
  /** In pixels of the video as it is displayed; all of it where nothing is said. What is kept is scaled to fill, and cropped about its centre. */
  crop?: Rectangle
  /** Seconds from the first frame on, and how many of them. */
  from?: number
  seconds?: number
}

type DrawPicture = (context: OffscreenCanvasRenderingContext2D, ...box: [number, number, number, number]) => void

export class VideoFile {
  private constructor(
    readonly name: string,
    readonly displayed: DisplayedVideo,
    private readonly samplesFrom: (from: number, until: number) => AsyncIterable<VideoSample>,
    private readonly unreadable: (why: string) => Error,
    readonly dispose: () => void,
  ) {}

  /** @throws Error in one sentence when the browser cannot decode it */
  static async open(file: File): Promise<VideoFile> {
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
      const stats = await track.computePacketStats(PACKETS).catch(() => undefined)
      const displayed = {
        // Upright, and with square pixels.
        width: await track.getDisplayWidth(),
        height: await track.getDisplayHeight(),
        rate: stats?.averagePacketRate || USUAL_RATE,
        seconds,
      }
      const sink = new VideoSampleSink(track)
      const samplesFrom = (from: number, until: number) => (from > 0 ? sink.samples(from, until) : sink.samples())
      return new VideoFile(file.name, displayed, samplesFrom, unreadable, () => input.dispose())
    } catch (error) {
      input.dispose()
      throw error
    }
  }

  /** Frames RGB [height, width, 3]. @throws Error in one sentence where decoding fails */
  async *frames({ rate, width, height, crop, from = 0, seconds }: FramesRequest): AsyncGenerator<Uint8Array> {
    const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true })!
    context.imageSmoothingQuality = 'high'
    const { displayed } = this
    const most = seconds === undefined ? Number.POSITIVE_INFINITY : Math.round(seconds * rate)
    let count = 0
    try {
      for await (const sample of framesAtRate(this.samplesFrom(from, from + (seconds ?? 0) + 1), rate)) {
        if (count++ === most) break
        drawFilling(context, displayed, crop, (context, ...box) => sample.draw(context, ...box))
        yield rgbaToRgb(context.getImageData(0, 0, width, height).data)
      }
    } catch (error) {
      throw this.unreadable(`: decoding failed after ${(from + count / rate).toFixed(1)} s (${messageOf(error)})`)
    }
  }
}

/** The packets from whose times a video's rate is computed; the rate where that fails. */
const [PACKETS, USUAL_RATE] = [100, 30]

/** Draws a rectangle of a picture, all of it by default, so that it fills the canvas, cropped about its centre as prompts are (`src/world/image.ts`). */
export function drawFilling(
  context: OffscreenCanvasRenderingContext2D,
  picture: { width: number; height: number },
  crop: Rectangle | undefined,
  draw: DrawPicture,
): void {
  const { width, height } = context.canvas
  const kept = crop ?? { x: 0, y: 0, width: picture.width, height: picture.height }
  const scale = Math.max(width / kept.width, height / kept.height)
  const [left, top] = [(width - kept.width * scale) / 2, (height - kept.height * scale) / 2]
  context.clearRect(0, 0, width, height)
  draw(context, left - kept.x * scale, top - kept.y * scale, picture.width * scale, picture.height * scale)
}
