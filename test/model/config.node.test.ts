// config.json: what is read, and one sentence with file, field and value for everything that is not.

import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parseConfig } from '../../src/families/parse_config.ts'
import { dynamicsTensors } from '../../src/model/dynamics.ts'
import { latentActionTensors } from '../../src/model/latent_action.ts'
import { tokenizerTensors } from '../../src/model/tokenizer.ts'
import { FormatError } from '../../src/weights/safetensors.ts'
import { smallConfig } from '../helpers/random_model.ts'

/** The small config with one field, named by its path, set to a value; undefined takes it out. */
function changed(path: string, value: unknown): string {
  const root = JSON.parse(JSON.stringify(smallConfig()))
  const names = path.split('.')
  const last = names.pop()!
  const section = names.reduce((at, name) => at[name], root)
  if (value === undefined) delete section[last]
  else section[last] = value
  return JSON.stringify(root)
}

const refuses = (text: string, sentence: string) =>
  expect(() => parseConfig(text, 'w/config.json')).toThrow(new FormatError(`w/config.json${sentence}`))

test('reference/configs/160x90.json has 30.3 million parameters', () => {
  const path = 'reference/configs/160x90.json'
  const config = parseConfig(readFileSync(path, 'utf8'), path)
  const millions = [tokenizerTensors, latentActionTensors, dynamicsTensors].map(
    tensors => tensors(config).reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0) / 1e6,
  )
  expect(millions.map(m => m.toFixed(1))).toEqual(['7.9', '3.5', '18.9'])
  expect(millions.reduce((a, b) => a + b).toFixed(1)).toBe('30.3')
})

test('a valid config.json is read as it stands; without guidance and QK-norm it has guidance 1, and QK-norm in the dynamics alone', () => {
  expect(parseConfig(JSON.stringify(smallConfig()))).toMatchObject(smallConfig())
  expect(parseConfig(changed('sampling.guidance', undefined)).sampling.guidance).toBe(1)
  expect(parseConfig(changed('tokenizer.qk_norm', undefined)).tokenizer.qk_norm).toBe(false)
  expect(parseConfig(changed('dynamics.qk_norm', undefined)).dynamics.qk_norm).toBe(true)
  expect(parseConfig(changed('keys', { ArrowLeft: 4 })).keys).toEqual({ ArrowLeft: 4 })
  const words = ['still', 'goes left, 2.0 px', 'like 1', 'like 0', '']
  expect(parseConfig(changed('actions', words)).actions).toEqual(words)
  expect(parseConfig(changed('actions', undefined))).not.toHaveProperty('actions')
})

describe('a variant', () => {
  const names = (config: string, tensors = tokenizerTensors) => tensors(parseConfig(config)).map(t => t.name)
  const encoder = (variant?: string) =>
    names(changed('tokenizer.variant', variant)).filter(name => /^encoder.blocks.0.\w+\.(qkv.weight|bias)$/.test(name))

  test('says which attention the blocks of the tokenizer have, and no others', () => {
    const standard = ['spatial.qkv.weight', 'temporal.qkv.weight', 'temporal.bias'].map(n => `encoder.blocks.0.${n}`)
    expect(encoder()).toEqual(standard)
    expect(encoder('st-vivit')).toEqual(standard)
    expect(encoder('vit')).toEqual(['encoder.blocks.0.spatial.qkv.weight'])
    expect(encoder('c-vivit')).toEqual(['encoder.blocks.0.full.qkv.weight', 'encoder.blocks.0.full.bias'])
    expect(names(changed('tokenizer.variant', 'vit'), dynamicsTensors)).toContain('blocks.0.temporal.bias')
  })

  test('latent actions of tokens have the frames of the tokenizer, whatever patch is said, and logits of its codes', () => {
    const config = parseConfig(changed('latent_action.input', 'tokens'))
    const shapes = Object.fromEntries(latentActionTensors(config).map(t => [t.name, t.shape]))
    expect(shapes).toMatchObject({
      'encoder.token.weight': [19, 12],
      'encoder.position': [12, 12],
      'decoder.token.weight': [19, 12],
      'decoder.head.weight': [19, 12],
    })
    expect(Object.keys(shapes).filter(name => name.includes('patch'))).toEqual([])
  })
})

describe('a file', () => {
  test.each([
    ['that is not JSON', '{"format": ', ' is not JSON'],
    ['that is empty', '', ' is not JSON'],
    ['that is a list', '[]', ' is not an object'],
    ['that is null', 'null', ' is not an object'],
    ['without a format', changed('format', undefined), ': format is undefined, this engine reads "genie-1"'],
    ['of another format', changed('format', 'genie-2'), ': format is "genie-2", this engine reads "genie-1"'],
    ['without a frame', changed('frame', undefined), ': frame is missing'],
    ['with a list for a section', changed('tokenizer', []), ': tokenizer is not an object'],
    ['without sampling', changed('sampling', undefined), ': sampling is missing'],
    [
      'of another variant',
      changed('tokenizer.variant', 'swin'),
      ': tokenizer.variant is "swin", expected "st-vivit" or "vit" or "c-vivit"',
    ],
    [
      'of another input',
      changed('latent_action.input', null),
      ': latent_action.input is null, expected "pixels" or "tokens"',
    ],
  ])('%s', (_, text, sentence) => refuses(text, sentence))
})

describe('a size', () => {
  const wanted = 'expected a whole number of 1 … 1048576'
  test.each([
    ['frame.height', 0],
    ['frame.width', -64],
    ['tokenizer.patch', 2.5],
    ['tokenizer.codes', '64'],
    ['latent_action.actions', null],
    ['latent_action.code_width', true],
    ['dynamics.ffn', 1e300],
    ['dynamics.window', [4]],
    ['sampling.steps', 0],
  ])('%s = %j', (path, value) => refuses(changed(path, value), `: ${path} is ${JSON.stringify(value)}, ${wanted}`))

  test('that is missing', () =>
    refuses(changed('dynamics.width', undefined), `: dynamics.width is undefined, ${wanted}`))

  test('of layers that would take gigabytes only to be listed', () =>
    refuses(changed('dynamics.layers', 100_000), ': dynamics.layers is 100000, expected a whole number of 1 … 1024'))
})

describe('a field of a wrong type or value', () => {
  test.each([
    ['dynamics.heads', 3, 'dynamics.heads is 3, which does not divide width 20'],
    ['dynamics.qk_norm', 'yes', 'dynamics.qk_norm is "yes", expected true or false'],
    ['tokenizer.codebooks', 17, 'tokenizer.codebooks is 17, expected a whole number of 1 … 16'],
    ['tokenizer.codebooks', 0, 'tokenizer.codebooks is 0, expected a whole number of 1 … 16'],
    ['tokenizer.encoder', 'patches', 'tokenizer.encoder is "patches", expected "context" or "patch"'],
    ['frame.rate', 0, 'frame.rate is 0, expected a number above 0'],
    ['frame.rate', '10', 'frame.rate is "10", expected a number'],
    ['sampling.temperature', -1, 'sampling.temperature is -1, expected a number of 0 … 1000'],
    ['sampling.temperature', 'hot', 'sampling.temperature is "hot", expected a number'],
    ['sampling.choice_temperature', -0.5, 'sampling.choice_temperature is -0.5, expected a number of 0 … 1000'],
    ['sampling.choice_temperature', undefined, 'sampling.choice_temperature is undefined, expected a number'],
    ['sampling.guidance', null, 'sampling.guidance is null, expected a number'],
    ['keys', 3, 'keys is not an object'],
    ['keys', { a: 5 }, 'keys.a is 5, expected a latent action of 0 … 4'],
    ['keys', { a: '1' }, 'keys.a is "1", expected a latent action of 0 … 4'],
    ['actions', 'still', 'actions is not a list of 5 strings'],
    ['actions', null, 'actions is not a list of 5 strings'],
    ['actions', ['still', 'still', 'still', 'still'], 'actions is not a list of 5 strings'],
    ['actions', ['still', 'still', 'still', 'still', 4], 'actions is not a list of 5 strings'],
  ])('%s = %j', (path, value, sentence) => refuses(changed(path, value), `: ${sentence}`))
})

test('latent actions of tokens take a tokenizer of one codebook', () => {
  const config = JSON.parse(changed('latent_action.input', 'tokens'))
  config.tokenizer.codebooks = 2
  refuses(JSON.stringify(config), ': latent_action.input is "tokens", which takes a tokenizer.codebooks of 1')
})

test('a component may be missing as long as nothing asks for it', () => {
  const config = parseConfig(changed('latent_action', undefined), 'w/config.json')
  expect(Object.keys(config)).not.toContain('latent_action')
  expect(tokenizerTensors(config).length).toBeGreaterThan(0)
  expect(() => dynamicsTensors(config)).toThrow(new FormatError('w/config.json: latent_action is missing'))
})
