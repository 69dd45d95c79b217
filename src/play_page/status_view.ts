// The screen's surroundings: the cover with a progress bar, the picture under it, and the readout.

import { byId } from '../ui/dom.ts'
import { brief } from '../ui/format.ts'
import type { FrameStats } from '../ui/play_loop.ts'
import type { PromptPicture } from '../ui/session.ts'
import type { World } from '../world/world.ts'
import { type FrameLimit, frameLimit } from './frame_limit.ts'
import { Glow } from './glow.ts'

const READOUT = ['frame', 'rate', 'milliseconds', 'latency'] as const

export class StatusView {
  private readonly screen = byId('screen')
  private readonly view = byId<HTMLCanvasElement>('view')
  private readonly cover = byId('cover')
  private readonly status = byId('status')
  private readonly progress = byId<HTMLProgressElement>('progress')
  private readonly animationNote = byId('animation-note')
  private still = '' // the picture, as a CSS image
  private readonly glow = new Glow(byId<HTMLCanvasElement>('glow'))

  /** Covers the screen with a line of text and a bar. `done` is 0 … 1, undefined if unknown. */
  showCover(text: string, done?: number): void {
    this.cover.hidden = false
    this.status.textContent = text
    if (done === undefined) this.progress.removeAttribute('value')
    else this.progress.value = done
  }

  /** Also ends the animation. */
  hideCover(): void {
    this.cover.hidden = true
    this.endAnimation()
  }

  /** @param total bytes, undefined if unknown */
  showLoading(loaded: number, total: number | undefined): void {
    if (total !== undefined && loaded >= total) {
      this.showCover('Compiling the kernels…')
      return
    }
    const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1)
    const of = total === undefined ? '' : ` of ${megabytes(total)}`
    this.showCover(`Loading the model: ${megabytes(loaded)}${of} MB`, total && loaded / total)
  }

  /** Shows the picture itself until a world draws over it. */
  showStill({ canvas }: PromptPicture): void {
    this.still = `url(${canvas.toDataURL()})`
    this.endAnimation()
    this.clearReadout()
    this.glow.paint(canvas)
  }

  /** Plays an animation of the world over the picture until the cover is hidden or another picture is shown. */
  showAnimation(address: string): void {
    this.view.style.backgroundImage = `url(${address}), ${this.still}`
    this.animationNote.hidden = false
  }

  private endAnimation(): void {
    this.view.style.backgroundImage = this.still
    this.animationNote.hidden = true
  }

  /** In the task that drew a frame. */
  updateGlow(): void {
    this.glow.update(this.view)
  }

  clearReadout(): void {
    for (const id of READOUT) byId(id).textContent = '–'
  }

  /** What is known of a world once it is loaded. */
  showAdapter({ gpu, config, actions }: World): void {
    this.screen.style.aspectRatio = `${config.frame.width} / ${config.frame.height}`
    byId('adapter').textContent = `${gpu.adapterName} · ${gpu.precision}`
    byId('adapter').hidden = false
    byId('software-adapter').hidden = !gpu.isSoftwareAdapter
    byId('arrow-hint').hidden = !('ArrowLeft' in (config.keys ?? {}))
    for (const count of document.querySelectorAll('.action-count')) count.textContent = String(actions)
  }

  /** Tells screen readers what the screen shows. */
  describeView(text: string): void {
    this.view.setAttribute('aria-label', text)
  }

  showFrame(frame: number): void {
    byId('frame').textContent = String(frame)
  }

  showStats({ frame, milliseconds, rate }: FrameStats): void {
    this.showFrame(frame)
    byId('rate').textContent = rate === undefined ? '–' : rate.toFixed(1)
    byId('milliseconds').textContent = brief(milliseconds)
  }

  /** Says what limits the frames per second. */
  showLimit(limit: FrameLimit): void {
    byId('limit').textContent = frameLimit(limit)
  }

  showLatency(milliseconds: number): void {
    byId('latency').textContent = brief(milliseconds)
  }
}
