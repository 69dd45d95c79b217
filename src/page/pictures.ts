// The pictures a dream can start from: frames of the real game, made on the spot; drawings of our own; the prompts that
// come with the world; and whatever file a person brings. Each is a canvas of any size: the world crops and resizes.

import { Game, HEIGHT, WIDTH } from '../../arcade/game.ts'
import { RandomPlayer } from '../../arcade/policy.ts'
import { hash } from '../../arcade/random.ts'
import { STILLS, still } from '../../arcade/stills.ts'
import { THEMES } from '../../arcade/themes.ts'
import { drawings } from './drawings.ts'
import { paintValley } from './valley.ts'

export interface Picture {
  name: string
  kind: 'game' | 'drawing' | 'photo' | 'own'
  /** What there is to know of it besides its name. */
  note: string
  canvas: HTMLCanvasElement
}

const MOST_PIXELS = 512 // along the longer side of a picture that somebody brings; a frame is far smaller
const LOOKS = 60 // seeds tried for a level in each theme

const shipped = import.meta.glob<string>('../../weights/platformer/prompts/*.png', {
  query: '?url',
  import: 'default',
  eager: true,
})

/** Chosen frames of the game, one in each theme. */
export function stillPictures(): Picture[] {
  return STILLS.map(chosen => gamePicture(chosen.theme, chosen.heldOut, still(chosen)))
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
  const game = new Game(seed, { heldOut, start: 2 + (seed % 90) })
  const player = new RandomPlayer(hash(seed, 1))
  for (let t = 0; t < 12 || !game.onGround; t++) game.step(player.next(game))
  const rgb = new Uint8Array(HEIGHT * WIDTH * 3)
  game.render(rgb)
  return gamePicture(game.level.theme.name, heldOut, rgb)
}

/** @param rgb [64, 64, 3] */
function gamePicture(theme: string, heldOut: boolean, rgb: Uint8Array): Picture {
  const [canvas, context] = blankCanvas(WIDTH, HEIGHT)
  const image = context.createImageData(WIDTH, HEIGHT)
  for (let i = 0; i < WIDTH * HEIGHT; i++) image.data.set([rgb[3 * i]!, rgb[3 * i + 1]!, rgb[3 * i + 2]!, 255], 4 * i)
  context.putImageData(image, 0, 0)
  const note = heldOut
    ? 'The game, in colours the world was never shown'
    : 'A frame of the game the world was learned from'
  return { name: title(theme), kind: 'game', note, canvas }
}

/** What we drew ourselves. */
export function drawnPictures(): Picture[] {
  const note = 'Drawn by hand, more or less'
  return [
    ...drawings().map(({ name, canvas }): Picture => ({ name, kind: 'drawing', note, canvas })),
    { name: 'Valley', kind: 'photo', note: 'A painted landscape, far from any game', canvas: paintValley() },
  ]
}

/** The prompts that lie beside the shipped world's weights. */
export function shippedPictures(): Promise<Picture[]> {
  const files = Object.entries(shipped).map(async ([path, address]): Promise<Picture> => {
    const name = title(path.replace(/^.*\/(.*)\.png$/, '$1').replaceAll(/[-_]/g, ' '))
    const response = await fetch(address)
    if (!response.ok) throw new Error(`The prompt ${name} could not be fetched: ${response.status}.`)
    return {
      name,
      kind: 'game',
      note: 'A prompt that comes with the world',
      canvas: await decode(await response.blob()),
    }
  })
  return Promise.all(files)
}

/**
 * A picture from somebody's file.
 * @throws Error with one sentence when the browser cannot read it
 */
export async function ownPicture(file: File): Promise<Picture> {
  const name = file.name || 'Yours'
  const canvas = await decode(file).catch(() => {
    throw new Error(`${name} is not a picture that this browser can read: try a PNG, JPEG or WebP.`)
  })
  return { name, kind: 'own', note: name, canvas }
}

async function decode(file: Blob): Promise<HTMLCanvasElement> {
  const image = await createImageBitmap(file)
  const scale = Math.min(1, MOST_PIXELS / Math.max(image.width, image.height))
  const [canvas, context] = blankCanvas(Math.ceil(image.width * scale), Math.ceil(image.height * scale))
  context.imageSmoothingQuality = 'high'
  context.drawImage(image, 0, 0, canvas.width, canvas.height)
  image.close()
  return canvas
}

function blankCanvas(width: number, height: number): [HTMLCanvasElement, CanvasRenderingContext2D] {
  const canvas = document.createElement('canvas')
  canvas.width = width
  canvas.height = height
  return [canvas, canvas.getContext('2d')!]
}

function title(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1)
}
