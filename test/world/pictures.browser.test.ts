// Pictures that other readers get wrong have the same colours in a page as on the command line (test/cli/images.node.test.ts).

import { expect, test } from 'vitest'
import { toFrame } from '../../src/world/image.ts'

test.each(['rgbjpeg.jpg', 'rgb.jpg', 'pal2_adam7.png'])('%s is red', async name => {
  const picture = await (await fetch(`/test/inputs/${name}`)).blob()
  const [first] = await toFrame(picture, 64, 64)
  const bytes = new Uint8Array(Uint32Array.of(first!).buffer)
  for (const [i, value] of [220, 40, 40, 255].entries()) expect(Math.abs(bytes[i]! - value)).toBeLessThanOrEqual(2)
})
