// How many codes the tokenizer has, and what is said of them. Pictures are made here; no video is decoded.

import { expect, test } from 'vitest'
import type { GreyPicture } from '../../src/media/block_motion.ts'
import { proposeCodes, proposeForVideo, type RunOfFrames } from '../../src/media/video_proposal.ts'
import { Pcg } from '../../src/random.ts'

test('more different patches get more codes', () => {
  const size = { width: 80, height: 64 }
  const codesOf = (patches: number) => proposeCodes(size, patches).codes
  expect([0, 399, 400, 1499, 1500, 9000].map(codesOf)).toEqual([128, 128, 256, 256, 512, 512])
  expect(proposeCodes(size, 1700).reason).toBe(
    'tokens 80 per frame, of patches of 8×8 pixels; 512 codes: about 1700 different patches in the sample',
  )
})

test('a patch at the edge counts where the frame is no multiple of it', () => {
  expect(proposeCodes({ width: 50, height: 33 }, 1).reason).toMatch(/^tokens 35 per frame/)
})

test('another world that it starts from decides patch, codes and codebooks', () => {
  const given = { patch: 4, codes: 200, codebooks: 6 }
  expect(proposeCodes({ width: 64, height: 64 }, 9000, given)).toEqual({
    codes: 200,
    reason: 'tokens 1536 per frame, of patches of 4×4 pixels, 6 for each; 200 codes: as in the world it starts from',
  })
})

test('the codes follow from the patches of the frames as they are trained on', async () => {
  const proposalOf = (pixelOf: () => number) =>
    proposeForVideo(
      'a video',
      { width: 64, height: 48, rate: 10, seconds: 30 },
      { crop: { x: 0, y: 0, width: 64, height: 48 }, size: { width: 64, height: 48 }, rate: 10 },
      4096,
      async function* ({ height, width }: RunOfFrames): AsyncGenerator<GreyPicture> {
        for (let t = 0; t < 12; t++)
          yield { height, width, values: Uint8Array.from({ length: height * width }, pixelOf) }
      },
      () => undefined,
    )
  const plain = await proposalOf(() => 90)
  expect(plain.codes).toBe(128)
  expect(plain.reasons.at(-1)).toBe(
    'tokens 48 per frame, of patches of 8×8 pixels; 128 codes: about 1 different patches in the sample',
  )
  const random = new Pcg(7)
  // Runs of four equal values, so that the means of 4×4 pixels differ.
  let [left, value] = [0, 0]
  const coarse = await proposalOf(() => {
    if (left-- === 0) [left, value] = [3, random.below(256)]
    return value
  })
  expect(coarse.codes).toBe(512)
})
