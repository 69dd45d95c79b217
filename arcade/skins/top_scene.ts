// A game in a skin, seen from above: where the camera is, and one frame of it.
import { Random } from '../../src/random.ts'
import { drawSprite, drawWorld, SCREEN } from './screen.ts'
import { moverAt } from './side_game.ts'
import type { PictureSource } from './supply.ts'
import type { TopFigure } from './top_figures.ts'
import { TopGame } from './top_game.ts'
import { createTopSkin, type TopSkin } from './top_skin.ts'

export class TopScene {
  readonly game: TopGame
  readonly hasFigure = true

  private constructor(private readonly skin: TopSkin) {
    this.game = new TopGame(skin.level, skin.rules)
  }

  /** The scene of a seed. `isSafe`: nothing in it can kill. */
  static async create(seed: number, source: PictureSource | undefined, isSafe: boolean): Promise<TopScene> {
    return new TopScene(await createTopSkin(new Random(seed), source, isSafe))
  }

  /** Pixels a frame that the figure goes. */
  get pace(): number {
    return this.skin.rules.pace
  }

  /** The figure's box on the screen. */
  get player(): [x: number, y: number, width: number, height: number] {
    const { width, height } = this.skin.figure
    const { x, y } = this.corner()
    return [x, y, width, height]
  }

  /** Draws the picture into `rgb` [64, 64, 3]. */
  render(rgb: Uint8Array): void {
    const { world, level, figure, coins, enemies } = this.skin
    const { game } = this
    const { clock } = game.state
    const camera = this.camera()
    rgb.fill(0)
    drawWorld(rgb, world, camera.x, camera.y)
    const coin = coins[(clock >> 1) % coins.length]
    for (const cell of level.coins) {
      const x = (cell % level.columns) * level.tile - camera.x + ((level.tile - coin.width) >> 1)
      const y = Math.floor(cell / level.columns) * level.tile - camera.y + ((level.tile - coin.height) >> 1)
      drawSprite(rgb, coin, x, y)
    }
    for (const mover of level.movers) {
      const { x, y, facing, frame } = moverAt(mover, clock)
      const enemy: TopFigure = enemies[mover.kind % enemies.length]
      const direction = mover.upright ? 3 : facing > 0 ? 0 : 2
      const pose = enemy.poses[direction][1 + ((frame >> 2) & 1)]
      drawSprite(rgb, pose, x - camera.x + ((level.tile - enemy.width) >> 1), y - camera.y - enemy.height)
    }
    const { x, y } = this.corner()
    drawSprite(rgb, figure.poses[game.facing][game.move === 1 ? 0 : 1 + ((clock >> 1) & 1)], x, y)
  }

  private corner(): { x: number; y: number } {
    const { rules, figure } = this.skin
    const { x, y } = this.game.state
    const camera = this.camera()
    return { x: x - camera.x - ((figure.width - rules.width) >> 1), y: y - camera.y - figure.height }
  }

  /** The level's pixel at the screen's upper left corner. */
  private camera(): { x: number; y: number } {
    const { follows, rules, level } = this.skin
    const { x, y } = this.game.state
    const still = (level.columns * level.tile - SCREEN) >> 1
    if (!follows) return { x: still, y: still }
    return { x: x + (rules.width >> 1) - SCREEN / 2, y: y - (rules.height >> 1) - SCREEN / 2 }
  }
}
