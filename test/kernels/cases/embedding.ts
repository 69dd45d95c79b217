// embedding, add_action and prepend_token: sums of two or three numbers, and which rows they come from.

import { addAction } from '../../../kernels/embedding/add_action.ts'
import { embedding } from '../../../kernels/embedding/embedding.ts'
import { prependToken } from '../../../kernels/embedding/prepend_token.ts'
import type { Gpu } from '../../../src/gpu/gpu.ts'
import { expectClose, expectEqual, TOLERANCE } from '../../helpers/compare.ts'
import type { Cases } from '../../helpers/kernel_tests.ts'
import { randomNumbers } from '../../helpers/random_model.ts'
import { floats, ints, runKernel } from '../../helpers/run_kernel.ts'
import * as reference from '../../reference/embedding.ts'

const CODES = 97
const ACTIONS = 5

interface Scene {
  blocks: number
  tokens: number
  width: number
  /** The action that led to each frame. */
  actions?: number[]
  guidancePasses?: number
}

async function embeddingHolds(gpu: Gpu, { blocks, tokens, width, actions, guidancePasses = 1 }: Scene) {
  const random = randomNumbers(1)
  const inputs = {
    tokens: ints([blocks * tokens], i => (i % 5 === 0 ? CODES : (31 * i) % CODES)),
    table: floats(gpu, [CODES + 1, width], random),
    position: floats(gpu, [tokens, width], random),
    actions: floats(gpu, [ACTIONS, width], random),
    // Frame number and seed come first and are not actions.
    frameInfo: ints([2 + blocks], [3, 4, ...(actions ?? new Array(blocks).fill(1))]),
  }
  const { x } = await runKernel(gpu, inputs, (p, t) => {
    const action = actions && { frameTable: t.actions, frameInfo: t.frameInfo, guidancePasses }
    return { x: embedding(p, t.tokens, t.table, t.position, action) }
  })
  const pass = (led?: number[]) =>
    reference.embedding(
      inputs.tokens.values,
      inputs.table.values,
      inputs.position.values,
      width,
      inputs.actions.values,
      led,
    )
  const expected = guidancePasses === 2 ? [...pass(actions), ...pass()] : pass(actions)
  expectClose('embedding', x, expected, TOLERANCE[gpu.precision])
}

async function addActionHolds(gpu: Gpu, tokens: number, width: number, codes: number[]) {
  const random = randomNumbers(1)
  const x = floats(gpu, [codes.length * tokens, width], random)
  const actions = floats(gpu, [ACTIONS, width], random)
  const got = await runKernel(gpu, { x, actions, codes: ints([codes.length], codes) }, (p, t) => {
    return { y: addAction(p, t.x, t.actions, t.codes, tokens) }
  })
  expectClose('y', got.y, reference.addAction(x.values, actions.values, codes, width), TOLERANCE[gpu.precision])
}

async function prependTokenHolds(gpu: Gpu, blocks: number, tokens: number, width: number) {
  const random = randomNumbers(1)
  const x = floats(gpu, [blocks * tokens, width], random)
  // In f32, but of numbers that f16 holds: a copy is exact.
  const token = floats(gpu, [width], i => i / 64 - 1, 'f32')
  const { y } = await runKernel(gpu, { x, token }, (p, t) => ({ y: prependToken(p, t.x, t.token, tokens) }))
  expectEqual('y', y, reference.prependToken(x.values, token.values, tokens))
}

export const embeddingCases: Cases = {
  'tokens, masked ones and positions, without actions': async gpu => {
    await embeddingHolds(gpu, { blocks: 3, tokens: 7, width: 50 })
    await embeddingHolds(gpu, { blocks: 1, tokens: 33, width: 70 })
  },
  'the action that led to a frame': gpu => embeddingHolds(gpu, { blocks: 1, tokens: 7, width: 12, actions: [3] }),
  'each frame of a chunk has its own': gpu =>
    embeddingHolds(gpu, { blocks: 4, tokens: 7, width: 10, actions: [4, 0, 2, 2] }),
  'a null action adds nothing': gpu => embeddingHolds(gpu, { blocks: 3, tokens: 7, width: 10, actions: [-1, 0, -1] }),
  'with two guidance passes the second has a null action': gpu =>
    embeddingHolds(gpu, { blocks: 1, tokens: 7, width: 10, actions: [3], guidancePasses: 2 }),
  'more rows than one dimension of a grid': gpu => embeddingHolds(gpu, { blocks: 5, tokens: 7001, width: 2 }),
}

export const addActionCases: Cases = {
  'each frame gets its action': async gpu => {
    await addActionHolds(gpu, 7, 50, [2, 0, 4])
    await addActionHolds(gpu, 33, 70, [1])
  },
  'more rows than one dimension of a grid': gpu => addActionHolds(gpu, 6554, 1, [4, 3, 2, 1, 0]),
}

export const prependTokenCases: Cases = {
  'one token before those of every frame': async gpu => {
    await prependTokenHolds(gpu, 3, 7, 50)
    await prependTokenHolds(gpu, 2, 1, 70)
  },
  'more rows than one dimension of a grid': gpu => prependTokenHolds(gpu, 2, 20000, 1),
}
