// djinn convert: checkpoints of tinyworlds and jasmine to a model's directory, and what does not fit.

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, test } from 'vitest'
import { CheckpointError } from '../../src/families/checkpoint_error.ts'
import { convertCheckpoints, readSafetensorsCheckpoint } from '../../src/families/convert.ts'
import { parseConfig } from '../../src/families/parse_config.ts'
import { type ModelCheckpoint, readCheckpoint } from '../../src/weights/pytorch/checkpoint.ts'
import { bytesSource, FormatError, joined } from '../../src/weights/safetensors.ts'
import { djinn, scratch } from '../cli/run.ts'

const GOLDEN = fileURLToPath(new URL('../golden/tinyworlds/tiny/', import.meta.url))
const FILES = [
  'tiny_dynamics_step_7500_2025_09_18_11_25_52.pth',
  'tiny_latent_actions_step_5000_2025_09_18_11_25_51.pth',
  'tiny_video_tokenizer_step_2500_2025_09_18_11_25_50.pth',
]
const FOLDERS = ['video_tokenizer_step_2500', 'dynamics_step_7500', 'latent_actions_step_5000']

let parts: ModelCheckpoint[]
const folder = scratch()
beforeAll(async () => {
  parts = await Promise.all(
    FILES.map(async name => readCheckpoint(bytesSource(name, await readFile(join(GOLDEN, name))))),
  )
})

const configOf = async (checkpoints: ModelCheckpoint[]) =>
  parseConfig(new TextDecoder().decode(joined((await convertCheckpoints(checkpoints, 'w'))['config.json']!)))

/** The checkpoints, of which number `n` is changed. */
const changed = (n: number, change: (part: ModelCheckpoint) => Partial<ModelCheckpoint>) =>
  parts.map((part, i) => (i === n ? { ...part, ...change(part) } : part))

test('sizes come from shapes, and from the config only what shapes do not tell', async () => {
  const config = await configOf(parts)
  expect(config).toMatchObject({
    family: 'tinyworlds',
    name: 'w',
    frame: { height: 28, width: 28 },
    tokenizer: { patch: 4, width: 20, heads: 2, ffn: 26, encoder_layers: 2, levels: 3, code_width: 3, codes: 27 },
    latent_action: { patch: 4, width: 18, heads: 3, ffn: 18, encoder_layers: 1, actions: 8 },
    dynamics: { width: 24, heads: 4, ffn: 33, layers: 2, context: 2 },
    sampling: { steps: 10, temperature: 0.5 },
  })
})

test('a size that no checkpoint tells is assumed, and said to be; sizes that differ are refused', async () => {
  const notices: string[] = []
  const silent = changed(0, () => ({ config: { use_actions: false } }))
  const files = await convertCheckpoints(silent, 'w', sentence => notices.push(sentence))
  const config = parseConfig(new TextDecoder().decode(joined(files['config.json']!)))
  expect(config.dynamics).toMatchObject({ width: 24, heads: 8, layers: 2 })
  expect(notices).toEqual([
    `${FILES[0]} does not say num_heads: 8 are assumed`,
    `${FILES[0]} was trained without actions (use_actions): keys have no meaning in this world`,
  ])
  const other = changed(1, ({ config }) => ({ config: { ...config, frame_size: 32 } }))
  await expect(convertCheckpoints(other, 'w')).rejects.toThrow(
    `${FILES[1]}: its frame_size is 32, that of ${FILES[2]} is 28`,
  )
})

test('a config that is not valid lists what was found in every checkpoint', async () => {
  const odd = changed(2, ({ config }) => ({ config: { ...config, num_heads: 3 } }))
  const error = await convertCheckpoints(odd, 'w').catch((e: unknown) => e)
  expect(error).toBeInstanceOf(CheckpointError)
  expect((error as CheckpointError).message).toMatch(/^the config of these checkpoints: tokenizer\.heads is 3/)
  const { lines } = error as CheckpointError
  for (const name of FILES) expect(lines.some(line => line.startsWith(`${name}: config {`))).toBe(true)
  expect(lines).toContain(`${FILES[0]}: mask_token [1, 1, 1, 3] F32`)
})

test('checkpoints in any order and either form give the same files', async () => {
  const [a, b] = [join(folder, 'files'), join(folder, 'folders')]
  const of = (names: string[], out: string) =>
    djinn(['convert', ...names.map(name => join(GOLDEN, name)), '--out', out])
  expect(of(FILES, a)).toMatchObject({ code: 0 })
  expect(of(FOLDERS, b)).toMatchObject({ code: 0 })
  for (const name of ['tokenizer', 'latent_action', 'dynamics'])
    expect(await readFile(join(a, `${name}.safetensors`)), name).toEqual(await readFile(join(b, `${name}.safetensors`)))
  const listed = djinn(['inspect', a])
  expect(listed.out).toContain('files (tinyworlds): 28×28 pixels')
  expect(listed.out).toContain('its 2 past frames are recomputed for every frame')
})

test('training and what serves it refuse a family that is not trained', () => {
  const model = join(folder, 'files')
  for (const args of [
    ['actions', model, 'c.safetensors', '--out', join(folder, 'a.safetensors')],
    [
      'train',
      'dynamics',
      'c.safetensors',
      '--config',
      join(model, 'config.json'),
      '--out',
      join(folder, 'run'),
      '--steps',
      '1',
    ],
  ]) {
    const { code, err } = djinn(args)
    expect(code, args[0]).toBe(1)
    expect(err, args[0]).toContain('is of the family tinyworlds, which is played and measured here, but not trained')
  }
})

test('an error names what is missing, duplicate or of no known family', async () => {
  const names = parts.map(part => part.name)
  await expect(convertCheckpoints(parts.slice(1), 'w')).rejects.toThrow(
    new FormatError('the checkpoint of dynamics is missing: give one of each of tokenizer, latent_action, dynamics'),
  )
  await expect(convertCheckpoints([parts[0]!, parts[0]!, parts[1]!], 'w')).rejects.toThrow(
    `${names[0]} and ${names[0]} are both a dynamics, expected one of each`,
  )
  const odd = changed(0, () => ({ tensors: new Map([...parts[0]!.tensors].slice(0, 2)) }))
  await expect(convertCheckpoints(odd, 'w')).rejects.toThrow(
    new CheckpointError(
      `${names[0]}: it belongs to no supported family; it holds 2 tensors, mask_token [1, 1, 1, 3] F32, latent_embed.weight [24, 3] F32 …`,
      ['mask_token [1, 1, 1, 3] F32', 'latent_embed.weight [24, 3] F32'],
    ),
  )
  const large = parts.map(part => ({ ...part, config: { ...part.config, frame_size: 30 } }))
  await expect(convertCheckpoints(large, 'w')).rejects.toThrow(
    `${names[2]}: its patch is 4, which does not divide the frame_size 30`,
  )
})

test('every tensor that does not fit is listed', async () => {
  const corrupted = changed(0, ({ tensors }) => {
    const copy = new Map(tensors)
    copy.delete('transformer.blocks.1.ffn.w_g.bias')
    copy.set('extra', tensors.get('output_mlp.bias')!)
    copy.set('output_mlp.bias', { ...tensors.get('output_mlp.bias')!, shape: [26] })
    copy.set('latent_embed.bias', { ...tensors.get('latent_embed.bias')!, dtype: 'F64' })
    return { tensors: copy }
  })
  const error = await convertCheckpoints(corrupted, 'w').catch((e: unknown) => e)
  expect(error).toBeInstanceOf(CheckpointError)
  expect((error as CheckpointError).message).toMatch(/^the checkpoints do not fit: .*, and 3 more tensors/)
  expect((error as CheckpointError).lines.toSorted()).toEqual(
    [
      'extra [27] F32 is not expected',
      'latent_embed.bias is F64, expected F32, F16 or BF16',
      'output_mlp.bias [26] F32, expected [27]',
      'transformer.blocks.1.ffn.w_g.bias is missing, expected [33]',
    ].map(line => `${FILES[0]}: ${line}`),
  )
})

test('a mixture of experts is refused', async () => {
  const experts = changed(0, ({ tensors }) => ({
    tensors: new Map([...tensors, ['transformer.blocks.0.ffn.router.weight', tensors.get('output_mlp.bias')!]]),
  }))
  await expect(convertCheckpoints(experts, 'w')).rejects.toThrow('is of a mixture of experts, which is not supported')
})

test('an unknown family is an error that lists the known ones', () => {
  expect(() => parseConfig('{"format": "genie-1", "family": "oasis"}')).toThrow(
    new FormatError('config.json: family is "oasis", this engine plays "djinn", "tinyworlds", "jasmine"'),
  )
})

describe('jasmine, from one file of all parameters', () => {
  const WORLD = fileURLToPath(new URL('../golden/jasmine/tiny/world.safetensors', import.meta.url))
  let world: ModelCheckpoint
  beforeAll(async () => {
    world = await readSafetensorsCheckpoint(bytesSource('world', await readFile(WORLD)))
  })

  const altered = (change: (tensors: ModelCheckpoint['tensors']) => void): ModelCheckpoint[] => {
    const tensors = new Map(world.tensors)
    change(tensors)
    return [{ ...world, tensors }]
  }

  test('sizes come from shapes; frame and window from metadata, else they are the defaults of its code', async () => {
    const config = await configOf([world])
    expect(config).toMatchObject({
      family: 'jasmine',
      frame: { height: 14, width: 19, rate: 10 },
      tokenizer: {
        patch: 4,
        width: 16,
        heads: 2,
        ffn: 36,
        encoder_layers: 1,
        decoder_layers: 1,
        codes: 37,
        code_width: 7,
      },
      latent_action: { patch: 5, width: 12, heads: 3, ffn: 20, encoder_layers: 2, actions: 5, code_width: 7 },
      dynamics: { width: 20, heads: 5, ffn: 50, layers: 2, context: 4 },
      sampling: { steps: 25, temperature: 1 },
    })
    const silent = await configOf([{ ...world, config: {} }])
    expect(silent).toMatchObject({ frame: { height: 64, width: 64 }, dynamics: { context: 15 } })
  })

  test('the command line converts it, and inspect states what play recomputes', () => {
    const model = join(folder, 'jasmine')
    expect(djinn(['convert', WORLD, '--out', model])).toMatchObject({ code: 0 })
    const listed = djinn(['inspect', model]).out
    expect(listed).toContain('jasmine (jasmine): 14×19 pixels')
    expect(listed).toMatch(/its 4 past frames are recomputed for every frame, \d+ % of the blocks' multiplications/)
    const alone = djinn(['convert', join(GOLDEN, FILES[0]!), '--out', join(folder, 'none')])
    expect(alone).toMatchObject({ code: 1 })
    expect(alone.err).toContain('the checkpoint of tokenizer and latent_action is missing')
  })

  test('names may have what checkpoints put around them, and what only training reads is left out', async () => {
    const wrapped = altered(tensors => {
      for (const [name, tensor] of world.tensors) {
        tensors.delete(name)
        tensors.set(`model.${name}.value`, tensor)
      }
      tensors.set('model.lam.decoder.output_dense.bias.value', world.tensors.get('lam.action_in')!)
      tensors.set('model.tokenizer.vq.drop.rngs.params.count.value', world.tensors.get('lam.action_in')!)
    })
    const [plain, other] = [await convertCheckpoints([world], 'w'), await convertCheckpoints(wrapped, 'w')]
    expect(Object.keys(other)).toEqual(Object.keys(plain))
    for (const [name, pieces] of Object.entries(plain)) expect(joined(other[name]!), name).toEqual(joined(pieces))
  })

  test('what is not supported is refused by name, and what does not fit is listed', async () => {
    const causal = altered(tensors => tensors.delete('dynamics.mask_token'))
    await expect(convertCheckpoints(causal, 'w')).rejects.toThrow(
      'only MaskGIT dynamics are supported, not causal ones',
    )
    const given = altered(tensors => tensors.set('action_embed.embedding', world.tensors.get('lam.vq.codebook')!))
    await expect(convertCheckpoints(given, 'w')).rejects.toThrow('trained with given actions (action_embed)')
    const odd = altered(tensors => tensors.delete('tokenizer.encoder.blocks.0.temporal_norm.bias'))
    const error = await convertCheckpoints(odd, 'w').catch((e: unknown) => e)
    expect((error as CheckpointError).lines).toEqual([
      'world: tokenizer.encoder.blocks.0.temporal_norm.bias is missing, expected [16]',
    ])
    const short = [{ ...world, config: { seq_len: '1' } }]
    await expect(convertCheckpoints(short, 'w')).rejects.toThrow(
      'its metadata have seq_len 1, expected a whole number of 2 or more',
    )
  })
})
