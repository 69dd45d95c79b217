// `djinn train` on a handful of steps: which files it leaves, that a run is taken up, and what it says when it cannot be.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { NO_DRIVER } from '../../src/cli/dawn.ts'
import { bytesSource, hostTensor, readSafetensors, writeSafetensors } from '../../src/weights/safetensors.ts'
import { emptyActionCodes } from '../helpers/action_codes.ts'
import { djinn, ROOT, scratch } from './run.ts'

const TINY = join(ROOT, 'test/golden/tiny')
const FOLDER = scratch()
const OUT = join(FOLDER, 'world')
const CLIPS = join(FOLDER, 'clips.safetensors')
const CONFIG = ['--config', join(TINY, 'config.json')]

const read = async (path: string) => readSafetensors(bytesSource(path, readFileSync(path)))
const frames = (await read(join(TINY, 'reference.safetensors'))).tensors.get('in.frames')!
const both = Buffer.concat([frames.data, frames.data])
writeFileSync(CLIPS, Buffer.concat(writeSafetensors({ frames: hostTensor(both, [2, ...frames.shape]) })))

const train = (component: string, ...more: string[]) => djinn(['train', component, CLIPS, '--out', OUT, ...more])

const first = train('tokenizer', ...CONFIG, '--steps', '4', '--clips', '2', '--frames', '3')
const hasGpu = !first.err.includes(NO_DRIVER)

describe.runIf(hasGpu)('training', () => {
  test('leaves weights, a checkpoint, a log and the config, says what memory it takes; --resume goes on', async () => {
    expect([first.code, first.err.split('\n').filter(line => line.startsWith('djinn:'))]).toEqual([0, []])
    expect(first.out).toMatch(/a step of 2 clips of 3 frames takes \d+ MiB\n/)
    expect(first.out).toMatch(/step 1, \d+ s: loss \d.*, psnr \d/)
    for (const file of ['config.json', 'tokenizer.safetensors', 'tokenizer.jsonl', 'tokenizer.checkpoint'])
      expect(existsSync(join(OUT, file)), file).toBe(true)
    const second = train('tokenizer', '--steps', '6', '--clips', '2', '--frames', '3', '--resume')
    expect(second.code).toBe(0)
    expect(second.out).toContain('resumed after step 4, ')
    expect(second.out).toContain(': 6 steps in ')
    expect((await read(join(OUT, 'tokenizer.checkpoint'))).metadata.step).toBe('6')
    expect(existsSync(join(OUT, 'tokenizer.safetensors.part'))).toBe(false)
  })

  test('of latent actions and dynamics follows, and the world plays', () => {
    // Finding the codes would take minutes: a run that is resumed reads those that are there.
    writeFileSync(join(OUT, 'action_codes.safetensors'), Buffer.concat(writeSafetensors(emptyActionCodes())))
    for (const [component, shape] of [
      ['latent_action', ['--clips', '2', '--frames', '3']],
      ['dynamics', ['--clips', '1', '--frames', '4']],
    ] as const) {
      const { code, err, out } = train(component, '--steps', '2', '--resume', ...shape)
      expect([code, out, err]).toEqual([0, expect.stringContaining('2 steps in'), expect.anything()])
    }
    const gif = join(FOLDER, 'played.gif')
    const { code } = djinn(['play', OUT, '--prompt', `${CLIPS}#0:1`, '--actions', '0,1', '--out', gif])
    expect([code, existsSync(gif)]).toEqual([0, true])
  })

  test('that does not fit is refused before it starts, with what would', () => {
    const { code, err } = train('tokenizer', ...CONFIG, '--steps', '4', '--clips', '4096', '--frames', '500')
    expect(code).toBe(1)
    expect(err).toMatch(/djinn: --clips 4096 needs .*MiB.*: (the most that fits is --clips \d+|not one clip fits)\n/)
  })

  test('of the dynamics wants tokenizer and latent actions beside it', () => {
    const empty = join(FOLDER, 'empty')
    const { code, err } = djinn([
      'train',
      'dynamics',
      CLIPS,
      ...CONFIG,
      '--out',
      empty,
      '--steps',
      '1',
      '--frames',
      '3',
    ])
    expect(code).toBe(1)
    expect(err).toContain(`djinn: ${join(empty, 'tokenizer.safetensors')} does not exist\n`)
  })

  test('on clips that are shorter than it wants fails in one sentence', () => {
    const { code, err } = train('tokenizer', ...CONFIG, '--steps', '4', '--clips', '1', '--frames', '9')
    expect(code).toBe(1)
    expect(err).toContain(
      `djinn: the clips have ${frames.shape[0]} frames, training needs at least 9: record longer clips or lower --frames\n`,
    )
  })
})

test.each([
  ['a component that there is not', ['train', 'player', CLIPS], 'COMPONENT is player, expected tokenizer'],
  ['no place for the weights', ['train', 'tokenizer', CLIPS, '--steps', '3'], '--out is missing'],
  ['no end', ['train', 'tokenizer', CLIPS, '--out', OUT], 'Give either --minutes or --steps'],
])('%s is exit code 2', (_, args, sentence) => {
  const { code, err } = djinn(args)
  expect(code).toBe(2)
  expect(err).toContain(sentence)
})
