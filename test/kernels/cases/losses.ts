// Losses and vector quantisation: their values and gradients.

import { crossEntropy } from '../../../kernels/losses/cross_entropy.ts'
import { reconstructionLoss } from '../../../kernels/losses/reconstruction_loss.ts'
import { l2Normalize } from '../../../kernels/rows/l2_normalize.ts'
import { vqStraightThrough } from '../../../kernels/vq/vq_straight_through.ts'
import type { Gpu } from '../../../src/gpu/gpu.ts'
import type { Tensor } from '../../../src/gpu/tensor.ts'
import { expectClose, expectEqual, TOLERANCE } from '../../helpers/compare.ts'
import { gradientsHold } from '../../helpers/gradients.ts'
import type { Cases } from '../../helpers/kernel_tests.ts'
import { randomNumbers } from '../../helpers/random_model.ts'
import { floats, ints, runKernel, words } from '../../helpers/run_kernel.ts'
import { residualLookup } from '../../reference/codebooks.ts'
import { unpatchify } from '../../reference/patches.ts'
import { vqLookup } from '../../reference/vq_lookup.ts'
import { unitRowsReference } from './backward.ts'

type Numbers = ArrayLike<number>

const firstOfPairs = (weight: number) => (shares: ArrayLike<number>) =>
  Array.from(shares).reduce((sum, share, i) => sum + (i % 2 === 0 ? weight * share : 0), 0)

/** Frames of 7 × 10 in patches of 4 are padded on both sides. */
function pixelsHold(gpu: Gpu, height: number, width: number, patch: number, areLogits = true) {
  const random = randomNumbers(5)
  const count = 2
  const [down, across] = [Math.ceil(height / patch), Math.ceil(width / patch)]
  const S = down * across
  const inputs = {
    logits: floats(gpu, [count * S, 3 * patch * patch], () => (areLogits ? 3 * random() : 0.5 + 0.4 * random())),
    frames: words([count, height, width], () => Math.floor((random() + 1) * 2 ** 23)),
    weights: floats(gpu, [count, height, width], () => 1 + random()),
    lossWeights: floats(gpu, [3], [0, 7, 0]),
  }
  return gradientsHold(gpu, {
    inputs,
    wanted: ['logits'],
    record: (p, t) =>
      reconstructionLoss(p, t.logits!, {
        ...{ frames: t.frames!, weights: t.weights!, lossWeights: t.lossWeights! },
        ...{ patch, term: 1, areLogits },
      }),
    reference: v => {
      const logits = areLogits ? v.logits! : v.logits!.map(colour => -Math.log(1 / colour - 1))
      const reconstructed = unpatchify(logits, { count, height, width }, patch)
      const shares = new Float64Array(2 * count * S)
      reconstructed.forEach((value, i) => {
        const pixel = Math.floor(i / 3)
        const [f, y, x] = [Math.floor(pixel / (height * width)), Math.floor(pixel / width) % height, pixel % width]
        const row = f * S + Math.floor(y / patch) * across + Math.floor(x / patch)
        const error = (value - ((v.frames![pixel]! >> (8 * (i % 3))) & 255) / 255) ** 2 / reconstructed.length
        shares[2 * row]! += v.weights![pixel]! * error
        shares[2 * row + 1]! += error
      })
      return shares
    },
    loss: firstOfPairs(7),
  })
}

export const reconstructionLossCases: Cases = {
  'frames that patches fill': gpu => pixelsHold(gpu, 8, 12, 4),
  'frames that they do not fill': gpu => pixelsHold(gpu, 7, 10, 4),
  'colours, without a sigmoid': gpu => pixelsHold(gpu, 7, 10, 4, false),
}

export const crossEntropyCases: Cases = {
  '9 rows of 97, some without weight': gpu => {
    const random = randomNumbers(1)
    return gradientsHold(gpu, {
      inputs: {
        logits: floats(gpu, [9, 97], () => 20 * random()),
        targets: ints([9], i => (i * 31) % 97),
        weights: floats(gpu, [9], i => (i % 3 === 1 ? 0 : 0.1 * i + 0.1)),
        lossWeights: floats(gpu, [2], [0.5, 0]),
      },
      wanted: ['logits'],
      record: (p, t) =>
        crossEntropy(p, t.logits!, { targets: t.targets!, weights: t.weights!, lossWeights: t.lossWeights!, term: 0 }),
      reference: v =>
        Array.from(v.weights!).flatMap((weight, row) => {
          const logits = Array.from(v.logits!.subarray(row * 97, (row + 1) * 97))
          const largest = Math.max(...logits)
          const target = logits[v.targets![row]!]!
          const sum = logits.reduce((total, l) => total + Math.exp(l - largest), 0)
          return [weight * (largest + Math.log(sum) - target), target === largest ? weight : 0]
        }),
      loss: firstOfPairs(0.5),
    })
  },
  'targets of the second of 3 codebooks': gpu => {
    const random = randomNumbers(1)
    const [rows, K] = [5, 23]
    return gradientsHold(gpu, {
      inputs: {
        logits: floats(gpu, [rows, K], () => 3 * random()),
        targets: ints([rows, 3], i => (i * 7) % K),
        weights: floats(gpu, [rows], () => 1 / rows),
        lossWeights: floats(gpu, [1], [1]),
      },
      wanted: ['logits'],
      record: (p, t) => {
        const { targets, weights, lossWeights } = t as Record<string, Tensor> & Record<'targets', Tensor>
        const codebook = { index: 1, count: 3 }
        return crossEntropy(p, t.logits!, { targets, codebook, weights: weights!, lossWeights: lossWeights!, term: 0 })
      },
      reference: v =>
        Array.from({ length: rows }).flatMap((_, row) => {
          const logits = Array.from(v.logits!.subarray(row * K, (row + 1) * K))
          const target = logits[v.targets![3 * row + 1]!]!
          const nats = Math.log(logits.reduce((sum, l) => sum + Math.exp(l), 0)) - target
          return [nats / rows, target === Math.max(...logits) ? 1 / rows : 0]
        }),
      loss: firstOfPairs(1),
    })
  },
}

/** Latents and codes of various lengths, normalised; loss weights as in VQ_WEIGHTS. */
function quantisationHolds(gpu: Gpu, lossWeights: [number, number, number, number], forced: (row: number) => number) {
  const [rows, width, count] = [33, 6, 19]
  const inputs = {
    z: floats(gpu, [rows, width], randomNumbers(1)),
    codebook: floats(gpu, [count, width], randomNumbers(2)),
    targetCodes: ints([rows], forced),
    lossWeights: floats(gpu, [4], lossWeights),
  }
  const nearest = vqLookup(inputs.z.values, inputs.codebook.values, width)
  const codes = nearest.map((code, row) => (forced(row) < 0 ? code : forced(row)))
  const fixed = { n: unitRowsReference(inputs.z.values, width), e: unitRowsReference(inputs.codebook.values, width) }
  const [bypass, straightThrough, commitment, codebook] = lossWeights
  const codeOf = (e: Float64Array, at: number) => e[codes[Math.floor(at / width)]! * width + (at % width)]!
  return gradientsHold(gpu, {
    inputs,
    wanted: ['z', 'codebook'],
    record: (p, t) =>
      vqStraightThrough(p, l2Normalize(p, t.z!), l2Normalize(p, t.codebook!), t.targetCodes!, t.lossWeights!).y,
    reference: v => {
      const [n, e] = [unitRowsReference(v.z!, width), unitRowsReference(v.codebook!, width)]
      return n.map((value, at) => (bypass ? value : codeOf(e, at)))
    },
    surrogate: (v, dy) => {
      const [n, e] = [unitRowsReference(v.z!, width), unitRowsReference(v.codebook!, width)]
      let sum = 0
      n.forEach((value, at) => {
        sum += straightThrough * dy[at]! * value
        sum += (commitment * (value - codeOf(fixed.e, at)) ** 2 + codebook * (fixed.n[at]! - codeOf(e, at)) ** 2) / rows
      })
      return sum
    },
  })
}

export const vqStraightThroughCases: Cases = {
  'the nearest codes, straight through, with both code terms': gpu => quantisationHolds(gpu, [0, 1, 0.25, 1], () => -1),
  'forced codes, every third the nearest, and nothing straight through': gpu =>
    quantisationHolds(gpu, [0, 0, 2, 3], row => (row % 3 === 0 ? -1 : row % 19)),
  '3 codebooks, each pulled to the residuals of those before it': gpu => {
    const [rows, width, N, K] = [33, 6, 3, 7]
    const inputs = {
      z: floats(gpu, [rows, width], randomNumbers(1)),
      codebook: floats(gpu, [N * K, width], randomNumbers(2)),
      targetCodes: ints([rows, N], () => -1),
      lossWeights: floats(gpu, [4], [0, 0.5, 0.25, 3]),
    }
    const codes = residualLookup(inputs.z.values, inputs.codebook.values, width, N)
    const row = (codebook: Numbers, r: number, n: number, i: number) =>
      codebook[(n * K + codes[r * N + n]!) * width + i]!
    const sum = (codebook: Numbers, r: number, count: number, i: number) =>
      Array.from({ length: count }, (_, n) => row(codebook, r, n, i)).reduce((a, b) => a + b, 0)
    const fixed = { z: inputs.z.values, codebook: inputs.codebook.values }
    return gradientsHold(gpu, {
      inputs,
      wanted: ['z', 'codebook'],
      record: (p, t) => vqStraightThrough(p, t.z!, t.codebook!, t.targetCodes!, t.lossWeights!, N).y,
      reference: v => v.z!.map((_, at) => sum(v.codebook!, Math.floor(at / width), N, at % width)),
      surrogate: (v, dy) => {
        let total = 0
        v.z!.forEach((value, at) => {
          const [r, i] = [Math.floor(at / width), at % width]
          total += 0.5 * dy[at]! * value + (0.25 * (value - sum(fixed.codebook, r, N, i)) ** 2) / rows
          for (let n = 0; n < N; n++) {
            const left = fixed.z[at]! - sum(fixed.codebook, r, n, i)
            total += (3 * (left - row(v.codebook!, r, n, i)) ** 2) / rows
          }
        })
        return total
      },
    })
  },
  'the distance that is left after each of 3 codes': async gpu => {
    const [rows, width, N, K] = [9, 6, 3, 7]
    const inputs = {
      z: floats(gpu, [rows, width], randomNumbers(1)),
      codebook: floats(gpu, [N * K, width], randomNumbers(2)),
      targetCodes: ints([rows, N], () => -1),
      lossWeights: floats(gpu, [4], [0, 1, 1, 1]),
    }
    const { errors, codes } = await runKernel(gpu, inputs, (p, t) => {
      const { errors, codes } = vqStraightThrough(p, t.z, t.codebook, t.targetCodes, t.lossWeights, N)
      return { errors, codes }
    })
    const expected = residualLookup(inputs.z.values, inputs.codebook.values, width, N)
    expectEqual('codes', codes, expected)
    const left = Array.from({ length: rows * N }, (_, at) => {
      const [r, n] = [Math.floor(at / N), at % N]
      const channels = Array.from({ length: width }, (_, i) =>
        Array.from({ length: n + 1 }).reduce<number>(
          (v, _, m) => v - inputs.codebook.values[(m * K + expected[r * N + m]!) * width + i]!,
          inputs.z.values[r * width + i]!,
        ),
      )
      return channels.reduce((sum, v) => sum + v * v, 0) / rows
    })
    expectClose('errors', errors, left, TOLERANCE.f32)
  },
  'a plain autoencoder': gpu => quantisationHolds(gpu, [1, 1, 0, 0], () => -1),
}
