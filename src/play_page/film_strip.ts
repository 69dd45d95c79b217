// The film strip: past frames, a few each second, each with the moment it shows, to go back to. A shot is drawn by the GPU onto
// a canvas of its own: nothing is read back.

import { create } from '../ui/dom.ts'
import type { Snapshot, World } from '../world/world.ts'

interface FilmFrame {
  frame: number
  moment: Snapshot
  button: HTMLButtonElement
}

const MOST_SHOTS = 12 // each holds the world's caches: about 3 MB with the shipped one
const BETWEEN_MS = 500 // two shots, of a slow world
const BETWEEN_SECONDS = 0.5 // of the world's own time, of a quick one

export class FilmStrip {
  private shots: FilmFrame[] = [] // oldest first
  private taken = 0 // when the newest was, milliseconds

  /** @param strip the list that shots hang in */
  constructor(
    private readonly strip: HTMLElement,
    private readonly onPick: (moment: Snapshot) => void,
  ) {}

  /** Throws all shots away: the world starts over, or went with its device. */
  clear(): void {
    for (const { moment } of this.shots) moment.dispose()
    this.shots = []
    this.strip.replaceChildren()
  }

  /** In the task that drew a frame: keeps it if it is time for a shot. Shots of a future that was left are dropped. */
  offer(world: World): void {
    while (this.shots.length > 0 && this.shots.at(-1)!.frame >= world.frame) this.drop(this.shots.pop()!)
    const last = this.shots.at(-1)
    const isDue =
      !last ||
      world.frame - last.frame >= BETWEEN_SECONDS * world.config.frame.rate ||
      performance.now() - this.taken >= BETWEEN_MS
    if (!isDue) return
    this.taken = performance.now()
    this.shots.push(this.shoot(world))
    if (this.shots.length > MOST_SHOTS) this.drop(this.shots.shift()!)
    this.strip.scrollLeft = this.strip.scrollWidth
  }

  /** Goes back to the newest shot before frame `frame`. */
  back(frame: number): void {
    this.shots.findLast(shot => shot.frame < frame)?.button.click()
  }

  private shoot(world: World): FilmFrame {
    const { frame, config } = world
    const canvas = create('canvas', { width: config.frame.width, height: config.frame.height })
    const button = create('button', { type: 'button', title: `Back to frame ${frame}` }, canvas)
    button.setAttribute('aria-label', `Back to frame ${frame}`)
    this.strip.append(create('li', {}, button))
    world.draw(canvas)
    const moment = world.save()
    button.addEventListener('click', () => this.onPick(moment))
    return { frame, moment, button }
  }

  private drop({ moment, button }: FilmFrame): void {
    moment.dispose()
    button.parentElement?.remove()
  }
}
