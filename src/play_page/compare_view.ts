// A second screen beside the world, under the same keys: the real game from the same picture, or the same world with another seed.

import type { Game } from '../../arcade/game/game.ts'
import { create, find } from '../ui/dom.ts'
import type { World } from '../world/world.ts'
import { arcadeActionOf, drawGame } from './arcade_screen.ts'

export type CompareMode = 'none' | 'game' | 'seed'

export class CompareView {
  mode: CompareMode = 'none'
  private game: Game | undefined
  private fork: World | undefined
  private canvas = create('canvas')
  private readonly caption: HTMLElement

  /** @param figure with a figcaption; the second canvas goes into it */
  constructor(private readonly figure: HTMLElement) {
    this.caption = find(figure, 'figcaption')
  }

  /**
   * Restarts from where the world is: at its prompt, or rewound.
   * @param startGame makes the real game at the world's prompt, if the prompt is a frame of it
   */
  restart(world: World, startGame: (() => Game) | undefined): void {
    this.fork?.dispose()
    this.fork = this.game = undefined
    this.canvas.remove()
    this.figure.hidden = this.mode === 'none'
    if (this.figure.hidden) return
    // A new canvas each time: a canvas never changes its first type of context.
    const canvas = create('canvas', { width: world.config.frame.width, height: world.config.frame.height })
    canvas.setAttribute('role', 'img')
    this.canvas = canvas
    this.figure.prepend(canvas)
    if (this.mode === 'seed') this.forkWorld(world)
    if (this.mode === 'game') this.replayGame(world, startGame)
    canvas.setAttribute('aria-label', this.caption.textContent ?? '')
  }

  private forkWorld(world: World): void {
    this.fork = world.fork()
    this.fork.draw(this.canvas)
    this.caption.textContent = `The same keys, seed ${otherSeed(world)}`
  }

  private replayGame(world: World, startGame: (() => Game) | undefined): void {
    this.game = startGame?.()
    this.caption.textContent = this.game
      ? 'The real game'
      : 'This picture is not from the game. Choose one of the game’s.'
    if (!this.game) return
    for (const { actions } of world.recording().played) for (const action of actions) this.stepGame(world, action)
    drawGame(this.game, this.canvas)
  }

  /** Follows a step of the world. */
  step(world: World, action: number): void {
    if (this.game) {
      this.stepGame(world, action)
      drawGame(this.game, this.canvas)
    }
    if (!this.fork) return
    this.fork.sampling = { ...world.sampling, seed: otherSeed(world) }
    if (this.fork.step(action)) this.fork.draw(this.canvas)
  }

  private stepGame(world: World, action: number): void {
    this.game!.step(arcadeActionOf(action, world.config.keys ?? {}))
  }

  /** Resolves when it can be stepped again. */
  async ready(): Promise<void> {
    await this.fork?.ready
  }
}

const otherSeed = ({ sampling }: World) => (sampling.seed + 1) % 2 ** 32
