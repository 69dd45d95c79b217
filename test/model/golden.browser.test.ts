// The engine compared with an independent implementation: every bundle of test/golden holds, and one that is wrong
// does not.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseConfig } from '../../src/families/parse_config.ts'
import { Gpu } from '../../src/gpu/gpu.ts'
import { CodeComparison, type ComparisonRow, FloatComparison } from '../../src/validation/comparison.ts'
import { validate } from '../../src/validation/validate.ts'
import { bytesSource, hostTensor, joined, readSafetensors, writeSafetensors } from '../../src/weights/safetensors.ts'
import { fetchFiles, opener } from '../helpers/fetch_files.ts'
import { type Half, mapWeights, narrowed, rewritten, widened } from '../helpers/half_precision.ts'
import { type Files, randomNumbers } from '../helpers/random_model.ts'

const OUTPUTS = ['codes', 'reconstruction', 'actions', 'prediction', 'logits', 'tokens'].map(name => `out.${name}`)
const WEIGHTS = ['tokenizer.safetensors', 'latent_action.safetensors', 'dynamics.safetensors']

let device: GPUDevice
beforeAll(async () => {
  device = (await Gpu.create()).device
})
afterAll(() => device.destroy())

const load = (name: string) => fetchFiles(`/test/golden/${name}`, ['config.json', 'reference.safetensors', ...WEIGHTS])

async function judge(files: Files, bundle = files['reference.safetensors']!): Promise<ComparisonRow[]> {
  const config = parseConfig(new TextDecoder().decode(files['config.json']))
  const gpu = await Gpu.create({ device, precision: 'f32' })
  try {
    return await validate(gpu, config, opener(files), bytesSource('reference.safetensors', bundle))
  } finally {
    gpu.dispose()
  }
}

/** A bundle with only some of its tensors, and these changed. */
async function part(
  bundle: Uint8Array,
  names: string[],
  change: (name: string, data: Uint8Array) => void = () => undefined,
): Promise<Uint8Array> {
  const { tensors, metadata } = await readSafetensors(bytesSource('bundle', bundle))
  for (const name of names) change(name, tensors.get(name)!.data)
  return joined(writeSafetensors(Object.fromEntries(names.map(name => [name, tensors.get(name)!])), metadata))
}

// vit and c-vivit are variants: vit has latent actions of tokens, c-vivit of pixels. codebooks has three codes per position, and an encoder of
// patches alone.
test.each(['tiny', 'padded', 'vit', 'c-vivit', 'codebooks'])(
  'golden bundle %s: every output holds, no code differs',
  async name => {
    const rows = await judge(await load(name))
    expect(rows.map(r => [r.output, r.holds, r.differing ?? 0])).toEqual(OUTPUTS.map(output => [output, true, 0]))
    for (const { output, worst } of rows) if (worst !== undefined) expect(worst, output).toBeLessThan(5e-5)
  },
)

test.each([
  ['tiny', 'threshold', 128],
  ['codebooks', 'threshold', 144],
  ['codebooks', 'greedy', 144],
])('%s: a roll-out %s holds: with a threshold frames end early at the same tokens', async (name, play, count) => {
  const file = `${play}.safetensors`
  const { [file]: bundle, ...files } = await fetchFiles(`/test/golden/${name}`, [file, 'config.json', ...WEIGHTS])
  expect(await judge(files, bundle)).toEqual([{ output: 'out.tokens', count, differing: 0, excused: 0, holds: true }])
})

describe.each(['tiny', 'padded'])('golden bundle %s', name => {
  test.each<Half>(['F16', 'BF16'])('%s files give what the same values in F32 files give', async type => {
    const { 'reference.safetensors': bundle, ...files } = await load(name)
    const halves = await mapWeights(files, file => narrowed(file, type))
    const [fromHalves, fromWords] = [
      await judge(halves, bundle),
      await judge(await mapWeights(halves, widened), bundle),
    ]
    // Both err against the reference's 32-bit weights, by what rounding did to them: by the same, to the last bit.
    expect(fromHalves).toEqual(fromWords)
    const logits = fromHalves.find(r => r.output === 'out.logits')!
    expect(logits.worst).toBeGreaterThan(1e-4)
    expect(logits.worst).toBeLessThan(type === 'F16' ? 0.02 : 0.2)
  })
})

describe('a wrong model fails', () => {
  test.each([
    ['tiny', 'tokenizer.safetensors', 'encoder.blocks.1.ffn.out.weight', ['out.codes']],
    ['tiny', 'tokenizer.safetensors', 'decoder.blocks.0.temporal.bias', ['out.reconstruction']],
    ['tiny', 'latent_action.safetensors', 'encoder.action_token', ['out.actions']],
    ['tiny', 'latent_action.safetensors', 'decoder.action.weight', ['out.prediction']],
    ['tiny', 'dynamics.safetensors', 'blocks.0.spatial.q_norm.weight', ['out.logits']],
    ['tiny', 'dynamics.safetensors', 'head.bias', ['out.logits', 'out.tokens']],
    ['vit', 'tokenizer.safetensors', 'encoder.blocks.0.spatial.qkv.weight', ['out.codes']],
    ['vit', 'latent_action.safetensors', 'encoder.token.weight', ['out.actions']],
    ['vit', 'latent_action.safetensors', 'decoder.token.weight', ['out.prediction']],
    ['codebooks', 'tokenizer.safetensors', 'codebook', ['out.codes', 'out.reconstruction']],
    ['codebooks', 'tokenizer.safetensors', 'encoder.blocks.1.ffn.in.bias', ['out.codes']],
    ['codebooks', 'dynamics.safetensors', 'token.weight', ['out.logits', 'out.tokens']],
    ['c-vivit', 'tokenizer.safetensors', 'encoder.blocks.0.full.qkv.weight', ['out.codes']],
    ['c-vivit', 'tokenizer.safetensors', 'decoder.blocks.1.full.bias', ['out.reconstruction']],
  ])('%s/%s: %s', async (model, file, tensor, fails) => {
    const random = randomNumbers(3)
    const files = await load(model)
    files[file] = await rewritten(files[file]!, (values, shape, name) => {
      return hostTensor(name === tensor ? values.map(v => v + random()) : values, shape)
    })
    const failed = (await judge(files)).filter(r => !r.holds).map(r => r.output)
    expect(failed).toEqual(expect.arrayContaining(fails))
  })

  test('one weight of one matrix, off by a fiftieth', async () => {
    const files = await load('tiny')
    files['dynamics.safetensors'] = await rewritten(files['dynamics.safetensors']!, (values, shape, name) => {
      if (name === 'blocks.1.ffn.in.weight') values[77]! += 0.02
      return hostTensor(values, shape)
    })
    const logits = (await judge(files, await logitsOnly(files))).find(r => r.output === 'out.logits')!
    expect(logits.holds).toBe(false)
    expect(logits.worst).toBeLessThan(0.1)
  })
})

const logitsOnly = (files: Files) => part(files['reference.safetensors']!, ['in.tokens', 'in.actions', 'out.logits'])

describe('a bundle', () => {
  test('with some outputs needs only their components', async () => {
    const files = await load('tiny')
    const { 'latent_action.safetensors': _, 'tokenizer.safetensors': __, ...rest } = files
    expect((await judge(rest, await logitsOnly(files))).map(r => [r.output, r.holds])).toEqual([['out.logits', true]])
    await expect(judge(rest)).rejects.toThrow('tokenizer.safetensors does not exist')
  })

  test('with actions of tokens holds by its codes, or where it has none by those of the tokenizer', async () => {
    const { 'dynamics.safetensors': _, 'tokenizer.safetensors': tokenizer, ...files } = await load('vit')
    const names = ['in.frames', 'out.actions', 'out.prediction']
    const whole = files['reference.safetensors']!
    const expected = [
      ['out.actions', true],
      ['out.prediction', true],
    ]
    const encoded = await judge({ ...files, 'tokenizer.safetensors': tokenizer! }, await part(whole, names))
    expect(encoded.map(r => [r.output, r.holds])).toEqual(expected)
    await expect(judge(files, await part(whole, names))).rejects.toThrow('tokenizer.safetensors does not exist')
  })

  test('with one wrong token fails, and says how many', async () => {
    const files = await load('padded')
    const wrong = await part(files['reference.safetensors']!, ['in.prompt', 'in.play', 'out.tokens'], (name, data) => {
      if (name !== 'out.tokens') return
      const tokens = new Int32Array(data.buffer)
      tokens[tokens.length - 1] = (tokens.at(-1)! + 1) % 96
    })
    expect(await judge(files, wrong)).toMatchObject([{ output: 'out.tokens', differing: 1, excused: 0, holds: false }])
  })

  test('with a wrong code fails, because it is no tie within the tolerance', async () => {
    const files = await load('padded')
    const wrong = await part(files['reference.safetensors']!, ['in.frames', 'out.codes'], (name, data) => {
      const codes = new Int32Array(data.buffer)
      if (name === 'out.codes') codes[3] = (codes[3]! + 1) % 96
    })
    expect(await judge(files, wrong)).toMatchObject([{ output: 'out.codes', differing: 1, excused: 0, holds: false }])
  })

  test.each([
    ['lacks an input', ['out.codes'], 'in.frames is missing: other tensors of the bundle require it'],
    ['has no output', ['in.frames'], 'holds none of the outputs of docs/model.md §7'],
  ])('that %s is an error', async (_, names, sentence) => {
    const files = await load('tiny')
    const bundle = await part(files['reference.safetensors']!, names)
    await expect(judge(files, bundle)).rejects.toThrow(`reference.safetensors: ${sentence}`)
  })
})

test('a wrong code of a codebook fails, and those after it are judged by the codes that were expected', async () => {
  const files = await load('codebooks')
  const wrong = await part(files['reference.safetensors']!, ['in.frames', 'out.codes'], (name, data) => {
    const codes = new Int32Array(data.buffer)
    if (name === 'out.codes') codes[3 * 7 + 1] = (codes[3 * 7 + 1]! + 1) % 23
  })
  const [row] = await judge(files, wrong)
  expect(row).toMatchObject({ holds: false })
  expect(row!.differing! - row!.excused!).toBeGreaterThan(0)
})

describe('the comparison', () => {
  const compare = (reference: number[], ours: number[]) => {
    const errors = new FloatComparison('out', 'f32')
    errors.add(Float32Array.from(reference), Float32Array.from(ours))
    return errors.row()
  }

  test('allows 1e-4 + 5e-4·|reference|, and no more', () => {
    expect(compare([0, 2], [0.99e-4, 2.00109])).toMatchObject({ holds: true, count: 2 })
    expect(compare([0, 2], [1.02e-4, 2])).toMatchObject({ holds: false })
    expect(compare([0, 2], [0, 2.00112])).toMatchObject({ holds: false })
  })

  test('fails on NaN and infinity, and shows them as the largest error', () => {
    expect(compare([0, 1, 0], [0, Number.NaN, 0])).toMatchObject({ holds: false, worst: Number.NaN })
    expect(compare([0], [Number.POSITIVE_INFINITY])).toMatchObject({ holds: false, worst: Number.POSITIVE_INFINITY })
  })

  test('fails on a bundle with NaN', () => {
    expect(compare([Number.NaN], [0]).holds).toBe(false)
    expect(compare([Number.NaN], [Number.NaN]).holds).toBe(false)
  })

  // Codes of two channels: 0 along x, 1 nearly so, 2 along y.
  const codes = (reference: number, ours: number, latent: number[]) => {
    const near = 1e-3
    const codebook = Float32Array.of(1, 0, Math.cos(near), Math.sin(near), 0, 1)
    const tie = new CodeComparison('out', codebook, 2, 'f32')
    tie.add(Int32Array.of(reference), Int32Array.of(ours), Float32Array.from(latent))
    return tie.row()
  }

  test('counts a code as a tie if its product is as good, whatever the length of the latent', () => {
    expect(codes(1, 0, [70, 0])).toMatchObject({ differing: 1, excused: 1, holds: true })
    expect(codes(2, 0, [70, 0])).toMatchObject({ differing: 1, excused: 0, holds: false })
    expect(codes(0, 0, [70, 0])).toMatchObject({ differing: 0, excused: 0, holds: true })
  })

  test('counts no tie where the latent is NaN, or the codebook lacks the code', () => {
    expect(codes(1, 0, [Number.NaN, 0]).holds).toBe(false)
    expect(codes(3, 0, [1, 0]).holds).toBe(false)
    expect(codes(-1, 0, [1, 0]).holds).toBe(false)
  })
})
