// The pictures a dream can start from: frames of the real game, made on the spot; drawings and painted photographs of our own;
// and whatever a person brings. Each is a canvas of any size: the world crops and resizes.

import { Game, HEIGHT, WIDTH } from '../../../arcade/game/game.ts'
import { STILLS, still } from '../../../arcade/game/stills.ts'
import { THEMES } from '../../../arcade/game/themes.ts'
import { RandomPolicy } from '../../../arcade/policies/random_policy.ts'
import { hash } from '../../random.ts'
import { drawRgb } from '../arcade_screen.ts'
import { landscapes } from './landscapes.ts'
import { drawings } from './sketches.ts'

export interface Picture {
  name: string
  kind: 'game' | 'drawing' | 'photo' | 'own'
  /** What there is to know of it besides its name. */
  note: string
  canvas: HTMLCanvasElement
  /** The real game at this picture, where it is one of it. */
  game?: () => Game
}

const MOST_PIXELS = 512 // along the longer side of a picture that somebody brings; a frame is far smaller
const LOOKS = 60 // seeds tried for a level in each theme

/** Chosen frames of the game, one in each theme. */
export function stillPictures(): Picture[] {
  return STILLS.map(({ theme, seed, heldOut, start }) =>
    gamePicture(theme, heldOut, still({ seed, heldOut, start }), () => new Game(seed, { heldOut, start })),
  )
}

/** Frames of levels that follow from a seed: one in each theme of training and two in themes never shown to the world. */
export function otherPictures(seed: number): Picture[] {
  const found = new Map<string, Picture>()
  for (let i = 0; i < LOOKS && found.size < THEMES.length; i++) {
    const picture = playedPicture(hash(seed, i), false)
    if (!found.has(picture.name)) found.set(picture.name, picture)
  }
  const inOrder = THEMES.flatMap(({ name }) => found.get(title(name)) ?? [])
  return [...inOrder, playedPicture(hash(seed, LOOKS), true), playedPicture(hash(seed, LOOKS + 1), true)]
}

function playedPicture(seed: number, heldOut: boolean): Picture {
  const begin = () => {
    const game = new Game(seed, { heldOut, start: 2 + (seed % 90) })
    const player = new RandomPolicy(hash(seed, 1))
    for (let t = 0; t < 12 || !game.onGround; t++) game.step(player.next(game))
    return game
  }
  const game = begin()
  const rgb = new Uint8Array(HEIGHT * WIDTH * 3)
  game.render(rgb)
  return gamePicture(game.level.theme.name, heldOut, rgb, begin)
}

/** @param rgb [64, 64, 3] */
function gamePicture(theme: string, heldOut: boolean, rgb: Uint8Array, game: () => Game): Picture {
  const note = heldOut
    ? 'The game, in colours the world was never shown'
    : 'A frame of the game the world was learned from'
  return { name: title(theme), kind: 'game', note, canvas: drawRgb(rgb), game }
}

/** What we drew and painted ourselves: a program did, stroke by stroke and ridge by ridge. */
export function ourPictures(): Picture[] {
  const drawn = 'Drawn by a program, as a hand would'
  const painted = 'Painted by a program in the manner of a photograph'
  return [
    ...drawings().map(({ name, canvas }): Picture => ({ name, kind: 'drawing', note: drawn, canvas })),
    ...landscapes().map(({ name, canvas }): Picture => ({ name, kind: 'photo', note: painted, canvas })),
  ]
}

/**
 * A picture from somebody's file.
 * @throws Error with one sentence when the browser cannot read it
 */
export async function filePicture(file: File): Promise<Picture> {
  const name = file.name || 'Pasted'
  const image = await createImageBitmap(file).catch(() => {
    throw new Error(`${name} is not a picture that this browser can read: try a PNG, JPEG or WebP.`)
  })
  const picture = ownPicture(name, image, image.width, image.height)
  image.close()
  return picture
}

/** A picture that somebody made or took, of a size in pixels. */
export function ownPicture(name: string, image: CanvasImageSource, width: number, height: number): Picture {
  const scale = Math.min(1, MOST_PIXELS / Math.max(width, height))
  const canvas = document.createElement('canvas')
  canvas.width = Math.ceil(width * scale)
  canvas.height = Math.ceil(height * scale)
  const context = canvas.getContext('2d')!
  context.imageSmoothingQuality = 'high'
  context.drawImage(image, 0, 0, canvas.width, canvas.height)
  return { name, kind: 'own', note: name, canvas }
}

function title(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1)
}
