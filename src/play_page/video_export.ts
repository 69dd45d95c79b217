// Video export: frames at the world's frame rate, however long each took, then a caption. As MP4 or WebM if the browser has an encoder,
// or as a GIF.

import { applyPalette, GIFEncoder, quantize } from 'gifenc'
import type { RgbaPixels } from '../media/pixels.ts'
import { create } from '../ui/dom.ts'
import { frameCanvas } from '../ui/pixels.ts'

/** Pixels of the video per pixel of the world. Even, because video encoders need even sizes. */
export const SCALE = 4
const GIF_COLOURS = 256
const CAPTION_SECONDS = 1.5

export interface EncodedVideo {
  blob: Blob
  extension: 'gif' | 'mp4' | 'webm'
}

export class VideoExport {
  private readonly frames: RgbaPixels[] = []

  /**
   * @param width of a frame, pixels
   * @param rate frames per second
   * @param caption text of the last frame; none without it
   * @param maxFrames the newest frames that are kept
   */
  constructor(
    readonly width: number,
    readonly height: number,
    readonly rate: number,
    private readonly caption = '',
    private readonly maxFrames = Number.POSITIVE_INFINITY,
  ) {}

  get length(): number {
    return this.frames.length
  }

  /** Without the caption. */
  get seconds(): number {
    return this.length / this.rate
  }

  /** @param rgba [height, width, 4] */
  add(rgba: RgbaPixels): void {
    this.frames.push(rgba)
    if (this.length > this.maxFrames) this.frames.shift()
  }

  /** An animation that loops. */
  async gif(): Promise<EncodedVideo> {
    const gif = GIFEncoder()
    for (const { canvas, seconds } of this.pictures()) {
      const { width, height } = canvas
      const rgba = new Uint8Array(canvas.getContext('2d')!.getImageData(0, 0, width, height).data)
      const palette = quantize(rgba, GIF_COLOURS)
      gif.writeFrame(applyPalette(rgba, palette), width, height, { palette, delay: 1000 * seconds })
      await new Promise(resolve => setTimeout(resolve)) // keeps the page responsive
    }
    gif.finish()
    return { blob: new Blob([gif.bytes() as Uint8Array<ArrayBuffer>], { type: 'image/gif' }), extension: 'gif' }
  }

  /** MP4 if the browser encodes H.264, else WebM. @throws Error when it encodes no video */
  async video(): Promise<EncodedVideo> {
    const {
      BufferTarget,
      CanvasSource,
      getFirstEncodableVideoCodec,
      Mp4OutputFormat,
      Output,
      QUALITY_HIGH,
      WebMOutputFormat,
    } = await import('mediabunny')
    const [width, height] = [this.width * SCALE, this.height * SCALE]
    const codec = await getFirstEncodableVideoCodec(['avc', 'vp9', 'vp8', 'av1'], { width, height })
    if (!codec) throw new Error('This browser cannot encode video. Save a GIF instead.')
    const extension = codec === 'avc' ? 'mp4' : 'webm'
    const target = new BufferTarget()
    const output = new Output({ format: extension === 'mp4' ? new Mp4OutputFormat() : new WebMOutputFormat(), target })
    const canvas = create('canvas', { width, height })
    const source = new CanvasSource(canvas, { codec, bitrate: QUALITY_HIGH })
    output.addVideoTrack(source, { frameRate: this.rate })
    await output.start()
    let time = 0
    for (const { seconds } of this.pictures(canvas)) {
      await source.add(time, seconds)
      time += seconds
    }
    await output.finalize()
    return { blob: new Blob([target.buffer!], { type: `video/${extension}` }), extension }
  }

  /** Video, or a GIF where the browser encodes no video. */
  async videoOrGif(): Promise<EncodedVideo> {
    return this.video().catch(() => this.gif())
  }

  /** Each frame in turn, enlarged, on one canvas; then the caption. */
  private *pictures(
    canvas = create('canvas', { width: this.width * SCALE, height: this.height * SCALE }),
  ): Generator<{ canvas: HTMLCanvasElement; seconds: number }> {
    const context = canvas.getContext('2d', { willReadFrequently: true })!
    const small = create('canvas')
    for (const frame of this.frames) {
      drawEnlarged(context, frameCanvas(frame, this.width, this.height, small))
      yield { canvas, seconds: 1 / this.rate }
    }
    if (!this.caption) return
    drawCaption(context, this.caption)
    yield { canvas, seconds: CAPTION_SECONDS }
  }
}

/** Nearest-pixel enlargement over the whole canvas. */
export function drawEnlarged(context: CanvasRenderingContext2D, picture: HTMLCanvasElement): void {
  context.imageSmoothingEnabled = false
  context.drawImage(picture, 0, 0, context.canvas.width, context.canvas.height)
}

/** Lines of text over the darkened last frame, as large as fits. */
function drawCaption(context: CanvasRenderingContext2D, caption: string): void {
  const { width, height } = context.canvas
  const lines = caption.split('\n')
  context.fillStyle = 'rgb(15 13 24 / 0.8)'
  context.fillRect(0, 0, width, height)
  const size = (scale: number) => `600 ${scale}px system-ui, sans-serif`
  context.font = size(100)
  const widest = Math.max(...lines.map(line => context.measureText(line).width))
  const pixels = Math.min((0.9 * width * 100) / widest, height / 8)
  context.font = size(pixels)
  context.fillStyle = '#fff'
  context.textAlign = 'center'
  context.textBaseline = 'middle'
  for (const [i, line] of lines.entries())
    context.fillText(line, width / 2, height / 2 + (i - (lines.length - 1) / 2) * 1.5 * pixels)
}
