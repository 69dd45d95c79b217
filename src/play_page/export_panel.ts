// The export panel: the last ten seconds or a recorded video, as a video file or GIF, the newest frame as a picture, and a share link, also as HTML.

import { create, download, find } from '../ui/dom.ts'
import { frameCanvas } from '../ui/pixels.ts'
import type { World } from '../world/world.ts'
import { frameHtml } from './links.ts'
import { drawEnlarged, type EncodedVideo, SCALE, VideoExport } from './video_export.ts'

const RECENT_SECONDS = 10
const MAX_SECONDS = 120 // of a recorded video

interface ExportEvents {
  /** Makes a share link of a world. */
  linkTo(world: World): URL
  /** Something was saved or copied. */
  onNotice(text: string): void
  onError(error: unknown): void
}

export class ExportPanel {
  private world: World | undefined
  /** The last ten seconds. */
  private recent: VideoExport | undefined
  private video: VideoExport | undefined
  private isRecording = false
  private isSaving = false
  private reading: Promise<void> = Promise.resolve() // of the newest frame
  private readonly button: HTMLButtonElement
  private readonly line: HTMLElement
  private readonly save: HTMLElement

  constructor(
    private readonly panel: HTMLElement,
    private readonly events: ExportEvents,
  ) {
    this.button = find<HTMLButtonElement>(panel, '#record')
    this.line = find(panel, '#video-line')
    this.save = find(panel, '#video-save')
    this.button.addEventListener('click', () => (this.isRecording ? this.stop() : this.start()))
    const onClick = (id: string, run: () => void) => find(panel, id).addEventListener('click', run)
    onClick('#save-recent-gif', () => this.write(this.recent, video => video.gif()))
    onClick('#save-video', () => this.write(this.video, video => video.video()))
    onClick('#save-gif', () => this.write(this.video, video => video.gif()))
    onClick('#copy-picture', () => this.copyPicture())
    onClick('#copy-link', () => this.copyLink(url => url.href))
    onClick('#copy-html', () => this.copyLink(frameHtml))
  }

  attach(world: World): void {
    this.stop()
    this.world = world
    this.recent ??= this.createExport(world, RECENT_SECONDS)
  }

  /** Call it in the task that drew a frame. */
  onFrame(): void {
    this.reading = this.readFrame()
  }

  private async readFrame(): Promise<void> {
    const { video, recent, isRecording, world } = this
    if (!world || !recent) return
    const pixels = await world.read().catch(() => undefined)
    // The device is lost. The session reports it.
    if (!pixels) return
    recent.add(pixels)
    if (!video || !isRecording) return
    video.add(pixels)
    if (video === this.video) this.show()
    if (video.seconds >= MAX_SECONDS) this.stop()
  }

  /** Downloads the last ten seconds. */
  async saveRecent(): Promise<void> {
    await this.write(this.recent, video => video.videoOrGif())
  }

  private createExport({ config }: World, seconds: number): VideoExport {
    const { width, height, rate } = config.frame
    const caption = `Djinn\n${location.host}${location.pathname.replace(/(index\.html)?$/, '')}`
    return new VideoExport(width, height, rate, caption, seconds * rate)
  }

  private start(): void {
    if (!this.world) return
    this.video = this.createExport(this.world, MAX_SECONDS)
    this.isRecording = true
    this.show()
  }

  private stop(): void {
    this.isRecording = false
    this.show()
  }

  private show(): void {
    const { video, isRecording } = this
    this.button.textContent = isRecording ? 'Stop' : 'Record'
    this.button.classList.toggle('recording', isRecording)
    this.save.hidden = isRecording || !video?.length
    if (video) this.line.textContent = `${video.length} frames, ${video.seconds.toFixed(1)} s`
  }

  /** Encodes a video and downloads it. */
  private async write(
    video: VideoExport | undefined,
    encode: (video: VideoExport) => Promise<EncodedVideo>,
  ): Promise<void> {
    if (this.isSaving) return
    this.isSaving = true
    try {
      await this.reading
      if (!video?.length) throw new Error('There is nothing to save yet: play a few frames first.')
      const { blob, extension } = await encode(video)
      const name = `world.${extension}`
      download(blob, name)
      const isCopied = await copy(blob)
      this.events.onNotice(`${name} saved${isCopied ? ' and copied' : ''}: ${Math.ceil(blob.size / 1000)} kB.`)
    } catch (error) {
      this.events.onError(error)
    } finally {
      this.isSaving = false
    }
  }

  /** Copies the newest frame, enlarged. */
  private async copyPicture(): Promise<void> {
    const { world } = this
    if (!world) return
    try {
      const { width, height } = world.config.frame
      const large = create('canvas', { width: width * SCALE, height: height * SCALE })
      drawEnlarged(large.getContext('2d')!, frameCanvas(await world.read(), width, height))
      const blob = await new Promise<Blob | null>(resolve => large.toBlob(resolve))
      if (!blob || !(await copy(blob))) throw new Error('This browser does not let the page copy a picture.')
      this.events.onNotice('The picture is copied.')
    } catch (error) {
      this.events.onError(error)
    }
  }

  /** `written`: what is copied of a link. */
  private async copyLink(written: (link: URL) => string): Promise<void> {
    if (!this.world) return
    try {
      const text = written(this.events.linkTo(this.world))
      const field = find<HTMLInputElement>(this.panel, '#link')
      field.value = text
      field.hidden = false
      field.select()
      find(this.panel, '#link-line').textContent = `The first ${this.world.frame} frames, in ${text.length} characters.`
      // Without access to the clipboard the field stays selected, to be copied by hand.
      await navigator.clipboard.writeText(text).catch(() => undefined)
    } catch (error) {
      this.events.onError(error)
    }
  }
}

/** Copies a file to the clipboard. False where the browser does not take this type. */
async function copy(blob: Blob): Promise<boolean> {
  const isSupported = globalThis.ClipboardItem?.supports?.(blob.type) ?? blob.type === 'image/png'
  if (!isSupported) return false
  return navigator.clipboard.write([new ClipboardItem({ [blob.type]: blob })]).then(
    () => true,
    () => false,
  )
}
