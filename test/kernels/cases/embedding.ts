// embed, add_action and prepend_token: sums of two or three numbers, and which rows they come from.

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
  branches?: number
}

async function embedHolds(gpu: Gpu, { blocks, tokens, width, actions, branches = 1 }: Scene) {
  const random = randomNumbers(1)
  const inputs = {
    tokens: ints([blocks * tokens], i => (i % 5 === 0 ? CODES : (31 * i) % CODES)),
    table: floats(gpu, [CODES + 1, width], random),
    position: floats(gpu, [tokens, width], random),
    actions: floats(gpu, [ACTIONS, width], random),
    // Frame number and seed come first and are no actions.
    frameInfo: ints([2 + blocks], [3, 4, ...(actions ?? new Array(blocks).fill(1))]),
  }
  const { x } = await runKernel(gpu, inputs, (p, t) => {
    const action = actions && { actions: t.actions, frameInfo: t.frameInfo, branches }
    return { x: embedding(p, t.tokens, t.table, t.position, action) }
  })
  const branch = (led?: number[]) =>
    reference.embed(
      inputs.tokens.values,
      inputs.table.values,
      inputs.position.values,
      width,
      inputs.actions.values,
      led,
    )
  const expected = branches === 2 ? [...branch(actions), ...branch()] : branch(actions)
  expectClose('embedding', x, expected, TOLERANCE[gpu.precision])
}

async function addActionHolds(gpu: Gpu, tokens: number, width: number, codes: number[]) {
  const random = randomNumbers(1)
  const x = floats(gpu, [codes.length * tokens, width], random)
  const actions = floats(gpu, [ACTIONS, width], random)
  const got = await runKernel(gpu, { x, actions, codes: ints([codes.length], codes) }, (p, t) => {
    addAction(p, t.x, t.actions, t.codes, tokens)
    return { x: t.x }
  })
  expectClose('x', got.x, reference.addAction(x.values, actions.values, codes, width), TOLERANCE[gpu.precision])
}

async function prependTokenHolds(gpu: Gpu, blocks: number, tokens: number, width: number) {
  const random = randomNumbers(1)
  const x = floats(gpu, [blocks * tokens, width], random)
  // In f32, but of numbers that f16 holds: a copy is exact.
  const token = floats(gpu, [width], i => i / 64 - 1, 'f32')
  const { y } = await runKernel(gpu, { x, token }, (p, t) => ({ y: prependToken(p, t.x, t.token, tokens) }))
  expectEqual('y', y, reference.prependToken(x.values, token.values, tokens))
}

export const embedCases: Cases = {
  'tokens, masked ones and positions, without actions': async gpu => {
    await embedHolds(gpu, { blocks: 3, tokens: 7, width: 50 })
    await embedHolds(gpu, { blocks: 1, tokens: 33, width: 70 })
  },
  'the action that led to a frame': gpu => embedHolds(gpu, { blocks: 1, tokens: 7, width: 12, actions: [3] }),
  'each frame of a chunk has its own': gpu =>
    embedHolds(gpu, { blocks: 4, tokens: 7, width: 10, actions: [4, 0, 2, 2] }),
  'a null action adds nothing': gpu => embedHolds(gpu, { blocks: 3, tokens: 7, width: 10, actions: [-1, 0, -1] }),
  'of two branches the second has a null action': gpu =>
    embedHolds(gpu, { blocks: 1, tokens: 7, width: 10, actions: [3], branches: 2 }),
  'more rows than one dimension of a grid': gpu => embedHolds(gpu, { blocks: 5, tokens: 7001, width: 2 }),
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
