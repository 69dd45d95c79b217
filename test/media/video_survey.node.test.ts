// What is found in a video: bars, motion, cuts, stillness. Pictures are made here; no video is decoded.

import { expect, test } from 'vitest'
import { blockMotions, type GreyPicture } from '../../src/media/block_motion.ts'
import { darkenOutside, tintStill } from '../../src/media/proposal_picture.ts'
import {
  CutFinder,
  clipStarts,
  clipsAt,
  goodRuns,
  isTooStill,
  longestStretches,
  stretchText,
} from '../../src/media/video_cuts.ts'
import { contentRectangle, proposeRate, proposeSize, typicalMotion } from '../../src/media/video_survey.ts'
import { Pcg } from '../../src/random.ts'

const random = new Pcg(3)
const TEXTURE = Uint8Array.from({ length: 400 * 400 }, () => random.below(256))
/** A view of the texture from a place, `height` by `width`. */
const view = (x: number, y: number, height = 64, width = 64): GreyPicture => ({
  height,
  width,
  values: Uint8Array.from(
    { length: height * width },
    (_, i) => TEXTURE[(y + Math.floor(i / width)) * 400 + x + (i % width)]!,
  ),
})
const flat = (value: number): GreyPicture => ({ height: 64, width: 64, values: new Uint8Array(64 * 64).fill(value) })

test('the motion of a scrolling view, block by block', () => {
  const { motions, changed } = blockMotions(view(100, 100), view(103, 98))
  expect(changed).toBe(64)
  // Blocks at the border have nowhere to come from.
  const inside = motions.filter(m => m.x === -3 && m.y === 2)
  expect(inside.length).toBeGreaterThanOrEqual(49)
})

test('black bars and a status bar are cut off, the rest stays', () => {
  const pictures = Array.from({ length: 40 }, (_, t) => {
    const picture = { ...flat(0), values: new Uint8Array(64 * 64) }
    const inner = view(10 + 5 * t, 50)
    for (let y = 0; y < 64; y++)
      for (let x = 8; x < 56; x++) picture.values[y * 64 + x] = y < 10 ? 90 : inner.values[y * 64 + x]!
    return picture
  })
  const { rectangle, reasons, stillShare } = contentRectangle(pictures)
  expect(rectangle).toEqual({ x: 8, y: 10, width: 48, height: 54 })
  expect(reasons).toEqual([
    expect.stringMatching(/^black bars: left 13 %, right 13 %$/),
    expect.stringMatching(/^bars that do not change: top 16 %$/),
  ])
  expect(stillShare).toBe(0)
})

test('a picture that changes everywhere, or nowhere, is kept whole', () => {
  const whole = { x: 0, y: 0, width: 64, height: 64 }
  const living = Array.from({ length: 20 }, (_, t) => view(7 * t, 20))
  expect(contentRectangle(living)).toMatchObject({ rectangle: whole, reasons: [] })
  expect(contentRectangle([flat(100), flat(100)])).toMatchObject({ rectangle: whole, reasons: [], stillShare: 1 })
})

test('the rate follows from the motion', () => {
  const run = Array.from({ length: 5 }, (_, t) => view(50 + 3 * t, 50))
  expect(typicalMotion([run])).toBe(3)
  expect(typicalMotion([[flat(9), flat(9)]])).toBe(0)
  expect(proposeRate(3, 10, 30).rate).toBe(10)
  expect(proposeRate(8, 10, 30).rate).toBe(16)
  expect(proposeRate(1, 10, 30).rate).toBe(4)
})

test('a video that repeats frames moves as far as the game does: 20 new frames of 60, sampled at 30', () => {
  const game = [0, 0, 1, 2, 2, 3, 4, 4, 5, 6, 6, 7].map(t => view(50 + 6 * t, 50))
  // Six pixels 20 times a second are four pixels 30 times a second.
  expect(typicalMotion([game])).toBeGreaterThanOrEqual(3)
  expect(typicalMotion([game])).toBeLessThanOrEqual(4.5)
  // A pause is no repetition: what moves after it moves as before.
  const pause = [0, 1, 1, 1, 1, 1, 1, 1, 2, 3].map(t => view(50 + 6 * t, 50))
  expect(typicalMotion([pause])).toBe(6)
})

test('the size has the shape of the rectangle, and says how much is cut', () => {
  const sizeOf = (width: number, height: number, area = 4096) => {
    const { reason, ...size } = proposeSize({ x: 0, y: 0, width, height }, 16, area)
    return `${size.width}x${size.height}${reason.match(/; (.*)$/)?.[0] ?? ''}`
  }
  expect(sizeOf(640, 640)).toBe('64x64')
  expect(sizeOf(640, 480)).toBe('64x48')
  expect(sizeOf(640, 480, 6400)).toBe('80x64; 6 % of its width is cut to fill it')
  expect(sizeOf(640, 360)).toBe('80x48; 6 % of its width is cut to fill it')
  expect(sizeOf(360, 640)).toBe('48x80; 6 % of its height is cut to fill it')
  expect(sizeOf(2560, 1080)).toBe('112x48; 2 % of its width is cut to fill it')
  expect(sizeOf(6000, 1000)).toBe('160x32; 17 % of its width is cut to fill it')
})

test('a small figure on a screen that never scrolls is no reason to cut the rest away', () => {
  const random = new Pcg(5)
  let [x, y] = [90, 60]
  const pictures = Array.from({ length: 288 }, (_, t) => {
    x = Math.min(180, Math.max(4, x + random.below(25) - 12))
    y = Math.min(130, Math.max(4, y + random.below(25) - 12))
    const picture = { height: 144, width: 192, values: new Uint8Array(144 * 192).fill(90) }
    const box = (left: number, top: number, w: number, h: number, value: number) => {
      for (let row = top; row < top + h; row++) picture.values.fill(value, row * 192 + left, row * 192 + left + w)
    }
    box(10, 4, 16, 8, t % 2 ? 200 : 60) // a score that blinks
    box(x, y, 6, 6, 220)
    return picture
  })
  const { rectangle } = contentRectangle(pictures)
  expect(rectangle).toEqual({ x: 0, y: 0, width: 192, height: 144 })
})

test('a figure of two by four pixels that walks is play, not stillness', () => {
  const finder = new CutFinder(10)
  const frames = Array.from({ length: 40 }, (_, t) => {
    const picture = view(20, 20)
    for (let row = 30; row < 34; row++) picture.values.fill(255, row * 64 + t, row * 64 + t + 2)
    return picture
  })
  expect(
    goodRuns(
      frames.map(frame => finder.add(frame)),
      10,
    ).runs,
  ).toEqual([[0, 40]])
})

test('cuts, blank pictures and long stillness end scenes', () => {
  const frames = [
    ...Array.from({ length: 10 }, (_, t) => view(10 + 2 * t, 10)), // scrolls
    ...Array.from({ length: 10 }, (_, t) => view(300 - 2 * t, 300)), // another scene
    flat(0),
    flat(2),
    ...Array.from({ length: 6 }, (_, t) => view(10 + 2 * t, 200)),
    ...Array.from({ length: 20 }, () => view(20, 200)), // a pause
    ...Array.from({ length: 5 }, (_, t) => view(22 + 2 * t, 200)),
  ]
  const finder = new CutFinder(5)
  const { runs, left } = goodRuns(
    frames.map(frame => finder.add(frame)),
    5,
  )
  // Of the pause, the first second stays.
  expect(runs).toEqual([
    [0, 10],
    [10, 20],
    [22, 33],
    [48, 53],
  ])
  expect(left).toEqual({ cut: 1, blank: 2, still: 15 })
})

test('what no clip has is listed by where and why, the longest of it in the order of the video', () => {
  const faults = Array.from({ length: 60 }, (_, t) =>
    t >= 10 && t < 14 ? 'blank' : t >= 30 && t < 50 ? 'still' : undefined,
  )
  const { starts, leftOut } = clipStarts(faults, 5, 8, t => t < 2)
  expect(starts).toEqual([2, 14, 22, 50])
  expect(leftOut.stretches).toEqual([
    { first: 0, end: 2, why: 'named' },
    { first: 10, end: 14, why: 'blank' },
    { first: 30, end: 50, why: 'still' },
    { first: 58, end: 60, why: 'short' },
  ])
  const listed = longestStretches(leftOut, 2).map(stretch => stretchText(stretch, 0.5))
  expect(listed).toEqual(['0:20.0 to 0:28.0, blank pictures', '1:00.0 to 1:40.0, nothing moved'])
  const inClips = starts.flatMap(start => Array.from({ length: 8 }, (_, i) => start + i))
  const out = leftOut.stretches.flatMap(({ first, end }) => Array.from({ length: end - first }, (_, i) => first + i))
  expect([...inClips, ...out].sort((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_, t) => t))
})

test('a proposal is drawn: dark where it is cut, tinted where nothing changes', () => {
  const size = { width: 4, height: 2 }
  const pixels = new Uint8Array(3 * 8).fill(100)
  // The right half never changes; the left quarter is cut.
  tintStill(pixels, 3, size, { width: 2, height: 1, values: Uint8Array.of(0, 1) })
  darkenOutside(pixels, size, { x: 10, y: 0, width: 30, height: 20 }, { width: 40, height: 20 })
  const row = [35, 35, 35, 100, 100, 100, 171, 131, 79, 171, 131, 79]
  expect([...pixels]).toEqual([...row, ...row])
})

test('a video without a clip is too still where stillness kept would give one', () => {
  const faultsOf = (frames: GreyPicture[]) => {
    const finder = new CutFinder(5)
    return frames.map(frame => finder.add(frame))
  }
  const still = faultsOf(Array.from({ length: 25 }, () => view(20, 200)))
  expect(clipStarts(still, 5, 12).starts).toEqual([])
  expect(isTooStill(still, 5, 12)).toBe(true)
  // Fifteen frames of it are left out by a person.
  expect(isTooStill(still, 5, 12, t => t < 15)).toBe(false)
  const blank = faultsOf(Array.from({ length: 25 }, () => flat(0)))
  expect(isTooStill(blank, 5, 12)).toBe(false)
})

test('motion that no shift explains is no cut, however suddenly it begins', () => {
  const noise = () => ({ ...flat(0), values: Uint8Array.from({ length: 64 * 64 }, () => 100 + random.below(40)) })
  const calm = noise()
  // Stillness, six frames of noise, stillness; then another scene.
  const frames = [
    calm,
    calm,
    calm,
    ...Array.from({ length: 6 }, noise),
    calm,
    calm,
    calm,
    ...[0, 1, 2].map(t => view(10 + t, 10)),
  ]
  const finder = new CutFinder(10)
  const { runs, left } = goodRuns(
    frames.map(frame => finder.add(frame)),
    10,
  )
  expect(runs).toEqual([
    [0, 12],
    [12, 15],
  ])
  expect(left.cut).toBe(1)
})

test('clips of a video that is read once more, and no frame after the last of them', async () => {
  let read = 0
  async function* video() {
    for (; read < 20; read++) yield Uint8Array.of(read, 100 + read)
  }
  const clips: unknown[] = []
  for await (const { start, frames } of clipsAt([2, 5, 11], 3, video())) clips.push([start, [...frames]])
  expect(clips).toEqual([2, 5, 11].map(t => [t, [t, 100 + t, t + 1, 101 + t, t + 2, 102 + t]]))
  expect(read).toBe(14)
})
