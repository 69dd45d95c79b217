// The video card: imports a video from a file, the screen, a camera or the built-in game, stores its clips and shows some frames. If an
// import fails, the previous video stays.

import { rgbToRgba } from '../media/pixels.ts'
import { FRAME } from '../training/presets.ts'
import { find } from '../ui/dom.ts'
import { duration, messageOf, percent } from '../ui/format.ts'
import type { Project } from '../ui/project.ts'
import { ClipFile, ClipFileWriter } from './clip_file.ts'
import { type FrameSource, fileClips, gameClips, streamClips } from './frame_sources.ts'
import { frameRow } from './picture_rows.ts'
import { exampleFrames } from './previews.ts'

const SHOWN_FRAMES = 8

export interface VideoInputEvents {
  /** An import starts. */
  onImport(): void
  /** New clips are stored. */
  onImported(): void
  onError(error: unknown): void
}

export class VideoInput {
  clips: ClipFile | undefined
  private stop: AbortController | undefined // of the running import
  private readonly file: HTMLInputElement
  private readonly progress: HTMLElement
  private readonly progressLine: HTMLElement
  private readonly live: HTMLVideoElement

  constructor(
    private readonly card: HTMLElement,
    private readonly project: Project,
    private readonly events: VideoInputEvents,
  ) {
    this.file = find<HTMLInputElement>(card, '#file')
    this.progress = find(card, '#import')
    this.progressLine = find(card, '#import-line')
    this.live = find<HTMLVideoElement>(card, '#live')
    const { file } = this
    file.addEventListener('change', () => {
      const [chosen] = file.files ?? []
      if (chosen) void this.import(chosen.name, () => fileClips(chosen))
      file.value = ''
    })
    const onClick = (id: string, run: () => void) => find(card, id).addEventListener('click', run)
    onClick('#take-game', () => this.import('The built-in game', gameClips))
    onClick('#take-screen', () =>
      this.record('The screen', () => navigator.mediaDevices.getDisplayMedia({ video: true })),
    )
    onClick('#take-camera', () => this.record('The camera', () => navigator.mediaDevices.getUserMedia({ video: true })))
    onClick('#import-stop', () => this.stop?.abort())
    this.listenToDrops()
  }

  /** Shows the stored clips. */
  async open(): Promise<void> {
    this.clips = await ClipFile.open(this.project)
    await this.show()
  }

  /** Whether importing is disabled. */
  set isLocked(value: boolean) {
    for (const control of this.card.querySelectorAll<HTMLButtonElement | HTMLInputElement>('.bring :is(button, input)'))
      control.disabled = value
  }

  private async record(name: string, open: () => Promise<MediaStream>): Promise<void> {
    let stream: MediaStream
    try {
      stream = await open()
    } catch (error) {
      return this.events.onError(
        new Error(`${name} could not be recorded: ${messageOf(error)}. Choose a file instead.`),
      )
    }
    const { live } = this
    live.srcObject = stream
    live.hidden = false
    // The browser has its own button to end a recording.
    stream.getTracks()[0]!.addEventListener('ended', () => this.stop?.abort())
    await live.play().catch(() => undefined)
    await this.import(name, signal => streamClips(name, live, signal))
    for (const track of stream.getTracks()) track.stop()
    live.srcObject = null
    live.hidden = true
  }

  private async import(name: string, open: (signal: AbortSignal) => FrameSource): Promise<void> {
    if (this.stop)
      return this.events.onError(new Error('Another video is being imported: wait for it, or stop it first.'))
    const stop = new AbortController()
    const { signal } = stop
    this.stop = stop
    this.events.onImport()
    this.isLocked = true
    this.progress.hidden = false
    this.progressLine.textContent = `${name}…`
    try {
      await this.write(name, open(signal), signal)
      this.clips = await ClipFile.open(this.project)
      await this.show()
      this.events.onImported()
    } catch (error) {
      this.events.onError(error)
    } finally {
      this.stop = undefined
      this.isLocked = false
      this.progress.hidden = true
    }
  }

  /** Stores all clips, or those that came before `signal` aborted. */
  private async write(name: string, source: FrameSource, signal: AbortSignal): Promise<void> {
    const writer = await ClipFileWriter.open(this.project)
    try {
      for await (const { clip, done } of source) {
        await writer.append(clip)
        const seconds = (writer.clips * clip.frames.length) / (3 * FRAME.height * FRAME.width * FRAME.rate)
        this.progressLine.textContent = `${name}: ${duration(seconds)} of video${done === undefined ? '' : `, ${percent(done)}`}`
        if (signal.aborted && done !== undefined) break
      }
      await writer.finish(name)
    } catch (error) {
      await writer.abandon()
      throw error
    }
  }

  private async show(): Promise<void> {
    const { clips } = this
    if (!clips) return
    const frames = await exampleFrames(clips, SHOWN_FRAMES)
    find(this.card, '#clips-strip').replaceChildren(frameRow(frames.map(rgbToRgba), `Frames of ${clips.source}`))
    const count = `${clips.clips} ${clips.clips === 1 ? 'clip' : 'clips'} of ${clips.length} frames`
    const length = `${duration(clips.seconds)} at ${FRAME.rate} frames per second`
    find(this.card, '#clips-line').textContent =
      `${clips.source}: ${count}, ${length}${clips.moves ? ', with keys' : ''}.`
  }

  private listenToDrops(): void {
    const over = (isOver: boolean) => document.body.classList.toggle('dropping', isOver)
    addEventListener('dragover', event => {
      event.preventDefault()
      over(true)
    })
    addEventListener('dragleave', event => event.relatedTarget === null && over(false))
    addEventListener('drop', event => {
      event.preventDefault()
      over(false)
      const [dropped] = event.dataTransfer?.files ?? []
      if (!dropped) return
      if (this.file.disabled)
        return this.events.onError(new Error('Pause the training before you import another video.'))
      void this.import(dropped.name, () => fileClips(dropped))
    })
  }
}
