// Scenes of the side view: a game with its skin and camera, rendered frame by frame.

import { Pcg } from '../../src/random.ts'
import type { Raster } from '../drawing/raster.ts'
import type { Character } from './characters.ts'
import type { PictureSource } from './picture_sampler.ts'
import { drawCoins, drawLayer, drawSprite, drawWorld, SCREEN } from './screen.ts'
import { enemyAt, findSpawn, SideGame } from './side_game.ts'
import { createSideSkin, type SideSkin } from './side_skin.ts'

export class SideScene {
  readonly game: SideGame

  private constructor(private readonly skin: SideSkin) {
    const start = findSpawn(skin.level, skin.rules)
    if (!start) throw new RangeError('the level has no place to stand')
    this.game = new SideGame(skin.level, skin.rules, start)
  }

  /** Creates the scene of a seed. `isSafe`: without pits, spikes and enemies. Undefined if the level has no spawn point. */
  static async create(
    seed: number,
    source: PictureSource | undefined,
    isSafe: boolean,
  ): Promise<SideScene | undefined> {
    const skin = await createSideSkin(new Pcg(seed), source, isSafe)
    return findSpawn(skin.level, skin.rules) && new SideScene(skin)
  }

  /** Walking speed, pixels per frame. */
  get pace(): number {
    return this.skin.rules.pace
  }

  /** False in scenes where only the camera moves. */
  get hasCharacter(): boolean {
    return this.skin.character !== undefined
  }

  /** The character's box on the screen, pixels; all 0 without a character. */
  get player(): [x: number, y: number, width: number, height: number] {
    const { character } = this.skin
    if (!character) return [0, 0, 0, 0]
    const { x, y } = this.corner(character)
    return [x, y, character.width, character.height]
  }

  /** Renders the current frame into `rgb` [64, 64, 3]. */
  render(rgb: Uint8Array): void {
    const { layers, world, level, character, coins, enemySprites } = this.skin
    const { clock, stomped } = this.game.state
    const camera = this.camera()
    for (const [i, layer] of layers.entries())
      drawLayer(rgb, layer, Math.round(camera.x * layer.factor), Math.round(camera.y * layer.factor), i === 0)
    drawWorld(rgb, world, camera.x, camera.y)
    drawCoins(rgb, coins[(clock >> 1) % coins.length], level, camera)
    for (const enemy of level.enemies) {
      if (stomped.has(enemy)) continue
      const { x, y, facing, frame } = enemyAt(enemy, clock)
      const sprite = enemySprites[enemy.kind % enemySprites.length]
      const pose = sprite.strides[(frame >> 2) & 1][facing > 0 ? 1 : 0]
      drawSprite(rgb, pose, x - camera.x + ((level.tile - sprite.width) >> 1), y - camera.y - sprite.height)
    }
    if (!character) return
    const { x, y } = this.corner(character)
    drawSprite(rgb, this.pose(character), x, y)
  }

  private pose(character: Character): Raster {
    const { game } = this
    const side = game.facing > 0 ? 1 : 0
    if (!game.onGround) return character.air[side]
    if (game.move % 3 === 1) return character.stand[side]
    return character.strides[(game.state.clock >> 1) & 1][side]
  }

  private corner({ width, height }: Character): { x: number; y: number } {
    const { state, rules } = this.game
    const camera = this.camera()
    return { x: state.x - camera.x - ((width - rules.width) >> 1), y: state.y - camera.y - height }
  }

  /** Position of the screen's upper left corner in the level. */
  private camera(): { x: number; y: number } {
    const { camera, focus, level, rules } = this.skin
    const { x, y } = this.game.state
    const bottom = level.rows * level.tile - SCREEN
    const along = x + (rules.width >> 1) - focus.x
    if (camera === 'still') return { x: 0, y: bottom }
    return { x: along, y: camera === 'along' ? bottom : Math.min(y - focus.y, bottom + 8) }
  }
}
