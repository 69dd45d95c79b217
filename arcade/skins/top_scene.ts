// Scenes of the top view: a game with its skin and camera, rendered frame by frame.
import { Pcg } from '../../src/random.ts'
import type { PictureSource } from './picture_sampler.ts'
import { drawCoins, drawSprite, drawWorld, SCREEN } from './screen.ts'
import { enemyAt } from './side_game.ts'
import type { TopCharacter } from './top_characters.ts'
import { TopGame } from './top_game.ts'
import { createTopSkin, type TopSkin } from './top_skin.ts'

export class TopScene {
  readonly game: TopGame
  readonly hasCharacter = true

  private constructor(private readonly skin: TopSkin) {
    this.game = new TopGame(skin.level, skin.rules)
  }

  /** Creates the scene of a seed. `isSafe`: without enemies. */
  static async create(seed: number, source: PictureSource | undefined, isSafe: boolean): Promise<TopScene> {
    return new TopScene(await createTopSkin(new Pcg(seed), source, isSafe))
  }

  /** Walking speed, pixels per frame. */
  get pace(): number {
    return this.skin.rules.pace
  }

  /** The character's box on the screen, pixels. */
  get player(): [x: number, y: number, width: number, height: number] {
    const { width, height } = this.skin.character
    const { x, y } = this.corner()
    return [x, y, width, height]
  }

  /** Renders the current frame into `rgb` [64, 64, 3]. */
  render(rgb: Uint8Array): void {
    const { world, level, character, coins, enemySprites } = this.skin
    const { game } = this
    const { clock } = game.state
    const camera = this.camera()
    rgb.fill(0)
    drawWorld(rgb, world, camera.x, camera.y)
    drawCoins(rgb, coins[(clock >> 1) % coins.length], level, camera)
    for (const enemy of level.enemies) {
      const { x, y, facing, frame } = enemyAt(enemy, clock)
      const sprite: TopCharacter = enemySprites[enemy.kind % enemySprites.length]
      const direction = enemy.upright ? 3 : facing > 0 ? 0 : 2
      const pose = sprite.poses[direction][1 + ((frame >> 2) & 1)]
      drawSprite(rgb, pose, x - camera.x + ((level.tile - sprite.width) >> 1), y - camera.y - sprite.height)
    }
    const { x, y } = this.corner()
    drawSprite(rgb, character.poses[game.facing][game.move === 1 ? 0 : 1 + ((clock >> 1) & 1)], x, y)
  }

  private corner(): { x: number; y: number } {
    const { rules, character } = this.skin
    const { x, y } = this.game.state
    const camera = this.camera()
    return { x: x - camera.x - ((character.width - rules.width) >> 1), y: y - camera.y - character.height }
  }

  /** Position of the screen's upper left corner in the level. */
  private camera(): { x: number; y: number } {
    const { follows, rules, level } = this.skin
    const { x, y } = this.game.state
    const still = (level.columns * level.tile - SCREEN) >> 1
    if (!follows) return { x: still, y: still }
    return { x: x + (rules.width >> 1) - SCREEN / 2, y: y - (rules.height >> 1) - SCREEN / 2 }
  }
}
