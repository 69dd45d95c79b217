// Action codes: the steps without random numbers are held to PyTorch's (reference/action_codes_bundle.py), and the whole finds which way
// squares move.

import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { weightsOfBlocks } from '../../src/training/action_codes/action_codes.ts'
import { assignEvenly, centreErrors, choosePairs } from '../../src/training/action_codes/assignment.ts'
import { Operators } from '../../src/training/action_codes/operators.ts'
import { bytesSource, readSafetensors } from '../../src/weights/safetensors.ts'

const url = new URL('../golden/action_codes/steps.safetensors', import.meta.url)
const { tensors } = await readSafetensors(bytesSource('steps', await readFile(url)))
const floats = (name: string) => new Float32Array(tensors.get(name)!.data.slice().buffer)
const ints = (name: string) => new Int32Array(tensors.get(name)!.data.slice().buffer)
const [count, height, width] = tensors.get('in.before')!.shape as [number, number, number]
const [, blocks, perBlock] = tensors.get('in.rows')!.shape as [number, number, number]
const K = tensors.get('in.gains')!.shape[2]!

const operators = () => new Operators(K, 2, floats('in.weights'))
const pictures = (name: string) => ({ values: floats(name), count, height, width })
const pixels = { rows: ints('in.rows'), columns: ints('in.columns'), blocks, perBlock }
const look = operators().look(pictures('in.before'), pictures('in.after'), pixels)
const means = Float32Array.from({ length: count * K }, (_, i) => {
  const [n, k] = [Math.floor(i / K), i % K]
  let sum = 0
  for (let block = 0; block < blocks; block++) sum += look.errors[(n * blocks + block) * K + k]!
  return sum / blocks
})

/** Every number within a share of the largest. */
function expectClose(found: ArrayLike<number>, name: string, share = 1e-4) {
  const expected = floats(name)
  const largest = expected.reduce((most, v) => Math.max(most, Math.abs(v)), 0)
  const off = expected.reduce((worst, v, i) => Math.max(worst, Math.abs(v - found[i]!)), 0)
  expect(found).toHaveLength(expected.length)
  expect(off / largest, name).toBeLessThan(share)
}

test('the errors of operators', () => expectClose(look.errors, 'out.errors'))

test('errors centred by transition, and by operator within a clip', () =>
  expectClose(centreErrors(means, K, count / 2), 'out.centred'))

test('an even assignment', () => expect([...assignEvenly(means, K)]).toEqual([...ints('out.even')]))

test('pairs of operators, and the share of each block', () => {
  const { a, b, share } = choosePairs(look.errors, weightsOfBlocks(look, perBlock), count, K)
  expect([...a]).toEqual([...ints('out.a')])
  expect([...b]).toEqual([...ints('out.b')])
  expectClose(share, 'out.share')
})

test('operators after four updates and after eight, what they predict, and their moments', () => {
  const layer = operators()
  for (let update = 1; update <= 8; update++) {
    layer.learn(look, floats('in.gains'))
    if (update === 4) expectClose(layer.weights, 'out.weights.4')
  }
  expectClose(layer.weights, 'out.weights.8')
  expectClose(layer.apply(pictures('in.before'), ints('in.chosen')).values, 'out.predicted')
  expectClose(Array.from({ length: K }, (_, k) => layer.moment(k)).flat(), 'out.moments')
})
