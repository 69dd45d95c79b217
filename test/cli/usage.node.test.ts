// The answers of the command line to wrong arguments: exit code 2 and one sentence; 1 and one sentence on failure.
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { djinn, ROOT, scratch } from './run.ts'

const TINY = join(ROOT, 'test/golden/tiny')
const OUT = join(scratch(), 'out')

describe('exit code 2 and one sentence', () => {
  test.each([
    [
      'no command',
      [],
      'No command given; commands: learn, play, demo, inspect, convert, validate, train, evaluate, bind, agent, bench, actions, serve, record',
    ],
    [
      'an unknown command',
      ['dance'],
      'Unknown command dance; commands: learn, play, demo, inspect, convert, validate, train, evaluate, bind, agent, bench, actions, serve, record',
    ],
    [
      'a name every object has',
      ['constructor'],
      'Unknown command constructor; commands: learn, play, demo, inspect, convert, validate, train, evaluate, bind, agent, bench, actions, serve, record',
    ],
    ['an unknown option', ['record', '--sed', '3'], "Unknown option '--sed'"],
    ['an option without its value', ['record', '--out'], '--out is missing its value'],
    ['an option in place of a value', ['record', '--video', '--out', 'x'], '--video is missing its value'],
    ['no output', ['record'], '--out is missing: a file ending in .safetensors'],
    [
      'an output of another kind',
      ['record', '--out', 'a.mp4'],
      '--out is a.mp4, expected a file ending in .safetensors',
    ],
    [
      'an output in no directory',
      ['record', '--out', '/none/a.safetensors'],
      '--out is /none/a.safetensors, but there is no directory /none',
    ],
    [
      'a word for a number',
      ['record', '--clips', 'many', '--out', `${OUT}.safetensors`],
      '--clips is many, expected a whole number from 1 to 1000000',
    ],
    [
      'a negative number',
      ['record', '--seed', '-1', '--out', `${OUT}.safetensors`],
      '--seed is -1, expected a whole number from 0 to 4294967295',
    ],
    [
      'an option of the other way to call it',
      ['record', '--rate', '5', '--out', `${OUT}.safetensors`],
      '--rate has no effect without --video',
    ],
    ['a missing argument', ['inspect'], 'FILE|MODEL_DIR is missing'],
    ['a spare argument', ['inspect', 'a', 'b'], 'Unexpected argument b'],
    ['no prompt', ['play', TINY, '--out', `${OUT}.gif`], '--prompt is missing: a picture to begin with'],
    [
      'an unknown precision',
      ['validate', TINY, 'b.safetensors', '--precision', 'f8'],
      '--precision is f8, expected f32 or f16',
    ],
    [
      'strange prompts with nowhere to draw them',
      ['evaluate', TINY, 'c.safetensors', '--prompt', 'a.png'],
      '--prompt needs --out, where its contact sheets go',
    ],
    [
      'an action out of range',
      ['play', TINY, '--prompt', 'a.png', '--actions', '0,6', '--out', `${OUT}.gif`],
      '--actions holds 6, this model has the actions 0 … 5',
    ],
    [
      'an action that is no number',
      ['play', TINY, '--prompt', 'a.png', '--actions', 'up', '--out', `${OUT}.gif`],
      '--actions holds up, expected latent actions 0 … 5 between commas, or 3x10',
    ],
  ])('%s', (_, args, sentence) => {
    expect(djinn(args)).toEqual({ code: 2, out: '', err: `djinn: ${sentence}\n` })
  })
})

describe('exit code 1 and one sentence', () => {
  test.each([
    ['a missing file', ['inspect', '/none'], '/none does not exist'],
    ['a missing model', ['validate', '/none', 'b.safetensors'], '/none/config.json does not exist'],
    ['a missing prompt', ['play', TINY, '--prompt', '/none.png', '--out', `${OUT}.gif`], '/none.png does not exist'],
    [
      'a file that is no safetensors',
      ['inspect', join(ROOT, 'package.json')],
      /^djinn: \S+package.json is JSON, such as an error of a server, expected a safetensors file\n$/,
    ],
    [
      'a file that is no clip',
      ['actions', TINY, join(TINY, 'dynamics.safetensors'), '--out', `${OUT}.safetensors`],
      /has no tensor frames: it is not a clip\n$/,
    ],
    [
      'clips to evaluate on that are missing',
      ['evaluate', TINY, '/none.safetensors'],
      '/none.safetensors does not exist',
    ],
    [
      'clips to bind by that are none',
      ['bind', TINY, join(TINY, 'dynamics.safetensors')],
      /has no tensor frames: it is not a clip\n$/,
    ],
  ])('%s', (_, args, sentence) => {
    const { code, out, err } = djinn(args)
    expect({ code, out }).toEqual({ code: 1, out: '' })
    if (typeof sentence === 'string') expect(err).toBe(`djinn: ${sentence}\n`)
    else expect(err).toMatch(sentence)
  })
})

describe('help, exit code 0', () => {
  test('of the whole names every command', () => {
    const { code, out } = djinn(['--help'])
    expect(code).toBe(0)
    for (const word of ['play', 'demo', 'inspect', 'validate', 'evaluate', 'bind', 'learn', 'actions', 'record'])
      expect(out).toMatch(new RegExp(`^  ${word} `, 'm'))
  })

  test.each(['play', 'demo', 'inspect', 'validate', 'evaluate', 'bind', 'learn', 'actions', 'record'])(
    'of %s shows its usage',
    word => {
      const { code, out } = djinn([word, '--help'])
      expect(code).toBe(0)
      expect(out).toContain(`usage: djinn ${word}`)
    },
  )
})

test('inspect counts the parameters of each part of a model', () => {
  const { code, out } = djinn(['inspect', TINY])
  expect(code).toBe(0)
  expect(out).toMatch(/^tokenizer +F32 +83 +83088 /m)
  expect(out).toMatch(/^210592 parameters$/m)
})
