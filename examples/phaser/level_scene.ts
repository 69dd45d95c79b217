// The level: the arcade's tiles and character, moved by Phaser's physics. It does not use Djinn.

import Phaser from 'phaser'
import { PLAYER } from '../../arcade/game/art.ts'
import { Cell, createLevel, ROWS, TILE } from '../../arcade/game/level.ts'
import { HEIGHT, LevelRenderer, WIDTH } from '../../arcade/game/render.ts'

const SEED = 2 // a meadow
const START_COLUMN = 22
const RUN = 40 // pixels per second
const JUMP = 108 // pixels per second

export class LevelScene extends Phaser.Scene {
  private readonly level = createLevel(SEED)
  private hero!: Phaser.Types.Physics.Arcade.SpriteWithDynamicBody
  private cursors!: Phaser.Types.Input.Keyboard.CursorKeys

  create(): void {
    const { columns, cells } = this.level
    this.textures.addCanvas('level', this.paintLevel())
    this.textures.addCanvas('hero', this.paintHero())
    this.add.image(0, 0, 'level').setOrigin(0)
    const ground = this.physics.add.staticGroup()
    for (let row = 0; row < ROWS; row++)
      for (let column = 0; column < columns; column++) {
        const cell = cells[row * columns + column]!
        if (cell < Cell.Ground || cell > Cell.Platform) continue
        const block = this.add.rectangle((column + 0.5) * TILE, (row + 0.5) * TILE, TILE, TILE)
        ground.add(block)
        if (cell === Cell.Platform) {
          const { checkCollision } = block.body as Phaser.Physics.Arcade.StaticBody
          checkCollision.down = checkCollision.left = checkCollision.right = false
        }
      }
    this.hero = this.physics.add.sprite((START_COLUMN + 0.5) * TILE, TILE, 'hero')
    this.hero.body.setSize(6, TILE)
    this.physics.add.collider(this.hero, ground)
    this.cameras.main.setRoundPixels(true)
    this.cursors = this.input.keyboard!.createCursorKeys()
  }

  override update(): void {
    const { left, right, up } = this.cursors
    const direction = Number(right.isDown) - Number(left.isDown)
    this.hero.setVelocityX(RUN * direction)
    if (direction !== 0) this.hero.setFlipX(direction < 0)
    if (up.isDown && this.hero.body.blocked.down) this.hero.setVelocityY(-JUMP)
    if (this.hero.y > HEIGHT + TILE) this.hero.setPosition((START_COLUMN + 0.5) * TILE, TILE)
    this.cameras.main.setScroll(Math.round(this.hero.x) - 28, 0)
  }

  /** The screen, after it is drawn next. */
  snapshot(): Promise<HTMLImageElement> {
    return new Promise(resolve => {
      this.game.renderer.snapshot(image => resolve(image as HTMLImageElement))
    })
  }

  private paintLevel(): HTMLCanvasElement {
    const canvas = document.createElement('canvas')
    Object.assign(canvas, { width: this.level.columns * TILE, height: HEIGHT })
    const context = canvas.getContext('2d')!
    const rgb = new Uint8Array(3 * WIDTH * HEIGHT)
    const renderer = new LevelRenderer(this.level)
    for (let x = 0; x < canvas.width; x += WIDTH) {
      renderer.render(x, [], rgb)
      const part = context.createImageData(WIDTH, HEIGHT)
      for (let i = 0; i < WIDTH * HEIGHT; i++) part.data.set([...rgb.subarray(3 * i, 3 * i + 3), 255], 4 * i)
      context.putImageData(part, x, 0)
    }
    return canvas
  }

  private paintHero(): HTMLCanvasElement {
    const canvas = document.createElement('canvas')
    canvas.width = canvas.height = TILE
    const context = canvas.getContext('2d')!
    for (const [i, ink] of [...PLAYER.stand].entries()) {
      if (ink === '.') continue
      context.fillStyle = `#${this.level.theme.inks[ink]!.toString(16).padStart(6, '0')}`
      context.fillRect(i % TILE, Math.floor(i / TILE), 1, 1)
    }
    return canvas
  }
}
