// The part of a video that corresponds to a crop of another one, and how a crop is kept.

import { expect, test } from 'vitest'
import {
  correspondingCrop,
  cropOfMetadata,
  cropOfSection,
  metadataOfCrop,
  sectionOfCrop,
} from '../../src/media/crop.ts'

const of = { width: 640, height: 480 }
const crop = { x: 0, y: 40, width: 640, height: 440, of }

test('a crop is scaled to a video of another size and the same shape', () => {
  expect(correspondingCrop(crop, 'a', of)).toEqual(crop)
  const large = { width: 1280, height: 960 }
  expect(correspondingCrop(crop, 'a', large)).toEqual({ x: 0, y: 80, width: 1280, height: 880, of: large })
  // A pixel of rounding does not lead outside.
  const odd = { width: 321, height: 240 }
  expect(correspondingCrop(crop, 'a', odd)).toEqual({ x: 0, y: 20, width: 321, height: 220, of: odd })
})

test('a whole picture corresponds to a whole picture of any shape', () => {
  const tall = { width: 90, height: 160 }
  expect(correspondingCrop({ x: 0, y: 0, ...of, of }, 'a', tall)).toEqual({ x: 0, y: 0, ...tall, of: tall })
})

test('a part of a video of another shape, or outside, is refused', () => {
  expect(() => correspondingCrop(crop, 'b.mp4', { width: 640, height: 360 })).toThrow(
    'b.mp4 is 640×360, and the crop 0,40,640,440 is of a 640×480 video: give the crop of this one',
  )
  const unknown = { x: 600, y: 0, width: 64, height: 64 }
  expect(() => correspondingCrop(unknown, 'b.mp4', of)).toThrow('the crop lies outside of b.mp4, which is 640×480')
  expect(correspondingCrop({ ...unknown, x: 576 }, 'b.mp4', of)).toMatchObject({ x: 576, of })
})

test('a crop is kept in config.json and in the metadata of clips; what is damaged is none', () => {
  expect(cropOfSection(sectionOfCrop(crop))).toEqual(crop)
  expect(cropOfMetadata(metadataOfCrop(crop))).toEqual(crop)
  expect(cropOfMetadata({ crop: '1,2,3,4' })).toEqual({ x: 1, y: 2, width: 3, height: 4 })
  expect(metadataOfCrop(undefined)).toEqual({})
  for (const crop of ['', '1,2,3', '1,2,0,4', '1,2,3,-4', '1,2,3,x']) expect(cropOfMetadata({ crop })).toBe(undefined)
  expect(cropOfMetadata({ crop: '1,2,3,4', video_size: '0,9' })).toBe(undefined)
  expect(cropOfSection({ crop: [1, 2, 3, 0.5] })).toBe(undefined)
})
