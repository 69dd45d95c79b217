// The backward passes of the other operations, at odd shapes, compared with finite differences.

import { addAction } from '../../../kernels/embedding/add_action.ts'
import { dropFirstToken } from '../../../kernels/embedding/drop_first_token.ts'
import { embedding } from '../../../kernels/embedding/embedding.ts'
import { prependToken } from '../../../kernels/embedding/prepend_token.ts'
import { layerNorm } from '../../../kernels/layer_norm/layer_norm.ts'
import { linear } from '../../../kernels/linear/linear.ts'
import { concatRows } from '../../../kernels/rows/concat_rows.ts'
import { l2Normalize } from '../../../kernels/rows/l2_normalize.ts'
import { splitRows } from '../../../kernels/rows/split_rows.ts'
import { transpose } from '../../../kernels/rows/transpose.ts'
import { subtractCode } from '../../../kernels/vq/subtract_code.ts'
import type { Gpu } from '../../../src/gpu/gpu.ts'
import type { Tensor } from '../../../src/gpu/tensor.ts'
import { gradientsHold } from '../../helpers/gradients.ts'
import type { Cases } from '../../helpers/kernel_tests.ts'
import { randomNumbers } from '../../helpers/random_model.ts'
import { floats, type HostArray, ints, words } from '../../helpers/run_kernel.ts'
import * as codebooks from '../../reference/codebooks.ts'
import {
  addAction as addActionReference,
  embedding as embeddingReference,
  prependToken as prependTokenReference,
} from '../../reference/embedding.ts'
import { layerNorm as layerNormReference } from '../../reference/layer_norm.ts'
import { linear as linearReference } from '../../reference/linear.ts'

type Numbers = ArrayLike<number>

const of = (gpu: Gpu, seed: number, ...shape: number[]): HostArray => floats(gpu, shape, randomNumbers(seed))

/** x · W, with W [inner, outer] as the kernels have it. */
function times(
  x: Numbers,
  weight: Numbers,
  inner: number,
  options: { bias?: Numbers; gelu?: boolean; addend?: Numbers } = {},
) {
  const outer = weight.length / inner
  const transposed = Array.from(
    { length: weight.length },
    (_, i) => weight[(i % inner) * outer + Math.floor(i / inner)]!,
  )
  return linearReference(x, transposed, { rows: x.length / inner, inner, outer, ...options })
}

function linearHolds(
  gpu: Gpu,
  { rows, inner, outer, gelu }: { rows: number; inner: number; outer: number; gelu?: boolean },
) {
  return gradientsHold(gpu, {
    inputs: { x: of(gpu, 1, rows, inner), weight: of(gpu, 2, inner, outer), bias: of(gpu, 3, outer) },
    wanted: ['x', 'weight', 'bias'],
    record: (p, t) => linear(p, t.x!, t.weight!, { bias: t.bias, gelu }),
    reference: v => times(v.x!, v.weight!, inner, { bias: v.bias, gelu }),
  })
}

/** x goes into two layers: the gradient of the second is accumulated onto that of the first. */
function usedTwice(gpu: Gpu, inner: number, outer: number) {
  return gradientsHold(gpu, {
    inputs: { x: of(gpu, 1, 9, inner), a: of(gpu, 2, inner, outer), b: of(gpu, 3, inner, outer) },
    wanted: ['x', 'a', 'b'],
    record: (p, t) => linear(p, t.x!, t.a!, { addend: linear(p, t.x!, t.b!) }),
    reference: v => times(v.x!, v.a!, inner, { addend: times(v.x!, v.b!, inner) }),
  })
}

export const linearBackwardCases: Cases = {
  '33 rows, 12 → 36': gpu => linearHolds(gpu, { rows: 33, inner: 12, outer: 36 }),
  '65 rows, 36 → 68': gpu => linearHolds(gpu, { rows: 65, inner: 36, outer: 68 }),
  '1 row, 4 → 8': gpu => linearHolds(gpu, { rows: 1, inner: 4, outer: 8 }),
  '36 rows, 10 → 68': gpu => linearHolds(gpu, { rows: 36, inner: 10, outer: 68 }),
  '64 rows, 12 → 8': gpu => linearHolds(gpu, { rows: 64, inner: 12, outer: 8 }),
  '33 rows, 10 → 7': gpu => linearHolds(gpu, { rows: 33, inner: 10, outer: 7 }),
  'GELU, 12 → 36': gpu => linearHolds(gpu, { rows: 9, inner: 12, outer: 36, gelu: true }),
  'an input that goes into two layers, 12 → 8': gpu => usedTwice(gpu, 12, 8),
  'an input that goes into two layers, 5 → 7': gpu => usedTwice(gpu, 5, 7),
  'an addend, and one that repeats every 7 rows': async gpu => {
    for (const rows of [21, 7])
      await gradientsHold(gpu, {
        inputs: { x: of(gpu, 1, 21, 12), weight: of(gpu, 2, 12, 36), addend: of(gpu, 3, rows, 36) },
        wanted: ['addend', 'x'],
        record: (p, t) => linear(p, t.x!, t.weight!, { addend: t.addend }),
        reference: v => times(v.x!, v.weight!, 12, { addend: v.addend }),
      })
  },
  'a weight that goes into two layers is refused': async gpu => {
    const refused = gradientsHold(gpu, {
      inputs: { x: of(gpu, 1, 3, 4), weight: of(gpu, 2, 4, 4) },
      wanted: [],
      record: (p, t) => linear(p, linear(p, t.x!, t.weight!), t.weight!),
      reference: () => new Float64Array(12),
    }).catch(error => error)
    if (!/weight is used twice/.test(String(await refused))) throw new Error(`it was not refused: ${await refused}`)
  },
}

/** A layer norm that takes one row in 5. */
const strided = (width: number): Cases => ({
  [`one row in 5, of an x of width ${width} that continues past it`]: gpu =>
    gradientsHold(gpu, {
      inputs: {
        x: of(gpu, 1, 35, width),
        weight: of(gpu, 2, width),
        bias: of(gpu, 3, width),
        a: of(gpu, 4, width, 8),
        b: of(gpu, 5, width, 8),
      },
      wanted: ['x', 'weight', 'bias'],
      record: (p, t) => linear(p, t.x!, t.a!, { addend: linear(p, layerNorm(p, t.x!, t.weight!, t.bias!, 5), t.b!) }),
      reference: v => {
        const rows = v.x!.filter((_, i) => Math.floor(i / width) % 5 === 0)
        const normed = times(layerNormReference(rows, v.weight!, v.bias!), v.b!, width)
        return times(v.x!, v.a!, width, { addend: normed })
      },
    }),
  [`one row in 5, and nothing else of an x of width ${width}`]: gpu =>
    gradientsHold(gpu, {
      inputs: { x: of(gpu, 1, 35, width), weight: of(gpu, 2, width), bias: of(gpu, 3, width) },
      wanted: ['x'],
      record: (p, t) => layerNorm(p, t.x!, t.weight!, t.bias!, 5),
      reference: v =>
        layerNormReference(
          v.x!.filter((_, i) => Math.floor(i / width) % 5 === 0),
          v.weight!,
          v.bias!,
        ),
    }),
})

export const layerNormBackwardCases: Cases = {
  '7 rows of 50, and 33 of 129 and of 132': async gpu => {
    for (const [rows, width] of [
      [7, 50],
      [33, 129],
      [33, 132],
    ] as const)
      await gradientsHold(gpu, {
        inputs: { x: of(gpu, 1, rows, width), weight: of(gpu, 2, width), bias: of(gpu, 3, width) },
        wanted: ['x', 'weight', 'bias'],
        record: (p, t) => layerNorm(p, t.x!, t.weight!, t.bias!),
        reference: v => layerNormReference(v.x!, v.weight!, v.bias!),
      })
  },
  ...strided(12),
  ...strided(10),
}

export const embeddingBackwardCases: Cases = {
  'tokens, positions and the actions of 4 frames, one of them null, one twice': gpu =>
    gradientsHold(gpu, {
      inputs: {
        tokens: ints([4, 5], i => [3, 6, 0, 3, 3][i % 5]!),
        table: of(gpu, 1, 7, 70),
        position: of(gpu, 2, 5, 70),
        actions: of(gpu, 3, 3, 70),
        frameInfo: words([6], [0, 0, 2, 0xffffffff, 2, 0]),
      },
      wanted: ['table', 'position', 'actions'],
      record: (p, t) =>
        embedding(p, t.tokens!, t.table!, t.position!, {
          frameTable: t.actions!,
          frameInfo: t.frameInfo!,
          guidancePasses: 1,
        }),
      reference: v => embeddingReference(v.tokens!, v.table!, v.position!, 70, v.actions, [2, -1, 2, 0]),
    }),
  'rows of 3 codebooks added up, of masked positions the mask once, less rows of the first two': gpu => {
    const [S, D, N, K] = [5, 70, 3, 7]
    return gradientsHold(gpu, {
      inputs: {
        tokens: ints([3 * S, N], i => (Math.floor(i / N) % 4 === 0 ? K : (i * 5) % K)),
        known: ints([3 * S, N], i => (i * 3 + 1) % K),
        table: of(gpu, 1, N * K + 1, D),
        position: of(gpu, 2, S, D),
        weight: of(gpu, 3, D, 12),
        second: of(gpu, 4, D, 12),
      },
      wanted: ['table', 'position', 'weight', 'second'],
      record: (p, t) => {
        const x = embedding(p, t.tokens!, t.table!, t.position!, undefined, N)
        const left = subtractCode(p, x, t.table!, t.known!, { index: 0, count: N })
        const addend = linear(p, left, t.weight!)
        return linear(p, subtractCode(p, left, t.table!, t.known!, { index: 1, count: N }), t.second!, { addend })
      },
      reference: v => {
        const less = (x: Numbers, codebook: number) =>
          codebooks.subtractCode(x, v.table!, v.known!, D, { codebook, codebooks: N, K })
        const left = less(codebooks.embedding(v.tokens!, v.table!, v.position!, D, N), 0)
        return times(less(left, 1), v.second!, D, { addend: times(left, v.weight!, D) })
      },
    })
  },
  'an action for all tokens of its frame': gpu =>
    gradientsHold(gpu, {
      inputs: {
        x: of(gpu, 1, 15, 12),
        actions: of(gpu, 2, 4, 12),
        codes: ints([3], [1, 3, 1]),
      },
      wanted: ['x', 'actions'],
      record: (p, t) => addAction(p, t.x!, t.actions!, t.codes!, 5),
      reference: v => addActionReference(v.x!, v.actions!, v.codes!, 12),
    }),
}

export const rowsBackwardCases: Cases = {
  'one token before those of every frame': gpu =>
    gradientsHold(gpu, {
      inputs: { x: of(gpu, 1, 3 * 7, 10), token: of(gpu, 2, 10) },
      wanted: ['x', 'token'],
      record: (p, t) => prependToken(p, t.x!, t.token!, 7),
      reference: v => prependTokenReference(v.x!, v.token!, 7),
    }),
  'blocks of 5 without their first row': gpu =>
    gradientsHold(gpu, {
      inputs: { x: of(gpu, 1, 3 * 5, 70) },
      wanted: ['x'],
      record: (p, t) => dropFirstToken(p, t.x!, 4),
      reference: v => v.x!.filter((_, i) => Math.floor(i / 70) % 5 !== 0),
    }),
  'two tables as one': gpu =>
    gradientsHold(gpu, {
      inputs: { a: of(gpu, 1, 7, 10), b: of(gpu, 2, 10) },
      wanted: ['a', 'b'],
      record: (p, t) => concatRows(p, t.a!, t.b!),
      reference: v => [...v.a!, ...v.b!],
    }),
  'three parts of a matrix and of a vector, one part unused': gpu =>
    gradientsHold(gpu, {
      inputs: { x: of(gpu, 1, 9, 10), weights: of(gpu, 2, 21, 10), biases: of(gpu, 3, 21) },
      wanted: ['x', 'weights', 'biases'],
      record: (p, t) => {
        const [weights, biases] = [splitRows(p, t.weights!, 3), splitRows(p, t.biases!, 3)]
        const part = (n: number, addend?: Tensor) =>
          linear(p, t.x!, transpose(p, weights[n]!), { bias: biases[n], addend })
        return part(1, part(2))
      },
      reference: v => {
        const part = (n: number, addend?: Numbers) =>
          linearReference(v.x!, v.weights!.subarray(70 * n, 70 * (n + 1)), {
            ...{ rows: 9, inner: 10, outer: 7, addend },
            bias: v.biases!.subarray(7 * n, 7 * (n + 1)),
          })
        return part(1, part(2))
      },
    }),
  'unit rows of 10, of lengths from a hundredth to a hundred': gpu =>
    gradientsHold(gpu, {
      inputs: {
        x: floats(
          gpu,
          [67, 10],
          (
            random => i =>
              10 ** ((Math.floor(i / 10) % 5) - 2) * random()
          )(randomNumbers(1)),
        ),
      },
      wanted: ['x'],
      record: (p, t) => l2Normalize(p, t.x!),
      reference: v => unitRowsReference(v.x!, 10),
    }),
  'inner products with the rows of a table': gpu =>
    gradientsHold(gpu, {
      inputs: { x: of(gpu, 1, 9, 10), a: of(gpu, 2, 7, 10), b: of(gpu, 3, 10, 7) },
      wanted: ['x'],
      record: (p, t) => linear(p, t.x!, t.b!, { addend: linear(p, t.x!, transpose(p, t.a!)) }),
      reference: v => times(v.x!, v.b!, 10, { addend: linearReference(v.x!, v.a!, { rows: 9, inner: 10, outer: 7 }) }),
    }),
}

/** x [rows, width], each row over its length. */
export function unitRowsReference(x: Numbers, width: number): Float64Array {
  return Float64Array.from({ length: x.length }, (_, i) => {
    const from = Math.floor(i / width) * width
    let squares = 0
    for (let j = from; j < from + width; j++) squares += x[j]! ** 2
    return x[i]! / Math.max(Math.sqrt(squares), 1e-12)
  })
}
