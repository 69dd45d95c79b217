// What one takes home: a recorded clip as video or GIF, and a link in which the whole dream lies: prompt, seed, actions.

import { byId, create } from '../ui/dom.ts'
import { encodeRecording } from '../world/recording.ts'
import type { World } from '../world/world.ts'
import { type Saved, VideoExport } from './video_export.ts'

const MOST_SECONDS = 120 // of a clip
const LINK = 'dream'

/** The recording's text in this page's address, if it has one. */
export function linkedRecording(): string | undefined {
  return new URLSearchParams(location.hash.slice(1)).get(LINK) ?? undefined
}

export class ExportPanel {
  private world: World | undefined
  private clip: VideoExport | undefined
  private isRecording = false
  private readonly button = byId<HTMLButtonElement>('record')
  private readonly line = byId('clip-line')
  private readonly save = byId('clip-save')

  constructor(private readonly onError: (error: unknown) => void) {
    this.button.addEventListener('click', () => (this.isRecording ? this.stop() : this.start()))
    byId('save-video').addEventListener('click', event => this.write(event, clip => clip.video()))
    byId('save-gif').addEventListener('click', event => this.write(event, clip => clip.gif()))
    byId('copy-link').addEventListener('click', () => this.copyLink())
  }

  attach(world: World): void {
    this.stop()
    this.world = world
  }

  /** In the task that drew a frame. */
  async onFrame(): Promise<void> {
    const { clip, world } = this
    if (!clip || !world || !this.isRecording) return
    try {
      clip.add(await world.read())
    } catch {
      // The world went with its device: whoever plays it says so.
    }
    if (clip === this.clip) this.show()
    if (clip.seconds >= MOST_SECONDS) this.stop()
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

  /** Encodes the clip and hands it to the browser as a download. */
  private async write({ currentTarget }: Event, encode: (clip: VideoExport) => Promise<Saved>): Promise<void> {
    const button = currentTarget as HTMLButtonElement
    if (!this.clip) return
    button.disabled = true
    try {
      const { blob, extension } = await encode(this.clip)
      const href = URL.createObjectURL(blob)
      create('a', { href, download: `dream.${extension}` }).click()
      setTimeout(() => URL.revokeObjectURL(href), 60_000)
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
      const url = new URL(location.href)
      url.hash = `${LINK}=${encodeRecording(this.world.recording())}`
      const field = byId<HTMLInputElement>('link')
      field.value = url.href
      field.hidden = false
      field.select()
      byId('link-line').textContent = `The first ${this.world.frame} frames, in ${url.href.length} characters.`
      // Where the clipboard is closed to the page, the field stays selected for a copy by hand.
      await navigator.clipboard.writeText(url.href).catch(() => undefined)
    } catch (error) {
      this.onError(error)
    }
  }
}
