// The screen: what covers it while there is something to wait for, the picture under it, the readout below it, and what went wrong.

import type { Picture } from '../play_page/prompts/pictures.ts'
import type { World } from '../world/world.ts'
import { byId } from './dom.ts'
import { paintGlow } from './glow.ts'
import type { FrameStats } from './play_loop.ts'

const screen = byId('screen')
const view = byId<HTMLCanvasElement>('view')
const cover = byId('cover')
const progress = byId<HTMLProgressElement>('progress')
const error = byId('error')
const READOUT = ['frame', 'rate', 'milliseconds', 'latency'] as const

/** Covers the screen with one line of text, and a bar: of what is done, 0 … 1, where that is known. */
export function coverScreen(text: string, done?: number): void {
  cover.hidden = false
  byId('status').textContent = text
  if (done === undefined) progress.removeAttribute('value')
  else progress.value = done
}

export function uncoverScreen(): void {
  cover.hidden = true
}

export function coverLoading(loaded: number, total: number | undefined): void {
  if (total !== undefined && loaded >= total) {
    coverScreen('Compiling its kernels…')
    return
  }
  const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1)
  const of = total === undefined ? '' : ` of ${megabytes(total)}`
  coverScreen(`Fetching the world: ${megabytes(loaded)}${of} MB`, total && loaded / total)
}

/** The picture itself, for as long as no world draws over it. */
export function showStill({ canvas }: Picture): void {
  view.style.backgroundImage = `url(${canvas.toDataURL()})`
  clearReadout()
  paintGlow(canvas)
}

export function clearReadout(): void {
  for (const id of READOUT) byId(id).textContent = '–'
}

/** What is known of a world once it is loaded. */
export function showAdapter({ gpu, config, actions }: World): void {
  screen.style.aspectRatio = `${config.frame.width} / ${config.frame.height}`
  byId('adapter').textContent = `${gpu.adapterName} · ${gpu.precision}`
  byId('notice').hidden = !gpu.isSoftwareAdapter
  byId('arrows').hidden = !('ArrowLeft' in (config.keys ?? {}))
  for (const count of document.querySelectorAll('.action-count')) count.textContent = String(actions)
}

export function describeView(text: string): void {
  view.setAttribute('aria-label', text)
}

export function showPlayed({ frame, milliseconds, rate }: FrameStats): void {
  byId('frame').textContent = String(frame)
  byId('rate').textContent = rate === undefined ? '–' : rate.toFixed(1)
  byId('milliseconds').textContent = readable(milliseconds)
}

export function showLatency(milliseconds: number): void {
  byId('latency').textContent = readable(milliseconds)
}

const readable = (milliseconds: number) => milliseconds.toFixed(milliseconds < 10 ? 1 : 0)

/** One sentence. `kind` 'news' is nothing to be done about. */
export function showError(thrown: unknown, kind: 'fault' | 'news' = 'fault'): void {
  error.textContent = thrown instanceof Error ? thrown.message : String(thrown)
  error.classList.toggle('news', kind === 'news')
  error.hidden = false
}

export function hideError(): void {
  error.hidden = true
}
