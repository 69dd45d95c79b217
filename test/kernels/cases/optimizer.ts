// What follows the backward pass: gradient norms, clipping, AdamW, and dead codes.

import { adamw, optimizerSettings } from '../../../kernels/optimizer/adamw.ts'
import { resetDeadCodes } from '../../../kernels/vq/reset_dead_codes.ts'
import type { Gpu } from '../../../src/gpu/gpu.ts'
import type { Tensor } from '../../../src/gpu/tensor.ts'
import { expectClose, expectEqual, TOLERANCE } from '../../helpers/compare.ts'
import type { Cases } from '../../helpers/kernel_tests.ts'
import { randomNumbers } from '../../helpers/random_model.ts'
import { floats, type HostArray, ints, runKernel, words } from '../../helpers/run_kernel.ts'
import { pcg } from '../../reference/maskgit.ts'

const [RATE, DECAY, STEP] = [0.01, 0.3, 3]
/** Lengths, of which the last takes two partial sums, groups, and whether weight decay applies. */
const TENSORS = [
  { length: 35, group: 0, decays: true },
  { length: 300, group: 1, decays: false, slow: true },
  { length: 8200, group: 0, decays: false },
]
/** One group is far over its maximum, the other under. */
const MAX_NORMS = [1, 100]

/** Gradients up to ±scale, and what AdamW makes of them after two steps of moments. */
async function step(gpu: Gpu, scale: number, corrupt: (values: Float64Array) => void = () => undefined) {
  const inputs: Record<string, HostArray> = {}
  TENSORS.forEach(({ length }, i) => {
    const random = randomNumbers(i + 1)
    inputs[`parameter${i}`] = floats(gpu, [length], random)
    inputs[`gradient${i}`] = floats(gpu, [length], () => scale * random())
    inputs[`moments${i}`] = floats(gpu, [length, 2], () => 0.5 + 0.4 * random())
  })
  corrupt(inputs.gradient1!.values)
  const got = await runKernel(gpu, inputs, (p, t) => {
    const trained = TENSORS.map(({ group, decays, slow }, i) => ({
      tensor: t[`parameter${i}`]!,
      gradient: t[`gradient${i}`]!,
      moments: t[`moments${i}`]!,
      group,
      decays,
      slow,
    }))
    const { settings, norms, nonfiniteStep, partials } = adamw(p, trained, MAX_NORMS)
    gpu.write(settings, optimizerSettings(RATE, DECAY, STEP))
    const outputs: Record<string, Tensor> = { ...t, norms, nonfiniteStep, partials }
    return outputs
  })
  return { inputs, got }
}

export const adamwCases: Cases = {
  'three tensors in two groups, one clipped, one decaying': async gpu => {
    const { inputs, got } = await step(gpu, 2)
    const norms = MAX_NORMS.map((_, group) =>
      Math.sqrt(
        TENSORS.reduce(
          (sum, t, i) => (t.group === group ? inputs[`gradient${i}`]!.values.reduce((s, g) => s + g * g, sum) : sum),
          0,
        ),
      ),
    )
    expectClose('norms', got.norms!, norms, TOLERANCE.f32)
    expectEqual('nonfiniteStep', got.nonfiniteStep!, [0])
    TENSORS.forEach(({ group, decays, slow }, i) => {
      const scale = Math.min(1, MAX_NORMS[group]! / (norms[group]! + 1e-6))
      const [before, gradient, moments] = ['parameter', 'gradient', 'moments'].map(n => inputs[`${n}${i}`]!.values)
      const after = Array.from(before!, (p, at) => {
        const g = gradient![at]! * scale
        const m = 0.9 * moments![2 * at]! + 0.1 * g
        const v = 0.99 * moments![2 * at + 1]! + 0.01 * g * g
        return {
          m,
          v,
          p:
            p * (decays ? 1 - RATE * DECAY : 1) -
            ((slow ? 0.1 : 1) * RATE * (m / (1 - 0.9 ** STEP))) / (Math.sqrt(v / (1 - 0.99 ** STEP)) + 1e-8),
        }
      })
      expectClose(
        `parameter ${i}`,
        got[`parameter${i}`]!,
        after.map(a => a.p),
        TOLERANCE.f32,
      )
      expectClose(
        `moments ${i}`,
        got[`moments${i}`]!,
        after.flatMap(a => [a.m, a.v]),
        TOLERANCE.f32,
      )
    })
  },
  'a gradient that is not finite changes nothing, and its step and tensor are recorded': async gpu => {
    for (const bad of [Number.NaN, Number.NEGATIVE_INFINITY]) {
      const { inputs, got } = await step(gpu, 2, values => {
        values[299] = bad
      })
      for (const i of TENSORS.keys())
        for (const name of [`parameter${i}`, `moments${i}`]) expectEqual(name, got[name]!, inputs[name]!.values)
      expectEqual('nonfiniteStep', got.nonfiniteStep!, [STEP])
      expectEqual(
        'which are finite',
        Array.from(got.partials!, s => Number(Number.isFinite(s))),
        [1, 0, 1, 1],
      )
    }
  },
}

const [ROWS, WIDTH, CODES] = [9, 6, 67]

/** Codes 0 … 3 are chosen; each other has been unused for as many steps as its index. */
async function afterReset(gpu: Gpu, limit: number) {
  const inputs = {
    latents: floats(gpu, [ROWS, WIDTH], randomNumbers(1)),
    codes: ints([ROWS], i => i % 4),
    errors: floats(gpu, [ROWS], i => ((i * 5) % 9) / 10),
    settings: words([2], [limit, 77]),
    stepsUnused: words([CODES], i => i),
    codebook: floats(gpu, [CODES, WIDTH], randomNumbers(2)),
  }
  const got = await runKernel(gpu, inputs, (p, { latents, codes, errors, settings, stepsUnused, codebook }) => {
    resetDeadCodes(p, { latents, codes, errors }, { settings, stepsUnused, codebook })
    return { stepsUnused, codebook }
  })
  return { inputs, got }
}

export const resetDeadCodesCases: Cases = {
  'codes unused for more than 30 steps move to the farthest of 16 random latents': async gpu => {
    const { inputs, got } = await afterReset(gpu, 30)
    const expected = Array.from(inputs.codebook.values)
    const stepsUnused = Array.from({ length: CODES }, (_, k) => (k < 4 ? 0 : k + 1 > 30 ? 0 : k + 1))
    for (let k = 30; k < CODES; k++) {
      const drawn = Array.from({ length: 16 }, (_, i) => pcg((pcg((pcg(77) ^ k) >>> 0) ^ i) >>> 0) % ROWS)
      const farthest = drawn.reduce((best, row) =>
        inputs.errors.values[row]! > inputs.errors.values[best]! ? row : best,
      )
      for (let i = 0; i < WIDTH; i++) expected[k * WIDTH + i] = inputs.latents.values[farthest * WIDTH + i]!
    }
    expectEqual('stepsUnused', got.stepsUnused, stepsUnused)
    expectEqual('codebook', got.codebook, expected)
  },
  'with a limit of 0 no code moves': async gpu => {
    const { inputs, got } = await afterReset(gpu, 0)
    expectEqual(
      'stepsUnused',
      got.stepsUnused,
      Array.from({ length: CODES }, (_, k) => (k < 4 ? 0 : k + 1)),
    )
    expectEqual('codebook', got.codebook, inputs.codebook.values)
  },
  'a dead code of the second of 2 codebooks moves to a residual of the first': async gpu => {
    const [N, K] = [2, 40]
    const inputs = {
      latents: floats(gpu, [ROWS, WIDTH], randomNumbers(1)),
      codes: ints([ROWS, N], i => (i * 3) % 4),
      errors: floats(gpu, [ROWS, N], i => ((i * 5) % 18) / 10),
      settings: words([2], [30, 77]),
      stepsUnused: words([N * K], i => (i % K > 35 ? 99 : 0)),
      codebook: floats(gpu, [N * K, WIDTH], randomNumbers(2)),
    }
    const got = await runKernel(gpu, inputs, (p, { latents, codes, errors, settings, stepsUnused, codebook }) => {
      resetDeadCodes(p, { latents, codes, errors }, { settings, stepsUnused, codebook })
      return { stepsUnused, codebook }
    })
    const codebook = inputs.codebook.values
    const expected = Array.from(codebook)
    const isChosen = (n: number, k: number) => inputs.codes.values.some((code, i) => i % N === n && code === k)
    const stepsUnused = Array.from({ length: N * K }, (_, at) =>
      Number(at % K <= 35 && !isChosen(Math.floor(at / K), at % K)),
    )
    for (let at = 0; at < N * K; at++) {
      if (at % K <= 35) continue
      const n = Math.floor(at / K)
      const drawn = Array.from({ length: 16 }, (_, i) => pcg((pcg((pcg(77) ^ at) >>> 0) ^ i) >>> 0) % ROWS)
      const error = (row: number) => inputs.errors.values[row * N + n]!
      const farthest = drawn.reduce((best, row) => (error(row) > error(best) ? row : best))
      for (let i = 0; i < WIDTH; i++) {
        const first = n > 0 ? codebook[inputs.codes.values[farthest * N]! * WIDTH + i]! : 0
        expected[at * WIDTH + i] = inputs.latents.values[farthest * WIDTH + i]! - first
      }
    }
    expectEqual('stepsUnused', got.stepsUnused, stepsUnused)
    expectClose('codebook', got.codebook, expected, TOLERANCE.f32)
  },
}
