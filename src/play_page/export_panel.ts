// The export panel: a recorded clip as video or GIF, and a share link.

import { download, find } from '../ui/dom.ts'
import type { World } from '../world/world.ts'
import { type EncodedVideo, VideoExport } from './video_export.ts'

const MAX_SECONDS = 120 // of a clip

export class ExportPanel {
  private world: World | undefined
  private clip: VideoExport | undefined
  private isRecording = false
  private readonly button: HTMLButtonElement
  private readonly line: HTMLElement
  private readonly save: HTMLElement

  /**
   * @param linkTo makes a share link of a world
   */
  constructor(
    private readonly panel: HTMLElement,
    private readonly linkTo: (world: World) => URL,
    private readonly onError: (error: unknown) => void,
  ) {
    this.button = find<HTMLButtonElement>(panel, '#record')
    this.line = find(panel, '#clip-line')
    this.save = find(panel, '#clip-save')
    this.button.addEventListener('click', () => (this.isRecording ? this.stop() : this.start()))
    const onClick = (id: string, run: (event: Event) => void) => find(panel, id).addEventListener('click', run)
    onClick('#save-video', event => this.write(event, clip => clip.video()))
    onClick('#save-gif', event => this.write(event, clip => clip.gif()))
    onClick('#copy-link', () => this.copyLink())
  }

  attach(world: World): void {
    this.stop()
    this.world = world
  }

  /** Call it in the task that drew a frame. */
  async onFrame(): Promise<void> {
    const { clip, world } = this
    if (!clip || !world || !this.isRecording) return
    try {
      clip.add(await world.read())
    } catch {
      // The device is lost. The session reports it.
    }
    if (clip === this.clip) this.show()
    if (clip.seconds >= MAX_SECONDS) this.stop()
  }

  private start(): void {
    if (!this.world) return
    const { width, height, rate } = this.world.config.frame
    this.clip = new VideoExport(width, height, rate)
    this.isRecording = true
    this.show()
  }

  private stop(): void {
    this.isRecording = false
    this.show()
  }

  private show(): void {
    const { clip, isRecording } = this
    this.button.textContent = isRecording ? 'Stop' : 'Record'
    this.button.classList.toggle('recording', isRecording)
    this.save.hidden = isRecording || !clip?.length
    if (clip) this.line.textContent = `${clip.length} frames, ${clip.seconds.toFixed(1)} s`
  }

  /** Encodes the clip and downloads it. */
  private async write({ currentTarget }: Event, encode: (clip: VideoExport) => Promise<EncodedVideo>): Promise<void> {
    const button = currentTarget as HTMLButtonElement
    if (!this.clip) return
    button.disabled = true
    try {
      const { blob, extension } = await encode(this.clip)
      download(blob, `dream.${extension}`)
      this.line.textContent = `dream.${extension}: ${Math.ceil(blob.size / 1000)} kB`
    } catch (error) {
      this.onError(error)
    } finally {
      button.disabled = false
    }
  }

  private async copyLink(): Promise<void> {
    if (!this.world) return
    try {
      const url = this.linkTo(this.world)
      const field = find<HTMLInputElement>(this.panel, '#link')
      field.value = url.href
      field.hidden = false
      field.select()
      const text = `The first ${this.world.frame} frames, in ${url.href.length} characters.`
      find(this.panel, '#link-line').textContent = text
      // Without access to the clipboard the field stays selected, to be copied by hand.
      await navigator.clipboard.writeText(url.href).catch(() => undefined)
    } catch (error) {
      this.onError(error)
    }
  }
}
