// frame_pair: the newest frame and a masked one as a chunk of two.

import { framePair } from '../../../kernels/maskgit/frame_pair.ts'
import { expectEqual } from '../../helpers/compare.ts'
import type { Cases } from '../../helpers/kernel_tests.ts'
import { ints, runKernel, words } from '../../helpers/run_kernel.ts'

const CODES = 97

export const framePairCases: Cases = {
  'the newest frame, then masks; the action into it is the last one of the pair before': async gpu => {
    for (const shape of [[35], [1], [65], [33, 3]]) {
      const count = shape.reduce((a, b) => a * b)
      const inputs = {
        tokens: ints(shape, i => (i * 7) % CODES),
        frameInfo: ints([3], [12, 99, 4]),
        pair: ints([2 * shape[0]!, ...shape.slice(1)], () => -1),
        info: ints([4], [10, 98, 5, 2]),
        schedule: words([5], () => 0),
        stepIndex: words([1], [3]),
        maskedCount: words([80], i => i + 5),
      }
      const got = await runKernel(gpu, inputs, (p, t) => {
        framePair(p, t, { tokens: t.pair, info: t.info }, CODES)
        return t
      })
      expectEqual('pair', got.pair, [...inputs.tokens.values, ...new Array(count).fill(CODES)])
      expectEqual('pair info', got.info, [11, 99, 2, 4])
      expectEqual('tokens', got.tokens, new Array(count).fill(CODES))
      expectEqual('stepIndex', got.stepIndex, [0])
      expectEqual('maskedCount', got.maskedCount, [shape[0]!, ...new Array(79).fill(0)])
    }
  },
}
