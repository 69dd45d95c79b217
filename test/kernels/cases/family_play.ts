// The kernels of play that only other families than Djinn's own use: sampling, and windows of frames and actions.

import type { Decoding } from '../../../kernels/maskgit/decoding.ts'
import { sampleFrames } from '../../../kernels/maskgit/sample_frames.ts'
import { frameTokens } from '../../../kernels/window/frame_tokens.ts'
import { pushWindow } from '../../../kernels/window/push_window.ts'
import { windowActions } from '../../../kernels/window/window_actions.ts'
import { windowItem } from '../../../kernels/window/window_item.ts'
import type { Gpu } from '../../../src/gpu/gpu.ts'
import type { Tensor } from '../../../src/gpu/tensor.ts'
import { expectClose, expectEqual, TOLERANCE } from '../../helpers/compare.ts'
import type { Cases } from '../../helpers/kernel_tests.ts'
import { randomNumbers } from '../../helpers/random_model.ts'
import { floats, ints, runKernel, words } from '../../helpers/run_kernel.ts'
import { gumbel } from '../../reference/maskgit.ts'
import { expectTokens, HOPELESS, rounded, stepInputs } from './sample.ts'

async function sampleHolds(
  gpu: Gpu,
  confidenceOf: 'candidate' | 'largest',
  temperature: number,
  choiceNoise: number,
  patches: number,
) {
  const [count, codes, at] = [35, 97, { seed: 0xdeadbeef, frame: 17, step: 2 }]
  const random = randomNumbers(8)
  const logits = floats(gpu, [count, codes], () => 3 * random())
  const tokens = Array.from({ length: count }, (_, i) => (i % 5 === 3 ? i : codes))
  const asked = rounded({ temperature, choiceNoise, guidance: 1, maskedAfter: 0 })
  const inputs = { logits, tokens: ints([count], tokens), ...stepInputs(at, asked) }
  const got = await runKernel(gpu, inputs, (p, t) => ({
    ...sampleFrames(p, t.logits, t satisfies Record<keyof Decoding, Tensor>, patches, confidenceOf),
  }))
  const expected = tokens.map((token, i) => {
    if (token !== codes) return { token, confidence: 3.4e38 }
    const s = Array.from({ length: codes }, (_, k) => logits.values[i * codes + k]! / asked.temperature)
    const place = { ...at, frame: at.frame + Math.floor(i / patches) }
    const scores = s.map((v, k) => v + asked.choiceNoise * gumbel(place, i % patches, k))
    const drawn = scores.indexOf(Math.max(...scores))
    const probability = (of: number) => 1 / s.reduce((sum, v) => sum + Math.exp(v - of), 0)
    const confidence = confidenceOf === 'candidate' ? probability(s[drawn]!) : Math.log(probability(Math.max(...s)))
    return { token: drawn, confidence }
  })
  expectEqual(
    'candidates',
    got.candidates,
    expected.map(e => e.token),
  )
  expectClose(
    'confidence',
    got.confidence,
    expected.map(e => e.confidence),
    TOLERANCE.f32,
  )
}

export const sampleFramesCases: Cases = {
  'without noise the largest logit, and its probability at the temperature': gpu =>
    sampleHolds(gpu, 'candidate', 0.5, 0, 35),
  'with noise the probability of the candidate': gpu => sampleHolds(gpu, 'candidate', 0.7, 1, 35),
  'with noise the largest probability, whatever is drawn': gpu => sampleHolds(gpu, 'largest', 0.5, 1, 35),
  'positions of two frames have the noise of their own frame': gpu => sampleHolds(gpu, 'candidate', 0.7, 1, 18),
  'logits of NaN and infinity still draw a token in range': async gpu => {
    for (const value of HOPELESS)
      for (const [temperature, choiceNoise] of [
        [1, 0],
        [0.1, 1],
      ] as const) {
        const asked = { temperature, choiceNoise, guidance: 1, maskedAfter: 0 }
        const inputs = {
          logits: floats(gpu, [7, 97], () => value),
          tokens: ints([7], new Array(7).fill(97)),
          ...stepInputs({ seed: 1, frame: 0, step: 2 }, asked),
        }
        const got = await runKernel(gpu, inputs, (p, t) => ({
          ...sampleFrames(p, t.logits, t satisfies Record<keyof Decoding, Tensor>, 7, 'candidate'),
        }))
        expectTokens(got.candidates, 97)
      }
  },
}

async function pushed(
  gpu: Gpu,
  frame: number,
  options: { fill?: boolean; grow?: boolean; from?: number; items?: number },
) {
  const inputs = {
    window: words([3, 2], [1, 2, 3, 4, 5, 6]),
    newest: words([4], [7, 8, 9, 10]),
    frameInfo: words([1], [frame]),
  }
  const { window } = await runKernel(gpu, inputs, (p, t) => {
    pushWindow(p, t.window, t.newest, t.frameInfo, options)
    return { window: t.window }
  })
  return window
}

export const pushWindowCases: Cases = {
  'items move on by one, and the last is the newest': async gpu =>
    expectEqual('window', await pushed(gpu, 3, {}), [3, 4, 5, 6, 7, 8]),
  'the newest begins at a word of its tensor': async gpu =>
    expectEqual('window', await pushed(gpu, 0, { from: 2 }), [3, 4, 5, 6, 9, 10]),
  'frame 0 fills a window that is to be filled': async gpu => {
    expectEqual('window', await pushed(gpu, 0, { fill: true }), [7, 8, 7, 8, 7, 8])
    expectEqual('window', await pushed(gpu, 1, { fill: true }), [3, 4, 5, 6, 7, 8])
  },
  'a window that grows takes frame 1 as item 1, and shifts from frame 3 on': async gpu => {
    expectEqual('window', await pushed(gpu, 1, { grow: true }), [1, 2, 7, 8, 5, 6])
    expectEqual('window', await pushed(gpu, 2, { grow: true }), [1, 2, 3, 4, 7, 8])
    expectEqual('window', await pushed(gpu, 3, { grow: true }), [3, 4, 5, 6, 7, 8])
  },
  'a window of one item is replaced': async gpu =>
    expectEqual('window', await pushed(gpu, 1, { items: 2 }), [4, 5, 6, 7, 8, 9]),
}

async function actionsHold(gpu: Gpu, given: number[], newFrames: number, past: number[]) {
  const inputs = {
    given: ints([given.length], given),
    inferred: ints([given.length], i => 10 + i),
    past: ints([given.length], () => 99),
    future: ints([newFrames], () => 99),
  }
  const got = await runKernel(gpu, inputs, (p, t) => {
    windowActions(p, t.given, t.inferred, t.past, t.future)
    return { past: t.past, future: t.future }
  })
  expectEqual('past', got.past, past)
  expectEqual('future', got.future, new Array<number>(newFrames).fill(given.at(-1)!))
}

export const windowActionsCases: Cases = {
  'actions lead to the frame after them, the first frame has none': gpu => actionsHold(gpu, [4, 5, 6], 1, [-1, 4, 5]),
  'an action that was not given is the inferred one': gpu => actionsHold(gpu, [-1, -1, 6], 1, [-1, 11, 12]),
  'a context of one frame, and two new frames': gpu => actionsHold(gpu, [6], 2, [-1]),
}

async function frameTokensOf(gpu: Gpu, begins: boolean) {
  const inputs = { tokens: ints([9], [0, 1, 2, 3, 4, 5, 6, 7, 50]), actions: ints([3], [4, -1, 2]) }
  const sizes = { codes: 50, count: 5, begins }
  const { all } = await runKernel(gpu, inputs, (p, t) => ({ all: frameTokens(p, t.tokens, t.actions, sizes) }))
  return all
}

export const frameTokensCases: Cases = {
  'every frame after the token of its action': async gpu =>
    expectEqual('tokens', await frameTokensOf(gpu, false), [55, 0, 1, 2, 56, 3, 4, 5, 53, 6, 7, 50]),
  "a window's first frame has no action": async gpu =>
    expectEqual('tokens', await frameTokensOf(gpu, true), [56, 0, 1, 2, 56, 3, 4, 5, 53, 6, 7, 50]),
}

export const windowItemCases: Cases = {
  'the item of a frame while it fits, then the last': async gpu => {
    for (const [frame, expected] of [
      [0, [1, 2]],
      [1, [3, 4]],
      [2, [5, 6]],
      [9, [5, 6]],
    ] as const) {
      const inputs = {
        window: words([3, 2], [1, 2, 3, 4, 5, 6]),
        item: words([2], [99, 99]),
        frameInfo: words([1], [frame]),
      }
      const { item } = await runKernel(gpu, inputs, (p, t) => {
        windowItem(p, t.window, t.item, t.frameInfo)
        return { item: t.item }
      })
      expectEqual('item', item, expected)
    }
  },
}
