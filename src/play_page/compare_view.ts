// A second screen beside the dream, under the same keys: the real game from the same picture, or another dream from the same
// moment, whose dice fall otherwise.

import type { Game } from '../../arcade/game/game.ts'
import { create } from '../ui/dom.ts'
import type { World } from '../world/world.ts'
import { arcadeActionOf, drawGame } from './arcade_screen.ts'

export type CompareMode = 'none' | 'game' | 'dream'

export class CompareView {
  company: CompareMode = 'none'
  private game: Game | undefined
  private twin: World | undefined
  private canvas = create('canvas')

  /** @param screen where the second canvas goes */
  constructor(
    private readonly screen: HTMLElement,
    private readonly caption: HTMLElement,
  ) {}

  /**
   * The dream is somewhere else: at its start, or rewound.
   * @param begin gives the real game at the dream's first picture, where that is a picture of it
   */
  follow(world: World, begin: (() => Game) | undefined): void {
    this.twin?.dispose()
    this.twin = this.game = undefined
    this.canvas.remove()
    this.screen.hidden = this.company === 'none'
    if (this.screen.hidden) return
    // A canvas keeps the kind of context that it had first.
    const canvas = create('canvas', { width: world.config.frame.width, height: world.config.frame.height })
    canvas.setAttribute('role', 'img')
    this.canvas = canvas
    this.screen.prepend(canvas)
    if (this.company === 'dream') this.fork(world)
    if (this.company === 'game') this.play(world, begin)
    canvas.setAttribute('aria-label', this.caption.textContent ?? '')
  }

  private fork(world: World): void {
    this.twin = world.fork()
    this.twin.draw(this.canvas)
    this.caption.textContent = `The same keys, seed ${otherSeed(world)}`
  }

  private play(world: World, begin: (() => Game) | undefined): void {
    this.game = begin?.()
    this.caption.textContent = this.game
      ? 'The real game'
      : 'This picture is not from the game: pick one of the game’s.'
    if (!this.game) return
    for (const { actions } of world.recording().played) for (const action of actions) this.stepGame(world, action)
    drawGame(this.game, this.canvas)
  }

  /** The dream was stepped by an action. */
  step(world: World, action: number): void {
    if (this.game) {
      this.stepGame(world, action)
      drawGame(this.game, this.canvas)
    }
    if (!this.twin) return
    this.twin.sampling = { ...world.sampling, seed: otherSeed(world) }
    if (this.twin.step(action)) this.twin.draw(this.canvas)
  }

  private stepGame(world: World, action: number): void {
    this.game!.step(arcadeActionOf(action, world.config.keys ?? {}))
  }

  /** Resolves when it can be stepped again. */
  async ready(): Promise<void> {
    await this.twin?.ready
  }
}

const otherSeed = ({ sampling }: World) => (sampling.seed + 1) % 2 ** 32
