// What the play page says limits its frames per second.

import { expect, test } from 'vitest'
import { frameLimit } from '../../src/play_page/frame_limit.ts'

const PLAYING = { isHidden: false, isWaiting: false, milliseconds: 20, rate: 10, isSoftwareAdapter: false }

test.each([
  [{}, /its own 10 frames per second/],
  [{ milliseconds: 100 }, /its own 10/],
  [{ milliseconds: 140 }, /^The graphics adapter limits it: 10 frames per second leave 100 ms/],
  [{ milliseconds: 140, isSoftwareAdapter: true }, /^The processor/],
  [{ milliseconds: undefined }, /first frame/],
  [{ milliseconds: 140, isWaiting: true }, /^Waiting for you/],
  [{ milliseconds: 140, isWaiting: true, isHidden: true }, /^The tab is hidden/],
])('%o', (change, sentence) => {
  expect(frameLimit({ ...PLAYING, ...change })).toMatch(sentence)
})
