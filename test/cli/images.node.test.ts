// Any PNG or JPEG becomes an opaque frame of the right size; what is not a picture is refused in one sentence.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { fitImage, readImage } from '../../src/cli/images.ts'
import { readPrompt } from '../../src/cli/prompts.ts'
import { exifOrientation, rawPng } from '../helpers/raw_png.ts'
import { ROOT, scratch } from './run.ts'

const FOLDER = scratch()
const INPUTS = join(ROOT, 'test/inputs')

function file(name: string, bytes: Uint8Array | string): string {
  const path = join(FOLDER, name)
  writeFileSync(path, bytes)
  return path
}

const pixels = async (path: string) => [...(await readImage(path)).data]

describe('PNG', () => {
  test('gray is spread over three channels', async () => {
    const png = rawPng({ width: 2, height: 1, depth: 8, colourType: 0, lines: [[0, 200]] })
    expect(await pixels(file('gray.png', png))).toEqual([0, 0, 0, 255, 200, 200, 200, 255])
  })

  test.each([
    [1, [[0b10100000], [0b01000000]], [255, 0, 255, 0, 255, 0]],
    [2, [[0b11011000], [0b00011000]], [255, 85, 170, 0, 85, 170]],
    [
      4,
      [
        [0xf0, 0x50],
        [0x05, 0xa0],
      ],
      [255, 0, 85, 0, 85, 170],
    ],
  ])('gray of %i bits, three pixels a row', async (depth, lines, grays) => {
    const png = rawPng({ width: 3, height: 2, depth, colourType: 0, lines })
    expect((await pixels(file('bits.png', png))).filter((_, i) => i % 4 === 0)).toEqual(grays)
  })

  test('sixteen bits are rounded to eight', async () => {
    const png = rawPng({ width: 1, height: 1, depth: 16, colourType: 2, lines: [[255, 255, 7, 7, 0, 0]] })
    expect(await pixels(file('deep.png', png))).toEqual([255, 7, 0, 255])
  })

  test('a palette is looked up', async () => {
    const chunks = { PLTE: [10, 20, 30, 40, 50, 60] }
    const png = rawPng({ width: 2, height: 1, depth: 8, colourType: 3, lines: [[1, 0]], chunks })
    expect(await pixels(file('palette.png', png))).toEqual([40, 50, 60, 255, 10, 20, 30, 255])
  })

  test('what is see-through lies on white: by alpha, and by a key colour', async () => {
    const png = rawPng({ width: 2, height: 1, depth: 8, colourType: 6, lines: [[100, 0, 0, 0, 0, 0, 0, 128]] })
    expect(await pixels(file('alpha.png', png))).toEqual([255, 255, 255, 255, 127, 127, 127, 255])
    const keyed = { width: 2, height: 1, depth: 8, colourType: 0, lines: [[9, 10]], chunks: { tRNS: [0, 9] } }
    expect(await pixels(file('key.png', rawPng(keyed)))).toEqual([255, 255, 255, 255, 10, 10, 10, 255])
  })

  test('interlaced, of 2 bits per pixel', async () => {
    const image = await readImage(join(INPUTS, 'pal2_adam7.png'))
    expect([image.width, image.height, ...image.data.subarray(0, 4)]).toEqual([64, 64, 220, 40, 40, 255])
  })
})

test('a JPEG stored as RGB has the colours of the same picture stored as YCbCr', async () => {
  const [rgb, ycbcr] = [await readImage(join(INPUTS, 'rgbjpeg.jpg')), await readImage(join(INPUTS, 'rgb.jpg'))]
  expect([rgb.width, rgb.height, ...rgb.data.subarray(0, 4)]).toEqual([64, 64, 220, 40, 40, 255])
  for (const [i, value] of rgb.data.entries()) expect(Math.abs(value - ycbcr.data[i])).toBeLessThanOrEqual(3)
})

describe('a photo of orientation', () => {
  const SEEN = [
    [1, 'abcdef', 3],
    [2, 'cbafed', 3],
    [3, 'fedcba', 3],
    [4, 'defabc', 3],
    [5, 'adbecf', 2],
    [6, 'daebfc', 2],
    [7, 'fcebda', 2],
    [8, 'cfbead', 2],
  ] as const
  const lines = ['abc', 'def'].map(line => [...line].map(letter => letter.charCodeAt(0)))

  test.each(SEEN)('%i is turned upright: PNG', async (turn, seen, width) => {
    const chunks = { eXIf: exifOrientation(turn) }
    const image = await readImage(
      file('turn.png', rawPng({ width: 3, height: 2, depth: 8, colourType: 0, lines, chunks })),
    )
    expect([image.width, String.fromCharCode(...image.data.filter((_, i) => i % 4 === 0))]).toEqual([width, seen])
  })

  test.each(SEEN)('%i is turned upright: JPEG', async (turn, seen, width) => {
    // Blocks of 8 × 8 pixels, so that compression keeps the letters apart.
    const raw = Buffer.from(
      lines.flatMap(line =>
        Array(8)
          .fill(line.flatMap(v => Array(8).fill(2 * (v - 95))))
          .flat(),
      ),
    )
    const jpeg = await sharp(raw, { raw: { width: 24, height: 16, channels: 1 } })
      .withMetadata({ orientation: turn })
      .jpeg({ quality: 100 })
      .toBuffer()
    const image = await readImage(file('turn.jpg', jpeg))
    const at = (x: number, y: number) => image.data[4 * ((8 * y + 4) * image.width + 8 * x + 4)]
    const read = [...seen].map((_, i) => Math.round(at(i % width, Math.floor(i / width)) / 2) + 95)
    expect([image.width / 8, String.fromCharCode(...read)]).toEqual([width, seen])
  })

  test('that is cut off in its notes is a picture all the same', async () => {
    const chunks = { eXIf: exifOrientation(6).slice(0, 15) }
    const image = await readImage(
      file('cut-notes.png', rawPng({ width: 3, height: 2, depth: 8, colourType: 0, lines, chunks })),
    )
    expect(image.width).toBe(3)
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
      () =>
        file(
          'cut.png',
          rawPng({ width: 9, height: 9, depth: 8, colourType: 0, lines: Array(9).fill(Array(9).fill(5)) }).slice(0, 50),
        ),
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
