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
        pairInfo: ints([4], [10, 98, 5, 2]),
        schedule: words([5], () => 0),
        stepIndex: words([1], [0]),
        maskedCount: words([2], [0, 0]),
      }
      const got = await runKernel(gpu, inputs, (p, t) => ({
        pair: framePair(p, t, t.pairInfo, CODES),
        pairInfo: t.pairInfo,
      }))
      expectEqual('pair', got.pair, [...inputs.tokens.values, ...new Array(count).fill(CODES)])
      expectEqual('pairInfo', got.pairInfo, [11, 99, 2, 4])
    }
  },
}
