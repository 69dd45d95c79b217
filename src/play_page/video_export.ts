// Video export: frames at the world's frame rate, however long each took, as a GIF, or as MP4 or WebM if the browser has an encoder.

import { applyPalette, GIFEncoder, quantize } from 'gifenc'
import { create } from '../ui/dom.ts'

const MIN_SIZE = 384 // pixels along the longer side of the video; each pixel of the world becomes a square
const GIF_COLOURS = 256

export interface EncodedVideo {
  blob: Blob
  extension: 'gif' | 'mp4' | 'webm'
}

export class VideoExport {
  private readonly frames: ImageData[] = []
  private readonly scale: number

  /**
   * @param width of a frame, pixels
   * @param rate frames per second
   */
  constructor(
    readonly width: number,
    readonly height: number,
    readonly rate: number,
  ) {
    // An even factor, because video encoders need even sizes.
    this.scale = 2 * Math.ceil(MIN_SIZE / 2 / Math.max(width, height))
  }

  get length(): number {
    return this.frames.length
  }

  get seconds(): number {
    return this.length / this.rate
  }

  /** @param rgba [height, width, 4] */
  add(rgba: Uint8ClampedArray<ArrayBuffer>): void {
    this.frames.push(new ImageData(rgba, this.width, this.height))
  }

  /** An animation that loops. */
  async gif(): Promise<EncodedVideo> {
    const gif = GIFEncoder()
    for (const canvas of this.enlarged()) {
      const { width, height } = canvas
      const rgba = new Uint8Array(canvas.getContext('2d')!.getImageData(0, 0, width, height).data)
      const palette = quantize(rgba, GIF_COLOURS)
      gif.writeFrame(applyPalette(rgba, palette), width, height, { palette, delay: 1000 / this.rate })
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
    const [width, height] = [this.width * this.scale, this.height * this.scale]
    const codec = await getFirstEncodableVideoCodec(['avc', 'vp9', 'vp8', 'av1'], { width, height })
    if (!codec) throw new Error('This browser cannot encode video. Save a GIF instead.')
    const extension = codec === 'avc' ? 'mp4' : 'webm'
    const target = new BufferTarget()
    const output = new Output({ format: extension === 'mp4' ? new Mp4OutputFormat() : new WebMOutputFormat(), target })
    const canvas = create('canvas', { width, height })
    const source = new CanvasSource(canvas, { codec, bitrate: QUALITY_HIGH })
    output.addVideoTrack(source, { frameRate: this.rate })
    await output.start()
    let n = 0
    for (const _ of this.enlarged(canvas)) await source.add(n++ / this.rate, 1 / this.rate)
    await output.finalize()
    return { blob: new Blob([target.buffer!], { type: `video/${extension}` }), extension }
  }

  /** Each frame in turn, enlarged, on one canvas. */
  private *enlarged(
    canvas = create('canvas', { width: this.width * this.scale, height: this.height * this.scale }),
  ): Generator<HTMLCanvasElement> {
    const small = create('canvas', { width: this.width, height: this.height })
    const context = canvas.getContext('2d', { willReadFrequently: true })!
    context.imageSmoothingEnabled = false
    for (const frame of this.frames) {
      small.getContext('2d')!.putImageData(frame, 0, 0)
      context.drawImage(small, 0, 0, canvas.width, canvas.height)
      yield canvas
    }
  }
}
