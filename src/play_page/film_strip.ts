// The film strip: a few past frames per second, each with a snapshot of the world to go back to. The GPU draws each onto its own
// canvas, so nothing is read back.

import { create } from '../ui/dom.ts'
import type { Snapshot } from '../world/snapshots.ts'
import type { World } from '../world/world.ts'

interface FilmFrame {
  frame: number
  snapshot: Snapshot
  button: HTMLButtonElement
}

const MAX_FRAMES = 12 // each snapshot holds the KV cache: about 3 MB in the shipped world
/** A frame is taken when either has passed since the last one: this much real time, or this much of the world's time. */
const INTERVAL_MS = 500
const INTERVAL_SECONDS = 0.5

export class FilmStrip {
  private frames: FilmFrame[] = [] // oldest first
  private takenAt = 0 // the newest, milliseconds

  /** @param strip the list of frames */
  constructor(
    private readonly strip: HTMLElement,
    private readonly onPick: (snapshot: Snapshot) => void,
  ) {}

  /** Drops all frames: the world starts over, or is gone. */
  clear(): void {
    for (const { snapshot } of this.frames) snapshot.dispose()
    this.frames = []
    this.strip.replaceChildren()
  }

  /** Call it in the task that drew a frame. Takes the frame if it is time to. Drops later frames that were rewound. */
  onFrame(world: World): void {
    while (this.frames.length > 0 && this.frames.at(-1)!.frame >= world.frame) this.drop(this.frames.pop()!)
    const last = this.frames.at(-1)
    const isDue =
      !last ||
      world.frame - last.frame >= INTERVAL_SECONDS * world.config.frame.rate ||
      performance.now() - this.takenAt >= INTERVAL_MS
    if (!isDue) return
    this.takenAt = performance.now()
    this.frames.push(this.take(world))
    if (this.frames.length > MAX_FRAMES) this.drop(this.frames.shift()!)
    this.strip.scrollLeft = this.strip.scrollWidth
  }

  /** Goes back to the newest taken frame before `frame`. */
  back(frame: number): void {
    this.frames.findLast(taken => taken.frame < frame)?.button.click()
  }

  private take(world: World): FilmFrame {
    const { frame, config } = world
    const canvas = create('canvas', { width: config.frame.width, height: config.frame.height })
    const button = create('button', { type: 'button', title: `Back to frame ${frame}` }, canvas)
    button.setAttribute('aria-label', `Back to frame ${frame}`)
    this.strip.append(create('li', {}, button))
    world.draw(canvas)
    const snapshot = world.save()
    button.addEventListener('click', () => this.onPick(snapshot))
    return { frame, snapshot, button }
  }

  private drop({ snapshot, button }: FilmFrame): void {
    snapshot.dispose()
    button.parentElement?.remove()
  }
}
