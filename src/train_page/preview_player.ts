// Plays the trained world on the training page.

import { rgbToRgba } from '../media/pixels.ts'
import { Controls } from '../ui/controls.ts'
import { find } from '../ui/dom.ts'
import { returnFocusAfterClicks } from '../ui/focus.ts'
import { frameCanvas } from '../ui/pixels.ts'
import type { Project } from '../ui/project.ts'
import { Rebinding } from '../ui/rebinding.ts'
import { Session } from '../ui/session.ts'
import type { ClipFile } from './clip_file.ts'

export class PreviewPlayer {
  private readonly view: HTMLCanvasElement
  private readonly controls: Controls
  private readonly session: Session

  /** @param place with the canvas, the readout and the controls */
  constructor(
    private readonly place: HTMLElement,
    project: Project,
    private readonly clips: () => ClipFile,
    onError: (error: unknown) => void,
  ) {
    this.view = find<HTMLCanvasElement>(place, '#view')
    this.controls = new Controls(find(place, '#actions'), find(place, '#pads'), () => undefined)
    const rebinding = new Rebinding(find(place, '#keys'), this.controls)
    const [frame, rate] = [find(place, '#frame'), find(place, '#rate')]
    this.session = new Session(project.source(), this.view, {
      nextInput: () => this.controls.take(),
      onLoaded: ({ config }) => rebinding.load(config),
      onPlayed: stats => {
        frame.textContent = String(stats.frame)
        rate.textContent = stats.rate?.toFixed(1) ?? '–'
        this.controls.show(stats.action)
      },
      onError,
    })
    find(place, '#again').addEventListener('click', () => this.start())
    returnFocusAfterClicks(place, this.view)
  }

  /** Loads the world as it is now, and plays it from a frame of the video. @throws what World.load throws */
  async open(): Promise<void> {
    this.place.hidden = false
    this.session.close()
    await this.session.open()
    await this.start()
  }

  close(): void {
    this.session.close()
  }

  private async start(): Promise<void> {
    const clips = this.clips()
    const clip = Math.floor(Math.random() * clips.clips)
    const pixels = rgbToRgba(await clips.frames(clip, 0, 1))
    const { width, height } = clips.settings.frame
    await this.session.begin({ name: 'video', canvas: frameCanvas(pixels, width, height) })
    this.view.focus({ preventScroll: true })
  }
}
