// The first card: takes a video in from wherever somebody has one, shows what was taken, and keeps it. A video that fails leaves the one
// before as it was.

import { byId } from '../ui/dom.ts'
import { hideError } from '../ui/status_view.ts'
import { ClipFile, ClipFileWriter } from './clip_file.ts'
import { timeOf } from './component_card.ts'
import { type FrameSource, fileFootage, gameFootage, liveFootage } from './frame_sources.ts'
import { frameRow } from './picture_rows.ts'
import { FRAME } from './presets.ts'
import { exampleFrames, rgbaOf } from './previews.ts'
import type { Project } from './project.ts'

const SHOWN = 8 // frames

const taking = byId('taking')
const takingLine = byId('taking-line')
const line = byId('clips-line')
const live = byId<HTMLVideoElement>('live')
const file = byId<HTMLInputElement>('file')

export class VideoInput {
  clips: ClipFile | undefined
  private stop: AbortController | undefined // of what is being taken

  /** @param onTaken called when other clips are there */
  constructor(
    private readonly project: Project,
    private readonly onTaken: () => void,
    private readonly onError: (error: unknown) => void,
  ) {
    file.addEventListener('change', () => {
      const [chosen] = file.files ?? []
      if (chosen) void this.take(chosen.name, () => fileFootage(chosen))
      file.value = ''
    })
    byId('take-game').addEventListener('click', () => this.take('The built-in game', gameFootage))
    byId('take-screen').addEventListener('click', () =>
      this.record('The screen', () => navigator.mediaDevices.getDisplayMedia({ video: true })),
    )
    byId('take-camera').addEventListener('click', () =>
      this.record('The camera', () => navigator.mediaDevices.getUserMedia({ video: true })),
    )
    byId('taking-stop').addEventListener('click', () => this.stop?.abort())
    this.listenToDrops()
  }

  /** Shows what is kept already. */
  async open(): Promise<void> {
    this.clips = await ClipFile.open(this.project)
    await this.show()
  }

  /** Whether another video may be taken in. */
  set isLocked(value: boolean) {
    for (const control of document.querySelectorAll<HTMLButtonElement | HTMLInputElement>('.bring :is(button, input)'))
      control.disabled = value
  }

  private async record(name: string, open: () => Promise<MediaStream>): Promise<void> {
    let stream: MediaStream
    try {
      stream = await open()
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      return this.onError(new Error(`${name} could not be recorded: ${reason}. A file does as well.`))
    }
    live.srcObject = stream
    live.hidden = false
    // The browser has a button of its own to end it.
    stream.getTracks()[0]!.addEventListener('ended', () => this.stop?.abort())
    await live.play().catch(() => undefined)
    await this.take(name, signal => liveFootage(name, live, signal))
    for (const track of stream.getTracks()) track.stop()
    live.srcObject = null
    live.hidden = true
  }

  private async take(name: string, open: (signal: AbortSignal) => FrameSource): Promise<void> {
    if (this.stop) return this.onError(new Error('One video after another: this one is still being taken in.'))
    const stop = new AbortController()
    const { signal } = stop
    this.stop = stop
    hideError()
    this.isLocked = true
    taking.hidden = false
    takingLine.textContent = `${name}…`
    try {
      await this.write(name, open(signal), signal)
      this.clips = await ClipFile.open(this.project)
      await this.show()
      this.onTaken()
    } catch (error) {
      this.onError(error)
    } finally {
      this.stop = undefined
      this.isLocked = false
      taking.hidden = true
    }
  }

  /** All that comes, or what there is when it is told to stop. */
  private async write(name: string, footage: FrameSource, signal: AbortSignal): Promise<void> {
    const writer = await ClipFileWriter.open(this.project)
    try {
      for await (const { clip, done } of footage) {
        await writer.append(clip)
        const seconds = (writer.clips * clip.frames.length) / (3 * FRAME.height * FRAME.width * FRAME.rate)
        takingLine.textContent = `${name}: ${timeOf(seconds)} of video${done === undefined ? '' : `, ${Math.floor(100 * done)} %`}`
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
    const frames = await exampleFrames(clips, SHOWN)
    byId('clips-strip').replaceChildren(frameRow(frames.map(rgbaOf), `Frames of ${clips.source}`))
    line.textContent = `${clips.source}: ${clips.clips} ${clips.clips === 1 ? 'clip' : 'clips'} of ${clips.length} frames, ${timeOf(clips.seconds)} at ${FRAME.rate} frames a second${clips.moves ? ', keys known' : ''}.`
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
      if (file.disabled) return this.onError(new Error('Pause the training before another video is taken in.'))
      void this.take(dropped.name, () => fileFootage(dropped))
    })
  }
}
