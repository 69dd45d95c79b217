// Frames leave as GIFs and contact sheets whose pixels are the frames' own.
import { expect, test } from 'vitest'
import { encodeSheet } from '../../src/cli/contact_sheet.ts'
import { enlarge } from '../../src/cli/frames.ts'
import { encodeGif } from '../../src/cli/gif.ts'
import { decodeImage } from '../../src/cli/images.ts'

const frames = (count: number, height: number, width: number) => ({
  count,
  height,
  width,
  data: Uint8Array.from({ length: count * height * width * 3 }, (_, i) => (i * 37) % 251),
})

test('enlarging repeats pixels in both directions', () => {
  const { height, width, data } = enlarge(
    { count: 1, height: 1, width: 2, data: new Uint8Array([1, 2, 3, 4, 5, 6]) },
    2,
  )
  expect([height, width]).toEqual([2, 4])
  const line = [1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6]
  expect([...data]).toEqual([...line, ...line])
})

test('a contact sheet puts frames side by side, then below', async () => {
  const source = frames(3, 5, 7)
  const { width, height, data } = await decodeImage('sheet.png', await encodeSheet(source, 1, 2))
  expect([width, height]).toEqual([7 + 2 + 7, 5 + 2 + 5])
  const third = 4 * (5 + 2) * width
  const shown = data.slice(third, third + 28).filter((_, i) => i % 4 < 3)
  expect([...shown]).toEqual([...source.data.slice(2 * 105, 2 * 105 + 21)])
})

test('a GIF says its size, runs for ever, and shows each frame for a tenth of a second', () => {
  const gif = Buffer.from(encodeGif(frames(2, 5, 7), 10, 3))
  expect(gif.subarray(0, 6).toString('latin1')).toBe('GIF89a')
  expect([gif.readUInt16LE(6), gif.readUInt16LE(8)]).toEqual([21, 15])
  expect(gif.includes('NETSCAPE2.0')).toBe(true)
  const control = Buffer.from([0x21, 0xf9, 4, 0])
  const first = gif.indexOf(control)
  expect(gif.readUInt16LE(first + 4)).toBe(10)
  expect(gif.indexOf(control, first + 1)).toBeGreaterThan(first)
})

test('a GIF of a frame with more than 256 colours is written all the same', () => {
  const noise = {
    count: 1,
    height: 33,
    width: 33,
    data: Uint8Array.from({ length: 33 * 33 * 3 }, (_, i) => (i * i * 7919) % 256),
  }
  expect(encodeGif(noise, 10).length).toBeGreaterThan(800)
})
