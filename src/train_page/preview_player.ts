// The world that was trained, played on the page: by keys, where it is known what they are, and by digits.

import type { Picture } from '../play_page/prompts/pictures.ts'
import { Controls } from '../ui/controls.ts'
import { byId, create } from '../ui/dom.ts'
import { Rebinding } from '../ui/rebinding.ts'
import { Session } from '../ui/session.ts'
import type { ClipFile } from './clip_file.ts'
import { FRAME } from './presets.ts'
import { rgbaOf } from './previews.ts'
import type { Project } from './project.ts'

const view = byId<HTMLCanvasElement>('view')

export class PreviewPlayer {
  private readonly controls = new Controls(byId('actions'), byId('pads'), () => undefined)
  private readonly rebinding = new Rebinding(byId('keys'), this.controls)
  private readonly session: Session

  constructor(
    project: Project,
    private readonly clips: () => ClipFile,
    onError: (error: unknown) => void,
  ) {
    this.session = new Session(project.source(), view, {
      wish: () => this.controls.take(),
      ready: () => Promise.resolve(),
      onLoading: () => undefined,
      onLoaded: ({ config }) => this.rebinding.open(config),
      onReplayed: () => undefined,
      onStarted: () => undefined,
      onRewound: () => undefined,
      onDrawn: () => undefined,
      onPlayed: ({ frame, action, rate }) => {
        byId('frame').textContent = String(frame)
        byId('rate').textContent = rate?.toFixed(1) ?? '–'
        this.controls.show(action)
      },
      onLatency: () => undefined,
      onLost: () => undefined,
      onError,
    })
    byId('again').addEventListener('click', () => this.start())
  }

  /** Loads the world as it is now, and plays it from a frame of the video. @throws whatever World.load throws */
  async open(): Promise<void> {
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
    const pixels = rgbaOf(await clips.frames(clip, 0, 1))
    const canvas = create('canvas', { width: FRAME.width, height: FRAME.height })
    canvas.getContext('2d')!.putImageData(new ImageData(pixels, FRAME.width, FRAME.height), 0, 0)
    const picture: Picture = { name: 'video', kind: 'own', note: '', canvas }
    await this.session.begin(picture)
    view.focus({ preventScroll: true })
  }
}
