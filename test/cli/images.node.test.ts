// Any PNG or JPEG becomes an opaque frame of the right size; what is no picture is refused in one sentence.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { encode as encodePng } from 'fast-png'
import { encode as encodeJpeg } from 'jpeg-js'
import { describe, expect, test } from 'vitest'
import { orientation, upright } from '../../src/cli/exif_orientation.ts'
import { fitImage, readImage } from '../../src/cli/images.ts'
import { readPrompt } from '../../src/cli/prompts.ts'
import { scratch } from './run.ts'

const FOLDER = scratch()

function file(name: string, bytes: Uint8Array | string): string {
  const path = join(FOLDER, name)
  writeFileSync(path, bytes)
  return path
}

const pixels = async (path: string) => [...(await readImage(path)).data]

describe('PNG', () => {
  test('gray is spread over three channels', async () => {
    const png = encodePng({ width: 2, height: 1, data: new Uint8Array([0, 200]), channels: 1, depth: 8 })
    expect(await pixels(file('gray.png', png))).toEqual([0, 0, 0, 255, 200, 200, 200, 255])
  })

  test('gray of one bit, three pixels a row', async () => {
    const png = encodePng({
      width: 3,
      height: 2,
      data: new Uint8Array([0b10100000, 0b01000000]),
      channels: 1,
      depth: 1,
    })
    const gray = (await pixels(file('bits.png', png))).filter((_, i) => i % 4 === 0)
    expect(gray).toEqual([255, 0, 255, 0, 255, 0])
  })

  test('sixteen bits are rounded to eight', async () => {
    const png = encodePng({ width: 1, height: 1, data: new Uint16Array([65535, 257 * 7, 0]), channels: 3, depth: 16 })
    expect(await pixels(file('deep.png', png))).toEqual([255, 7, 0, 255])
  })

  test('a palette is looked up', async () => {
    const palette = [
      [10, 20, 30],
      [40, 50, 60],
    ]
    const png = encodePng({ width: 2, height: 1, data: new Uint8Array([1, 0]), channels: 1, depth: 8, palette })
    expect(await pixels(file('palette.png', png))).toEqual([40, 50, 60, 255, 10, 20, 30, 255])
  })

  test('what is see-through lies on white', async () => {
    const png = encodePng({
      width: 2,
      height: 1,
      data: new Uint8Array([100, 0, 0, 0, 0, 0, 0, 128]),
      channels: 4,
      depth: 8,
    })
    expect(await pixels(file('alpha.png', png))).toEqual([255, 255, 255, 255, 127, 127, 127, 255])
  })
})

test('JPEG', async () => {
  const data = new Uint8Array(16 * 16 * 4).fill(255)
  for (let i = 0; i < data.length; i += 4) data.set([200, 40, 40], i)
  const path = file('red.jpg', encodeJpeg({ width: 16, height: 16, data }, 95).data)
  const image = await readImage(path)
  expect([image.width, image.height]).toEqual([16, 16])
  expect(Math.abs(image.data[0] - 200)).toBeLessThan(6)
  expect(image.data[3]).toBe(255)
})

describe('a photo', () => {
  test('notes how it was held', () => {
    const notes = [0x49, 0x49, 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0]
    expect(orientation(new Uint8Array(notes))).toBe(6)
    expect(orientation(new Uint8Array([0, ...notes]))).toBe(6)
    expect(orientation(new Uint8Array(notes.slice(0, 15)))).toBe(1)
  })

  test.each([
    [1, 'abcdef', 3],
    [2, 'cbafed', 3],
    [3, 'fedcba', 3],
    [4, 'defabc', 3],
    [5, 'adbecf', 2],
    [6, 'daebfc', 2],
    [7, 'fcebda', 2],
    [8, 'cfbead', 2],
  ])('of orientation %i is turned upright', (turn, seen, width) => {
    const data = Uint8Array.from([...'abcdef'].flatMap(letter => Array(4).fill(letter.charCodeAt(0))))
    const image = upright({ width: 3, height: 2, data }, turn)
    expect([image.width, String.fromCharCode(...image.data.filter((_, i) => i % 4 === 0))]).toEqual([width, seen])
  })
})

describe('fitting', () => {
  const image = (width: number, height: number, gray: (x: number, y: number) => number) => ({
    width,
    height,
    data: Uint8Array.from({ length: width * height * 4 }, (_, i) =>
      i % 4 === 3 ? 255 : gray((i >> 2) % width, Math.floor((i >> 2) / width)),
    ),
  })
  const grays = (data: Uint8Array) => [...data.filter((_, i) => i % 4 === 0)]

  test('leaves a picture of the right size as it is', () => {
    const same = image(7, 5, (x, y) => 31 * x + 7 * y)
    expect(fitImage(same, 7, 5).data).toEqual(same.data)
  })

  test('gives back what was enlarged pixel by pixel', () => {
    const small = image(5, 5, (x, y) => 40 * x + y)
    expect(
      fitImage(
        image(35, 35, (x, y) => 40 * Math.floor(x / 7) + Math.floor(y / 7)),
        5,
        5,
      ).data,
    ).toEqual(small.data)
  })

  test('cuts about the centre', () => {
    expect(
      grays(
        fitImage(
          image(6, 2, x => (x < 2 || x > 3 ? 255 : 10)),
          2,
          2,
        ).data,
      ),
    ).toEqual([10, 10, 10, 10])
    expect(
      grays(
        fitImage(
          image(2, 6, (_, y) => (y < 2 || y > 3 ? 255 : 10)),
          2,
          2,
        ).data,
      ),
    ).toEqual([10, 10, 10, 10])
  })

  test('draws straight lines between the pixels of a small picture', () => {
    expect(
      grays(
        fitImage(
          image(2, 2, x => 100 * x),
          4,
          4,
        ).data,
      ).slice(0, 4),
    ).toEqual([0, 25, 75, 100])
  })

  test('averages areas that cut pixels', () => {
    expect(
      grays(
        fitImage(
          image(3, 3, x => [0, 90, 180][x]),
          2,
          2,
        ).data,
      ).slice(0, 2),
    ).toEqual([30, 150])
  })
})

describe('is refused in one sentence', () => {
  test.each([
    ['a missing file', '/none.png', '/none.png does not exist'],
    ['a text', () => file('text.png', 'hello'), /text.png is neither a PNG nor a JPEG picture$/],
    [
      'a PNG that is cut off',
      () => file('cut.png', encodePng({ width: 9, height: 9, data: new Uint8Array(81), channels: 1 }).slice(0, 50)),
      /cut.png is not a readable PNG picture: [^\n]+$/,
    ],
    [
      'a JPEG that is cut off',
      () => file('cut.jpg', new Uint8Array([0xff, 0xd8, 0xff, 0xc0, 0, 9])),
      /cut.jpg is not a readable JPEG picture: [^\n]+$/,
    ],
    ['a clip that is none', () => file('no.safetensors', 'hello'), /no.safetensors: /],
  ])('%s', async (_, path, sentence) => {
    await expect(readPrompt(typeof path === 'string' ? path : path(), 8, 8)).rejects.toThrow(sentence)
  })
})
