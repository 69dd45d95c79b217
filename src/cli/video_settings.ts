// The part of a video that a world is made of, its rate and its size: as options of the command line, and as config.json keeps it.

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Crop, cropOfSection } from '../media/crop.ts'
import { type Rectangle, rectangleOf } from '../media/video_survey.ts'
import { FormatError } from '../weights/format_error.ts'
import { type Arguments, UsageError } from './arguments.ts'
import { readConfig } from './model_files.ts'

interface FrameSize {
  width: number
  height: number
}

export interface VideoOptions {
  rate: number
  size: FrameSize
  crop?: Crop
}

/** --crop X,Y,W,H, if given. */
export function cropOf(args: Arguments): Rectangle | undefined {
  const text = args.text('crop')
  if (text === undefined) return undefined
  const numbers = text
    .match(/^(\d+),(\d+),(\d+),(\d+)$/)
    ?.slice(1)
    .map(Number)
  if (!numbers || numbers[2]! < 1 || numbers[3]! < 1)
    throw new UsageError(`--crop is ${text || 'empty'}, expected X,Y,W,H in pixels, such as 0,32,640,416`)
  return rectangleOf(numbers)
}

/** --size WxH, if given. */
export function sizeOf(args: Arguments): FrameSize | undefined {
  const text = args.text('size')
  if (text === undefined) return undefined
  const [width, height] =
    text
      .match(/^(\d+)[x×](\d+)$/)
      ?.slice(1)
      .map(Number) ?? []
  if (!width || !height || Math.max(width, height) > 1024)
    throw new UsageError(`--size is ${text || 'empty'}, expected WxH in pixels of 1 to 1024, such as 96x64`)
  return { width, height }
}

/** The stretches that --skip names. */
export function secondsOf(args: Arguments): [from: number, to: number][] {
  const text = args.text('skip')
  if (!text) return []
  return text.split(',').map(part => {
    const [from, to] =
      part
        .match(/^(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)$/)
        ?.slice(1)
        .map(Number) ?? []
    if (from === undefined || !(to! > from))
      throw new UsageError(`--skip is ${text}, expected stretches of seconds such as 0-12.5,60-75`)
    return [from, to!]
  })
}

/**
 * What a world's config.json says of the video that it was trained on.
 * @throws FormatError when its crop is not valid
 */
export async function videoSettingsOf(directory: string): Promise<VideoOptions> {
  const { frame } = await readConfig(directory)
  const path = join(directory, 'config.json')
  const { video } = JSON.parse(await readFile(path, 'utf8'))
  const settings = { rate: frame.rate, size: { width: frame.width, height: frame.height } }
  if (video?.crop === undefined) return settings
  const crop = cropOfSection(video)
  if (!crop)
    throw new FormatError(
      `${path}: video is ${JSON.stringify(video)}, expected {"crop": [x, y, width, height], "size": [width, height]} in pixels`,
    )
  return { ...settings, crop }
}
