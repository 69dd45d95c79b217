// A folder of PNG and JPEG files as the picture source of skins. Pictures are decoded on first use and kept as thumbnails.
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { opaqueBounds, type Raster, resize } from '../../arcade/drawing/raster.ts'
import type { PictureSource } from '../../arcade/skins/picture_sampler.ts'
import { hash } from '../random.ts'
import { decodeImage, isPngFile } from './images.ts'

const SIDE = 128 // maximal width and height of a thumbnail, pixels
const MAX_PIXELS = 2_500_000 // larger PNG files are skipped, since they are slow to decode
const MIN_SIDE = 12 // pixels
const HELD_OUT = 16 // one file in this many is held out

export class PictureFolder implements PictureSource {
  private readonly known = new Map<number, Promise<Raster | undefined>>()

  private constructor(private readonly paths: readonly string[]) {}

  /**
   * The held-out pictures in a folder and its subfolders, or all others. A hash of the relative path decides which.
   * @throws Error in one sentence where there is none
   */
  static open(folder: string, heldOut: boolean): PictureFolder {
    const paths: string[] = []
    const walk = (directory: string) => {
      for (const entry of readdirSync(directory, { withFileTypes: true })) {
        const path = join(directory, entry.name)
        if (entry.isDirectory()) walk(path)
        else if (/\.(png|jpe?g)$/i.test(entry.name)) paths.push(path)
      }
    }
    try {
      walk(folder)
    } catch (error) {
      throw new Error(`${folder} cannot be read as a folder: ${(error as Error).message}`)
    }
    const wanted = paths.filter(path => isHeldOut(relative(folder, path)) === heldOut).sort()
    if (wanted.length === 0)
      throw new Error(`${folder} has no ${heldOut ? 'held-out ' : ''}pictures, expected PNG or JPEG files in it`)
    return new PictureFolder(wanted)
  }

  get count(): number {
    return this.paths.length
  }

  async picture(index: number): Promise<Raster | undefined> {
    if (!this.known.has(index)) this.known.set(index, readSmall(this.paths[index]!))
    return this.known.get(index)
  }
}

/** Depends on the path alone, so that adding a file does not change the split of the others. */
function isHeldOut(path: string): boolean {
  let state = 1
  for (const character of path.replaceAll('\\', '/')) state = hash(state, character.codePointAt(0)!)
  return state % HELD_OUT === 0
}

/** The thumbnail of a file, cropped to its opaque pixels. Undefined if it is unreadable, too large, too small or almost empty. */
async function readSmall(path: string): Promise<Raster | undefined> {
  const bytes = readFileSync(path)
  if (isPngFile(bytes) && bytes.length > 24 && bytes.readUInt32BE(16) * bytes.readUInt32BE(20) > MAX_PIXELS)
    return undefined
  let whole: Raster
  try {
    whole = await decodeImage(path, bytes, true)
  } catch {
    return undefined // one bad file among thousands
  }
  const box = opaqueBounds(whole)
  if (!box || Math.min(box.width, box.height) < MIN_SIDE) return undefined
  const scale = Math.min(1, SIDE / Math.max(box.width, box.height))
  const [width, height] = [box.width, box.height].map(side => Math.max(1, Math.round(side * scale))) as [number, number]
  const picture = resize(whole, width, height, box)
  let seen = 0
  for (let i = 3; i < picture.data.length; i += 4) if (picture.data[i]! > 127) seen++
  return Math.min(width, height) >= MIN_SIDE && seen > (width * height) / 12 ? picture : undefined
}
