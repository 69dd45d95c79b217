// The video card: imports a video from a file, the screen, a camera or the built-in game, stores its clips and shows some frames. If an
// import fails, the previous video stays. An import that is stopped keeps the clips it has read, and can be resumed.

import { messageOf } from '../gpu/errors.ts'
import { rgbToRgba } from '../media/pixels.ts'
import { CLIP_LENGTH, FRAME } from '../training/presets.ts'
import { find } from '../ui/dom.ts'
import { duration, percent } from '../ui/format.ts'
import type { Project } from '../ui/project.ts'
import { Remaining } from '../ui/remaining.ts'
import { ClipFile, ClipFileWriter, type VideoSettings } from './clip_file.ts'
import { type FrameSource, fileClips, gameClips, streamClips } from './frame_sources.ts'
import { frameRow } from './picture_rows.ts'
import { exampleFrames } from './previews.ts'
import { ProposalPanel } from './proposal_panel.ts'
import { recordStream } from './stream_recorder.ts'

const SHOWN_FRAMES = 8
const IMPORTING = 'Another video is being imported: wait for it, or stop it first.'

interface VideoInputEvents {
  /** How a training that has begun and has not ended takes its video. */
  trainedSettings(): VideoSettings | undefined
  /** An import starts. */
  onImport(): void
  /** New clips are stored. */
  onImported(): void
  /** An import or an analysis has ended, well or not. */
  onEnded(): void
  onError(error: unknown): void
}

/** A source that is being read. Recordings have no known length. */
interface Import {
  name: string
  settings: VideoSettings
  source: FrameSource
  writer: ClipFileWriter
  done?: number // 0 … 1
}

export class VideoInput {
  clips: ClipFile | undefined
  private stop: AbortController | undefined // of the running import
  private rest: Import | undefined // the import that was stopped
  private looking: File | undefined // the chosen video that is being imported and analysed
  private readonly file: HTMLInputElement
  private readonly progress: HTMLElement
  private readonly progressLine: HTMLElement
  private readonly bar: HTMLProgressElement
  private readonly live: HTMLVideoElement
  private readonly proposal: ProposalPanel

  constructor(
    private readonly card: HTMLElement,
    private readonly project: Project,
    private readonly events: VideoInputEvents,
  ) {
    this.file = find<HTMLInputElement>(card, '#file')
    this.progress = find(card, '#import')
    this.progressLine = find(card, '#import-line')
    this.bar = find<HTMLProgressElement>(card, '#import-bar')
    this.live = find<HTMLVideoElement>(card, '#live')
    this.proposal = new ProposalPanel(find(card, '#proposal'), {
      onTake: (file, settings) =>
        void this.import(
          file.name,
          () =>
            fileClips(
              file,
              settings,
              leftOut => void this.proposal.showLeftOut(file, settings, leftOut).catch(events.onError),
            ),
          settings,
        ),
    })
    const { file } = this
    file.addEventListener('change', () => {
      const [chosen] = file.files ?? []
      if (chosen) void this.choose(chosen)
      file.value = ''
    })
    const onClick = (id: string, run: () => void) => find(card, id).addEventListener('click', run)
    onClick('#take-game', () => {
      this.dropProposal()
      void this.import('The built-in game', gameClips)
    })
    onClick('#take-screen', () =>
      this.record('The screen', () => navigator.mediaDevices.getDisplayMedia({ video: true })),
    )
    onClick('#take-camera', () => this.record('The camera', () => navigator.mediaDevices.getUserMedia({ video: true })))
    onClick('#import-stop', () => this.stop?.abort())
    onClick('#rest-continue', () => void this.continueReading())
    this.listenToDrops()
  }

  /** Shows the stored clips. */
  async open(): Promise<void> {
    this.clips = await ClipFile.open(this.project)
    await this.show()
  }

  /** Whether a video is being imported or analysed. */
  get isBusy(): boolean {
    return this.looking !== undefined || this.isImporting
  }

  /** Whether clips are being written. They take the place of the stored ones. */
  get isImporting(): boolean {
    return this.stop !== undefined
  }

  /** Whether importing is disabled. It always is during an import. */
  set isLocked(value: boolean) {
    const disabled = value || this.isImporting
    for (const control of this.card.querySelectorAll<HTMLButtonElement | HTMLInputElement>(
      ':is(.bring, #rest) :is(button, input)',
    ))
      control.disabled = disabled
    this.proposal.isLocked = disabled
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
    this.dropProposal()
    const { live } = this
    live.srcObject = stream
    live.hidden = false
    // The browser has its own button to end a recording.
    stream.getTracks()[0]!.addEventListener('ended', () => this.stop?.abort())
    await live.play().catch(() => undefined)
    const endRecording = recordStream(stream, name)
    const isImported = await this.import(name, signal => streamClips(name, live, signal))
    const file = await endRecording()
    for (const track of stream.getTracks()) track.stop()
    live.srcObject = null
    live.hidden = true
    if (isImported && file && !this.isBusy) await this.analyse(file)
  }

  /** Proposes settings for a video that was imported with the default ones. Where another was chosen meanwhile, that one counts. */
  private async analyse(file: File): Promise<void> {
    const isNewest = () => this.looking === file
    this.looking = file
    await this.proposal.look(file).catch(error => isNewest() && this.events.onError(error))
    if (!isNewest()) return
    this.looking = undefined
    this.events.onEnded()
  }

  /** An analysis that is running ends, too. @returns shows the proposal again */
  private dropProposal(): () => void {
    this.looking = undefined
    return this.proposal.hide()
  }

  /**
   * Imports a file with the settings of an unfinished training, if they are a proposal's. Otherwise imports it with default settings,
   * then analyses it.
   */
  private async choose(file: File): Promise<void> {
    const showAgain = this.dropProposal()
    const settings = this.events.trainedSettings()
    if (settings?.crop) return void (await this.import(file.name, () => fileClips(file, settings), settings))
    this.looking = file
    const isImported = await this.import(file.name, () => fileClips(file))
    if (this.looking !== file) return
    if (isImported) return this.analyse(file)
    // The clips of the video before are still there.
    showAgain()
    this.looking = undefined
    this.events.onEnded()
  }

  private import(
    name: string,
    open: (signal: AbortSignal) => FrameSource,
    settings: VideoSettings = { frame: FRAME },
  ): Promise<boolean> {
    return this.read(name, async signal => {
      void this.rest?.source.return(undefined)
      this.rest = undefined
      return { name, settings, source: open(signal), writer: await ClipFileWriter.open(this.project, settings) }
    })
  }

  /** Resumes an import that was stopped. */
  private async continueReading(): Promise<void> {
    const { rest } = this
    if (!rest) return
    await this.read(rest.name, async () => {
      await rest.writer.reopen()
      this.rest = undefined
      return rest
    })
  }

  /** @returns whether clips were stored */
  private async read(name: string, begin: (signal: AbortSignal) => Promise<Import>): Promise<boolean> {
    if (this.isImporting) {
      this.events.onError(new Error(IMPORTING))
      return false
    }
    const stop = new AbortController()
    this.stop = stop
    this.events.onImport()
    this.progress.hidden = false
    this.bar.removeAttribute('value')
    this.progressLine.textContent = `${name}: opening…`
    try {
      const running = await begin(stop.signal)
      const isWhole = await this.write(running, stop.signal)
      if (!isWhole) this.rest = running
      this.clips = await ClipFile.open(this.project)
      await this.show()
      this.events.onImported()
      return true
    } catch (error) {
      this.events.onError(error)
      return false
    } finally {
      this.stop = undefined
      this.progress.hidden = true
      this.showRest()
      this.events.onEnded()
    }
  }

  /** Stores clips until `signal` aborts. @returns whether the source has come to its end */
  private async write(running: Import, signal: AbortSignal): Promise<boolean> {
    const { name, settings, source, writer } = running
    const { frame } = settings
    const remaining = new Remaining()
    try {
      for (;;) {
        const { value, done: isOver } = await source.next()
        if (isOver) break
        const { clip, done } = value
        if (clip) await writer.append(clip)
        running.done = done
        const seconds = (writer.clips * CLIP_LENGTH) / frame.rate
        const left = done === undefined ? undefined : remaining.after(done)
        if (done !== undefined) this.bar.value = done
        this.progressLine.textContent = [
          `${name}: ${duration(seconds)} of video`,
          ...(done === undefined ? [] : [percent(done)]),
          ...(left === undefined ? [] : [`about ${duration(left)} left`]),
        ].join(', ')
        // A recording ends by itself.
        if (signal.aborted && done !== undefined && done < 1) {
          if (writer.clips === 0)
            throw new Error(`${name} was stopped before its first clip: the video before it stays.`)
          await writer.finish(name)
          return false
        }
      }
      await writer.finish(name)
      return true
    } catch (error) {
      await writer.abandon()
      throw error
    }
  }

  /** Offers to resume an import that was stopped. */
  private showRest(): void {
    find(this.card, '#rest').hidden = !this.rest
    if (this.rest)
      find(this.card, '#rest-line').textContent = `Stopped at ${percent(this.rest.done ?? 0)}. What was read is kept.`
  }

  private async show(): Promise<void> {
    const { clips } = this
    if (!clips) return
    const frames = await exampleFrames(clips, SHOWN_FRAMES)
    find(this.card, '#clips-strip').replaceChildren(
      frameRow(frames.map(rgbToRgba), clips.settings.frame, `Frames of ${clips.source}`),
    )
    const count = `${clips.clips} ${clips.clips === 1 ? 'clip' : 'clips'} of ${clips.length} frames`
    const length = `${duration(clips.seconds)} at ${clips.settings.frame.rate} frames per second`
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
      if (this.isImporting) return this.events.onError(new Error(IMPORTING))
      if (this.file.disabled)
        return this.events.onError(new Error('Pause the training before you import another video.'))
      void this.choose(dropped)
    })
  }
}
