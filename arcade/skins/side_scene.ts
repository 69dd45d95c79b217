// A game in a skin, seen from the side: where the camera is, and one frame of it.

import { Random } from '../../src/random.ts'
import type { Raster } from '../drawing/raster.ts'
import type { Figure } from './figures.ts'
import { drawLayer, drawSprite, drawWorld, SCREEN } from './screen.ts'
import { findStart, moverAt, SideGame } from './side_game.ts'
import { createSideSkin, type SideSkin } from './side_skin.ts'
import type { PictureSource } from './supply.ts'

export class SideScene {
  readonly game: SideGame

  private constructor(private readonly skin: SideSkin) {
    const start = findStart(skin.level, skin.rules)
    if (!start) throw new RangeError('the level has no place to stand')
    this.game = new SideGame(skin.level, skin.rules, start)
  }

  /** The scene of a seed. `isSafe`: nothing in it can kill. */
  static async create(
    seed: number,
    source: PictureSource | undefined,
    isSafe: boolean,
  ): Promise<SideScene | undefined> {
    const skin = await createSideSkin(new Random(seed), source, isSafe)
    return findStart(skin.level, skin.rules) && new SideScene(skin)
  }

  /** Pixels a frame that the figure runs. */
  get pace(): number {
    return this.skin.rules.pace
  }

  /** Whether somebody is seen to move, or the camera alone does. */
  get hasFigure(): boolean {
    return this.skin.figure !== undefined
  }

  /** The figure's box on the screen; of no figure, an empty one. */
  get player(): [x: number, y: number, width: number, height: number] {
    const { figure } = this.skin
    if (!figure) return [0, 0, 0, 0]
    const { x, y } = this.corner(figure)
    return [x, y, figure.width, figure.height]
  }

  /** Draws the picture into `rgb` [64, 64, 3]. */
  render(rgb: Uint8Array): void {
    const { layers, world, level, figure, coins, enemies } = this.skin
    const { clock, stomped } = this.game.state
    const camera = this.camera()
    for (const [i, layer] of layers.entries())
      drawLayer(rgb, layer, Math.round(camera.x * layer.factor), Math.round(camera.y * layer.factor), i === 0)
    drawWorld(rgb, world, camera.x, camera.y)
    const coin = coins[(clock >> 1) % coins.length]
    for (const cell of level.coins) {
      const x = (cell % level.columns) * level.tile - camera.x + ((level.tile - coin.width) >> 1)
      const y = Math.floor(cell / level.columns) * level.tile - camera.y + ((level.tile - coin.height) >> 1)
      drawSprite(rgb, coin, x, y)
    }
    for (const mover of level.movers) {
      if (stomped.has(mover)) continue
      const { x, y, facing, frame } = moverAt(mover, clock)
      const enemy = enemies[mover.kind % enemies.length]
      const pose = enemy.strides[(frame >> 2) & 1][facing > 0 ? 1 : 0]
      drawSprite(rgb, pose, x - camera.x + ((level.tile - enemy.width) >> 1), y - camera.y - enemy.height)
    }
    if (!figure) return
    const { x, y } = this.corner(figure)
    drawSprite(rgb, this.pose(figure), x, y)
  }

  private pose(figure: Figure): Raster {
    const { game } = this
    const side = game.facing > 0 ? 1 : 0
    if (!game.onGround) return figure.air[side]
    if (game.move % 3 === 1) return figure.stand[side]
    return figure.strides[(game.state.clock >> 1) & 1][side]
  }

  private corner({ width, height }: Figure): { x: number; y: number } {
    const { state, rules } = this.game
    const camera = this.camera()
    return { x: state.x - camera.x - ((width - rules.width) >> 1), y: state.y - camera.y - height }
  }

  /** The level's pixel at the screen's upper left corner. */
  private camera(): { x: number; y: number } {
    const { camera, focus, level, rules } = this.skin
    const { x, y } = this.game.state
    const bottom = level.rows * level.tile - SCREEN
    const along = x + (rules.width >> 1) - focus.x
    if (camera === 'still') return { x: 0, y: bottom }
    return { x: along, y: camera === 'along' ? bottom : Math.min(y - focus.y, bottom + 8) }
  }
}
