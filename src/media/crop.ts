// The part of a video that a world is trained on, and the part of another video that corresponds to it.

import { numbersOf, type Rectangle, rectangleOf } from './video_survey.ts'

interface Size {
  width: number
  height: number
}

/** In pixels of the video. */
export interface Crop extends Rectangle {
  /** The size of that video, where it is known. */
  of?: Size
}

/** How far the shapes of two videos may differ, as a share, so that a part of one corresponds to a part of the other. */
const SHAPE_TOLERANCE = 0.01

/**
 * The part of a video that corresponds to a crop of another one, or of this one.
 * @param name of the video
 * @throws Error in one sentence where there is none
 */
export function correspondingCrop(crop: Crop, name: string, size: Size): Crop {
  const { x, y, width, height, of = size } = crop
  const [right, bottom] = [x + width, y + height]
  if (right > of.width || bottom > of.height)
    throw new Error(`the crop lies outside of ${name}, which is ${of.width}×${of.height}`)
  if (width === of.width && height === of.height) return { x, y, ...size, of: size }
  const scale = size.width / of.width
  if (Math.abs((of.height * scale) / size.height - 1) > SHAPE_TOLERANCE)
    throw new Error(
      `${name} is ${size.width}×${size.height}, and the crop ${numbersOf(crop).join()} is of a ${of.width}×${of.height} video: give the crop of this one`,
    )
  const at = (v: number) => Math.round(v * scale)
  const corner = { x: at(x), y: at(y) }
  return { ...corner, width: at(right) - corner.x, height: Math.min(at(bottom), size.height) - corner.y, of: size }
}

/** The section `video` of config.json. */
export interface VideoSection {
  crop: number[]
  size?: number[]
}

export const sectionOfCrop = (crop: Crop): VideoSection => ({
  crop: numbersOf(crop),
  ...(crop.of && { size: [crop.of.width, crop.of.height] }),
})

/** @returns undefined where the section is not valid */
export function cropOfSection({ crop, size }: Partial<VideoSection>): Crop | undefined {
  const areCounts = (values: unknown, count: number): values is number[] =>
    Array.isArray(values) && values.length === count && values.every(v => Number.isSafeInteger(v) && v >= 0)
  if (!areCounts(crop, 4) || crop[2]! < 1 || crop[3]! < 1) return undefined
  if (size === undefined) return rectangleOf(crop)
  if (!areCounts(size, 2) || size[0]! < 1 || size[1]! < 1) return undefined
  return { ...rectangleOf(crop), of: { width: size[0]!, height: size[1]! } }
}

/** The metadata of a clip file: `crop` as X,Y,W,H and `video_size` as W,H. */
export function metadataOfCrop(crop: Crop | undefined): Record<string, string> {
  if (!crop) return {}
  const { crop: numbers, size } = sectionOfCrop(crop)
  return { crop: numbers.join(), ...(size && { video_size: size.join() }) }
}

/** @returns undefined where the metadata names none, or no valid one */
export function cropOfMetadata({ crop, video_size }: Record<string, string>): Crop | undefined {
  const numbers = (text: string) => text.split(',').map(part => (/^\d+$/.test(part) ? Number(part) : NaN))
  return crop === undefined
    ? undefined
    : cropOfSection({ crop: numbers(crop), ...(video_size !== undefined && { size: numbers(video_size) }) })
}
