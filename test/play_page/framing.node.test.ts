// Where a picture goes in the frame.

import { expect, test } from 'vitest'
import { PLAIN, placement } from '../../src/play_page/framing.ts'

const WIDE = { width: 200, height: 100 }
const FRAME = { width: 64, height: 64 }

test.each([
  ['a crop fills the frame from the centre', {}, { x: -32, y: 0, width: 128, height: 64 }],
  ['moved to its left edge', { x: -1 }, { x: 0, y: 0, width: 128, height: 64 }],
  ['moved to its right edge', { x: 1 }, { x: -64, y: 0, width: 128, height: 64 }],
  ['whole, it has margins above and below', { isWhole: true }, { x: 0, y: 16, width: 64, height: 32 }],
  ['zoomed, it stays centred', { zoom: 2 }, { x: -96, y: -32, width: 256, height: 128 }],
])('%s', (_, framing, place) => {
  const { x, ...rest } = placement({ ...PLAIN, ...framing }, WIDE, FRAME)
  expect({ x: x + 0, ...rest, y: rest.y + 0 }).toEqual(place)
})
