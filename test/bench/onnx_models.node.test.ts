// The ONNX models that the benchmark's peers run, in onnxruntime-web's WebAssembly: operations against the plain TypeScript
// references, the dynamics and the decoder against PyTorch's numbers in the golden bundles.

import { readFileSync } from 'node:fs'
import * as ort from 'onnxruntime-web'
import { expect, test } from 'vitest'
import { decoderModel, dynamicsModel, operationModels } from '../../bench/onnx_models.ts'
import { parseConfig } from '../../src/families/parse_config.ts'
import { toFloat32 } from '../../src/weights/floats.ts'
import { bytesSource, readSafetensors } from '../../src/weights/safetensors.ts'
import { expectClose, TOLERANCE } from '../helpers/compare.ts'
import { randomNumbers } from '../helpers/random_model.ts'
import { spatialAttention } from '../reference/attention.ts'
import { layerNorm } from '../reference/layer_norm.ts'
import { linear } from '../reference/linear.ts'

interface Values {
  values: Float32Array | Int32Array
  shape: number[]
}

ort.env.wasm.numThreads = 1

/** The one output of a model. */
async function run(
  model: Uint8Array,
  inputs: Record<string, Values>,
): Promise<{ values: Float32Array; dims: readonly number[] }> {
  const session = await ort.InferenceSession.create(model, { executionProviders: ['wasm'] })
  const tensors = Object.entries(inputs).map(([name, { values, shape }]) => [
    name,
    values instanceof Int32Array ? new ort.Tensor('int32', values, shape) : new ort.Tensor('float32', values, shape),
  ])
  const results = await session.run(Object.fromEntries(tensors))
  const { data, dims } = results[session.outputNames[0]!]!
  await session.release()
  return { values: data as Float32Array, dims }
}

const random = randomNumbers(3)
const floats = (...shape: number[]): Values & { values: Float32Array } => ({
  shape,
  values: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, random),
})
/** [in, out] as [out, in], as the reference takes a weight. */
const transposed = ({ values, shape: [rows, columns] }: Values) =>
  Float32Array.from(values, (_, i) => values[(i % rows!) * columns! + Math.floor(i / rows!)]!)

const operations = operationModels()

test('linear is x · w + b', async () => {
  const [x, w, b] = [floats(5, 7), floats(7, 3), floats(3)]
  const reference = linear(x.values, transposed(w), { rows: 5, inner: 7, outer: 3, bias: b.values })
  expectClose('linear', (await run(operations.linear, { x, w, b })).values, reference, TOLERANCE.f32)
})

test('layer_norm is LayerNorm over the width', async () => {
  const [x, w, b] = [floats(5, 7), floats(7), floats(7)]
  const reference = layerNorm(x.values, w.values, b.values)
  expectClose('layer_norm', (await run(operations.layer_norm, { x, w, b })).values, reference, TOLERANCE.f32)
})

test('attention is that of each head, of queries already divided by √d', async () => {
  const [tokens, d] = [5, 4]
  const [q, k, v] = [floats(1, tokens, d), floats(1, tokens, d), floats(1, tokens, d)]
  const scaled = { ...q, values: q.values.map(x => x / Math.sqrt(d)) }
  const reference = spatialAttention(q.values, k.values, v.values, { positions: tokens, heads: 1, headWidth: d })
  expectClose('attention', (await run(operations.attention, { q: scaled, k, v })).values, reference, TOLERANCE.f32)
})

for (const name of ['tiny', 'padded']) {
  const path = (file: string) => new URL(`../golden/${name}/${file}`, import.meta.url)
  const tensorsOf = async (file: string) => (await readSafetensors(bytesSource(file, readFileSync(path(file))))).tensors
  const config = parseConfig(readFileSync(path('config.json'), 'utf8'))
  const bundle = await tensorsOf('reference.safetensors')
  const ints = (tensor: string) => new Int32Array(bundle.get(tensor)!.data.slice().buffer)
  const reference = (tensor: string) => toFloat32(bundle.get(tensor)!, tensor)
  const [frames, S] = bundle.get('in.tokens')!.shape as [number, number]

  test(`the dynamics of golden ${name} gives PyTorch's logits`, async () => {
    const model = dynamicsModel(config, await tensorsOf('dynamics.safetensors'), frames)
    const tokens = { values: ints('in.tokens'), shape: [frames, S] }
    const actions = { values: Int32Array.of(-1, ...ints('in.actions')), shape: [frames] }
    const { values, dims } = await run(model, { tokens, actions })
    expect(dims).toEqual([frames, S, config.tokenizer.codes])
    expectClose('logits', values, reference('out.logits'), TOLERANCE.f32)
  })

  test(`the decoder of golden ${name} gives PyTorch's last frame`, async () => {
    const model = decoderModel(config, await tensorsOf('tokenizer.safetensors'), frames)
    const { values, dims } = await run(model, { tokens: { values: ints('out.codes'), shape: [frames, S] } })
    expect(dims).toEqual([config.frame.height, config.frame.width, 3])
    expectClose('pixels', values, reference('out.reconstruction').slice(-values.length), TOLERANCE.f32)
  })
}
