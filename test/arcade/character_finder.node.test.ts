// The arcade's character is found where the game draws it, whole, once, in every palette and pose, and nowhere else.
import { describe, expect, test } from 'vitest'
import { playClip } from '../../arcade/clips.ts'
import { findCharacters } from '../../arcade/evaluation/character_finder.ts'
import { unitValues } from '../../src/evaluation/metrics.ts'
import { randomNumbers } from '../helpers/random_model.ts'

const [HEIGHT, WIDTH, SIZE] = [64, 64, 64 * 64 * 3]

/** Frames of the real game, each with where its player is. */
function realFrames(clips: number, heldOut: boolean, every: number) {
  return Array.from({ length: clips }, (_, i) => playClip(41, i, 48, heldOut)).flatMap(({ frames, player }) =>
    Array.from({ length: 48 }, (_, t) => t)
      .filter(t => t % every === 0)
      .map(t => ({
        picture: unitValues(frames.subarray(t * SIZE, (t + 1) * SIZE)),
        at: { x: player[4 * t]!, y: player[4 * t + 1]! },
      })),
  )
}

/** Copies a block of pixels within a picture, over whatever is there. */
function paste(picture: Float32Array, from: { x: number; y: number }, to: { x: number; y: number }, rows = 8): void {
  for (let y = 0; y < rows; y++)
    for (let x = 0; x < 8; x++)
      for (let c = 0; c < 3; c++)
        picture[3 * ((to.y + y) * WIDTH + to.x + x) + c] = picture[3 * ((from.y + y) * WIDTH + from.x + x) + c]!
}

/** Softer by half a pixel, and noisy: about as a tokenizer of 29 dB in the player's box draws. */
function blurred(picture: Float32Array): Float32Array {
  const random = randomNumbers(7)
  const at = (y: number, x: number, c: number) =>
    picture[3 * (Math.min(Math.max(y, 0), HEIGHT - 1) * WIDTH + Math.min(Math.max(x, 0), WIDTH - 1)) + c]!
  return picture.map((value, i) => {
    const [y, x, c] = [Math.floor(i / 3 / WIDTH), Math.floor(i / 3) % WIDTH, i % 3]
    const around = at(y - 1, x, c) + at(y + 1, x, c) + at(y, x - 1, c) + at(y, x + 1, c)
    return 0.8 * value + 0.05 * around + 0.04 * random()
  })
}

describe.each([
  ['the palettes of training', false, 18],
  ['held-out palettes', true, 6],
])('in %s', (_, heldOut, clips) => {
  test('exactly one is found, where the character is', () => {
    const frames = realFrames(clips, heldOut, 5)
    const right = frames.filter(({ picture, at }) => {
      const found = findCharacters(picture, HEIGHT, WIDTH)
      return found.length === 1 && found[0]!.x === at.x && found[0]!.y === at.y
    })
    expect(right.length / frames.length).toBeGreaterThanOrEqual(0.99)
  })
})

describe('of a frame that was tampered with', () => {
  const frames = realFrames(6, false, 16)
  /** Of the frames, tampered with, the share in which so many players are found. */
  const share = (count: number, tamper: (picture: Float32Array, at: { x: number; y: number }) => void) => {
    const found = frames.filter(({ picture, at }) => {
      const copy = picture.slice()
      tamper(copy, at)
      return findCharacters(copy, HEIGHT, WIDTH).length === count
    })
    return found.length / frames.length
  }
  /** The block of picture beside the player. */
  const beside = (at: { x: number; y: number }) => ({ x: at.x + 24, y: at.y })

  test('one is found where edges are soft and colours off', () => {
    expect(share(1, picture => picture.set(blurred(picture)))).toBe(1)
  })

  test('none is found where the character is painted over', () => {
    expect(share(0, (p, at) => paste(p, beside(at), at))).toBe(1)
  })

  test('none is found where the head, or all but the head, is missing', () => {
    expect(share(0, (p, at) => paste(p, beside(at), at, 4))).toBe(1)
    const trunk = (at: { x: number; y: number }) => ({ x: at.x, y: at.y + 5 })
    expect(share(0, (p, at) => paste(p, trunk(beside(at)), trunk(at), 3))).toBe(1)
  })

  test('two are found where there are two', () => {
    expect(share(2, (p, at) => paste(p, at, beside(at)))).toBe(1)
  })
})

test('none is found in a picture smaller than the character', () => {
  expect(findCharacters(new Float32Array(3 * 5 * 7), 5, 7)).toEqual([])
})
