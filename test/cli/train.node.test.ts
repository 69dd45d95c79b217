// `djinn train` on a handful of steps: which files it leaves, that a run is taken up, and what it says when it cannot be.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { NO_DRIVER } from '../../src/cli/dawn.ts'
import { bytesSource, hostTensor, readSafetensors, writeSafetensors } from '../../src/weights/safetensors.ts'
import { emptyActionCodes } from '../helpers/action_codes.ts'
import { DJINN, djinn, ROOT, scratch } from './run.ts'

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
  test('leaves weights, a checkpoint, a log and the config, says what memory it takes; --resume continues it', async () => {
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
    expect(readdirSync(OUT).filter(name => name.startsWith('.') || name.endsWith('.lock'))).toEqual([])
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
    const codes = join(OUT, 'action_codes.safetensors')
    const kept = readFileSync(codes)
    rmSync(codes)
    const { code: refused, err } = train('latent_action', '--steps', '4', '--resume', '--clips', '2', '--frames', '3')
    expect([refused, err]).toEqual([
      1,
      expect.stringContaining(
        `${codes} is missing, and ${join(OUT, 'latent_action.checkpoint')} was trained on its codes: put it back, or run train with --over\n`,
      ),
    ])
    writeFileSync(codes, kept)
    const gif = join(FOLDER, 'played.gif')
    const { code } = djinn(['play', OUT, '--prompt', `${CLIPS}#0:1`, '--actions', '0,1', '--out', gif])
    expect([code, existsSync(gif)]).toEqual([0, true])
  })

  test('that is resumed keeps the seed and the number of restarts of its checkpoint', async () => {
    const resumed = async (name: string, notes: Record<string, string>, ...more: string[]) => {
      const folder = join(FOLDER, name)
      cpSync(OUT, folder, { recursive: true })
      const path = join(folder, 'tokenizer.checkpoint')
      const { tensors, metadata } = await read(path)
      const { seed: _, restarts: __, ...kept } = metadata
      writeFileSync(path, Buffer.concat(writeSafetensors(Object.fromEntries(tensors), { ...kept, ...notes })))
      const steps = ['--steps', '8', '--clips', '2', '--frames', '3', '--resume']
      expect(djinn(['train', 'tokenizer', CLIPS, '--out', folder, ...steps, ...more]).code).toBe(0)
      return read(path)
    }
    expect((await read(join(OUT, 'tokenizer.checkpoint'))).metadata).toMatchObject({ seed: '1', restarts: '0' })
    const kept = await resumed('seed kept', { seed: '3', restarts: '2' })
    const given = await resumed('seed given', {}, '--seed', '3')
    expect(kept.metadata).toMatchObject({ seed: '3', restarts: '2', step: '8' })
    expect(given.metadata).toMatchObject({ seed: '3', restarts: '0', step: '8' })
    expect(kept.tensors).toEqual(given.tensors)
    expect((await resumed('seed 1', {})).tensors).not.toEqual(given.tensors)
  })

  test('that ended with collapsed codes is resumed as the next one, with the next seed and half of the steps', async () => {
    const folder = join(FOLDER, 'collapsed')
    cpSync(OUT, folder, { recursive: true })
    const path = join(folder, 'tokenizer.checkpoint')
    const { tensors, metadata } = await read(path)
    const collapsed = { ...metadata, restarts: '1', collapsed: 'true' }
    writeFileSync(path, Buffer.concat(writeSafetensors(Object.fromEntries(tensors), collapsed)))
    const steps = ['--steps', '8', '--clips', '2', '--frames', '3', '--resume']
    const { code, out } = djinn(['train', 'tokenizer', CLIPS, '--out', folder, ...steps])
    expect([code, out]).toEqual([0, expect.stringContaining('starting over with seed 2\n')])
    expect(out).toContain(': 4 steps in ')
    const next = (await read(path)).metadata
    expect(next).toMatchObject({ seed: '2', restarts: '2', spentSteps: '6', step: '4' })
    expect(next).not.toHaveProperty('collapsed')
  })

  test('that does not fit is refused before it starts, with what would', () => {
    const { code, err } = train('tokenizer', '--over', ...CONFIG, '--steps', '4', '--clips', '4096', '--frames', '500')
    expect(code).toBe(1)
    expect(err).toMatch(/djinn: --clips 4096 needs .*MiB.*: (the most that fits is --clips \d+|not one clip fits)\n/)
  })

  test('of the dynamics needs tokenizer and latent actions beside it', () => {
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

  test('on clips that are shorter than it needs fails in one sentence', () => {
    const { code, err } = train('tokenizer', '--over', ...CONFIG, '--steps', '4', '--clips', '1', '--frames', '9')
    expect(code).toBe(1)
    expect(err).toContain(
      `djinn: the clips have ${frames.shape[0]} frames, training needs at least 9: record longer clips or lower --frames\n`,
    )
  })
})

const VIDEO = join(FOLDER, 'video.mp4')
const SOURCE = 'testsrc2=size=64x64:rate=10:duration=2'
const hasFfmpeg = spawnSync('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', SOURCE, VIDEO]).status === 0

test.runIf(hasGpu && hasFfmpeg)('the crop of the clips is kept, and `record --like` cuts by it', async () => {
  const clips = join(FOLDER, 'cropped.safetensors')
  const crop = '12,4,48,40'
  const recorded = djinn([
    'record',
    '--video',
    VIDEO,
    '--frames',
    '5',
    '--crop',
    crop,
    '--size',
    '32x32',
    '--out',
    clips,
  ])
  expect([recorded.code, recorded.err]).toEqual([0, ''])
  // A world of another crop, and the same with --from.
  const given = join(FOLDER, 'given.json')
  const config = JSON.parse(readFileSync(join(TINY, 'config.json'), 'utf8'))
  writeFileSync(given, JSON.stringify({ ...config, video: { crop: [0, 0, 8, 8] } }))
  for (const [name, options] of Object.entries({ given: ['--config', given], from: ['--from', TINY] })) {
    const world = join(FOLDER, `cropped ${name}`)
    const { code, err } = djinn([
      ...['train', 'tokenizer', clips, '--out', world, ...options],
      ...['--steps', '1', '--clips', '1', '--frames', '3'],
    ])
    expect(code, err).toBe(0)
    const written = JSON.parse(readFileSync(join(world, 'config.json'), 'utf8'))
    expect([written.video, written.dynamics.width]).toEqual([
      { crop: [12, 4, 48, 40], size: [64, 64] },
      config.dynamics.width,
    ])
    const like = join(FOLDER, 'like.safetensors')
    expect(djinn(['record', '--video', VIDEO, '--like', world, '--frames', '5', '--out', like]).code).toBe(0)
    const [again, first] = [await read(like), await read(clips)]
    expect(again.metadata.crop).toBe(crop)
    expect(again.tensors.get('frames')).toEqual(first.tensors.get('frames'))
    expect(again.metadata.video_size).toBe('64,64')
  }
  // Of another video, the corresponding part; of one of another shape, none.
  const world = join(FOLDER, 'cropped from')
  const cropOf = (size: string) => {
    const video = join(FOLDER, `${size}.mp4`)
    spawnSync('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', `testsrc2=size=${size}:rate=10:duration=2`, video])
    return djinn([
      'record',
      '--video',
      video,
      '--like',
      world,
      '--frames',
      '5',
      '--out',
      join(FOLDER, 'like.safetensors'),
    ])
  }
  expect(cropOf('128x128').code).toBe(0)
  expect((await read(join(FOLDER, 'like.safetensors'))).metadata.crop).toBe('24,8,96,80')
  expect(cropOf('128x64')).toMatchObject({
    code: 1,
    err: expect.stringMatching(
      /128x64\.mp4 is 128×64, and the crop 12,4,48,40 is of a 64×64 video: give the crop of this one\n$/,
    ),
  })
  // The clips of a whole picture leave no crop. The training of latent actions has found what no key is.
  const { keys, ...others } = JSON.parse(readFileSync(join(OUT, 'config.json'), 'utf8'))
  expect([others, keys]).toEqual([config, { '': expect.any(Number) }])
})

describe.runIf(hasGpu)('no training is lost:', () => {
  const SHAPE = ['--clips', '2', '--frames', '3']
  const contents = (folder: string) =>
    Object.fromEntries(readdirSync(folder).map(name => [name, readFileSync(join(folder, name)).toString('base64')]))
  /** A copy of the folder of a training of six steps. */
  const copy = (name: string) => {
    const folder = join(FOLDER, name)
    cpSync(OUT, folder, { recursive: true })
    return folder
  }
  const trainIn = (folder: string, ...more: string[]) =>
    djinn(['train', 'tokenizer', CLIPS, '--out', folder, ...SHAPE, ...more])

  test('starting again without --resume is refused with the two options that continue or start over', () => {
    const folder = copy('again')
    const before = contents(folder)
    const { code, err } = trainIn(folder, ...CONFIG, '--steps', '8')
    expect(code).toBe(1)
    expect(err).toContain(
      `djinn: ${join(folder, 'tokenizer.checkpoint')}: this folder holds a training run: add --resume to continue it, or --over to start over\n`,
    )
    expect(contents(folder)).toEqual(before)
    const over = trainIn(folder, '--steps', '2', '--over')
    expect([over.code, over.out]).toEqual([0, expect.stringContaining(': 2 steps in ')])
    const log = readFileSync(join(folder, 'tokenizer.jsonl'), 'utf8').trimEnd().split('\n')
    expect(log.map(line => JSON.parse(line).step)).toEqual([1])
  })

  test('a search for actions that was killed continues with --resume, and is refused without it or with another video', async () => {
    const folder = copy('search')
    const codes = join(folder, 'action_codes.safetensors')
    for (const name of readdirSync(folder)) if (/^(action_codes|latent_action)\./.test(name)) rmSync(join(folder, name))
    const args = (clips: string) => ['train', 'latent_action', clips, '--out', folder, ...SHAPE, '--steps', '2']
    const first = spawn(process.execPath, [DJINN, ...args(CLIPS)], { stdio: 'ignore' })
    await expect.poll(() => existsSync(codes)).toBe(true)
    first.kill('SIGKILL')
    await once(first, 'close')

    const state = await read(codes)
    const again = djinn(args(CLIPS))
    expect([again.code, again.err]).toEqual([
      1,
      expect.stringContaining(
        `djinn: ${codes}: this folder holds an unfinished search for actions: add --resume to continue it, or --over to start over\n`,
      ),
    ])
    const other = join(FOLDER, 'other.safetensors')
    const black = new Uint8Array(both.length)
    writeFileSync(other, Buffer.concat(writeSafetensors({ frames: hostTensor(black, [2, ...frames.shape]) })))
    const refused = djinn([...args(other), '--resume'])
    expect([refused.code, refused.err]).toEqual([
      1,
      expect.stringContaining(
        `djinn: ${codes}: the saved search for actions was made in another video: delete it, or run train with --over\n`,
      ),
    ])
    expect((await read(codes)).metadata).toEqual(state.metadata)

    // Nearly at its end, so that it takes no minutes: the operators have been found, and few transitions are judged.
    const { searchSize, ...progress } = JSON.parse(state.metadata.progress!)
    const done = searchSize.single + searchSize.two + searchSize.small - 1
    const metadata = {
      ...state.metadata,
      progress: JSON.stringify({ ...progress, done, searchSize: { ...searchSize, judged: 60 } }),
    }
    writeFileSync(codes, Buffer.concat(writeSafetensors(Object.fromEntries(state.tensors), metadata)))
    const { code, out } = djinn([...args(CLIPS), '--resume'])
    expect([code, out]).toEqual([0, expect.stringContaining('2 steps in')])
    const found = await read(codes)
    expect(found.metadata).toEqual({})
    expect(found.tensors.get('operators.weight')).toEqual(state.tensors.get('operators.weight'))
  })

  test('weights without a checkpoint are not overwritten either', () => {
    const folder = join(FOLDER, 'weights')
    cpSync(TINY, folder, { recursive: true })
    const before = contents(join(folder, 'gradients'))
    for (const flag of [[], ['--resume']]) {
      const { code, err } = trainIn(folder, '--steps', '2', ...flag)
      expect([code, err]).toEqual([1, expect.stringContaining('tokenizer.safetensors would be overwritten')])
    }
    expect(contents(join(folder, 'gradients'))).toEqual(before)
    expect(readFileSync(join(folder, 'tokenizer.safetensors'))).toEqual(
      readFileSync(join(TINY, 'tokenizer.safetensors')),
    )
  })

  test('a second training in the folder is refused; killed, the first leaves a folder in which --resume continues', async () => {
    const folder = copy('two')
    const args = [DJINN, 'train', 'tokenizer', CLIPS, '--out', folder, ...SHAPE, '--minutes', '60', '--resume']
    const first = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    // Leaving the loop closes the pipe: the training continues although nobody reads what it says.
    for await (const text of first.stdout) if (`${text}`.includes('resumed')) break
    for (const flag of ['--resume', '--over']) {
      const { code, err } = trainIn(folder, '--steps', '8', flag)
      expect(code).toBe(1)
      expect(err).toContain(`djinn: ${folder}: another training, process ${first.pid}, is at work here: `)
    }
    first.kill('SIGKILL')
    await once(first, 'close')
    const step = Number((await read(join(folder, 'tokenizer.checkpoint'))).metadata.step)
    expect(step).toBeGreaterThanOrEqual(6)
    const { code, out } = trainIn(folder, '--steps', `${step + 1}`, '--resume')
    expect([code, out]).toEqual([0, expect.stringContaining(`: ${step + 1} steps in `)])
  })

  test('a config.json that is there keeps its keys; one of another model is a sentence', () => {
    const folder = copy('keys')
    const path = join(folder, 'config.json')
    const config = JSON.parse(readFileSync(path, 'utf8'))
    const bound = JSON.stringify({ ...config, keys: { a: 1 }, name: 'mine' })
    writeFileSync(path, bound)
    expect(trainIn(folder, ...CONFIG, '--steps', '7', '--resume').code).toBe(0)
    expect(readFileSync(path, 'utf8')).toBe(bound)
    const wider = join(FOLDER, 'wider.json')
    writeFileSync(wider, JSON.stringify({ ...config, tokenizer: { ...config.tokenizer, ffn: 1000 } }))
    const { code, err } = trainIn(folder, '--config', wider, '--steps', '9', '--over')
    expect([code, err]).toEqual([1, expect.stringContaining(`${path} has another tokenizer.ffn than ${wider}: `)])
    expect(readFileSync(path, 'utf8')).toBe(bound)
  })

  test('a checkpoint that is broken is refused, and the one before it can be restored', async () => {
    const folder = copy('broken')
    const [path, before] = [join(folder, 'tokenizer.checkpoint'), join(folder, 'tokenizer.checkpoint.before')]
    expect((await read(before)).metadata.step).toBe('4')
    const { tensors, metadata } = await read(path)
    const good = Object.fromEntries(tensors)
    const [name, first] = Object.entries(good).find(([name]) => !name.startsWith('state.'))!
    const moments = good[`state.moments.${name}`]!
    const nan = hostTensor(new Float32Array(first.data.length / 4).fill(Number.NaN), first.shape)
    const flat = (t: typeof first) => ({ ...t, shape: [t.data.length / 4] })
    const cases = [
      [good, { seconds: '1' }, ' is not a checkpoint: its metadata has the step missing'],
      [good, { ...metadata, step: '6.5' }, ' is not a checkpoint: its metadata has the step 6.5'],
      [good, { ...metadata, seconds: 'NaN' }, ' is not a checkpoint: its metadata has the seconds NaN'],
      [{ ...good, [name]: nan }, metadata, `: ${name} holds NaN at element 0 of ${first.data.length / 4}`],
      [{ ...good, [name]: flat(first) }, metadata, `: ${name} is [${first.data.length / 4}], config.json implies [`],
      [{ ...good, [`state.moments.${name}`]: flat(moments) }, metadata, `: state.moments.${name} is F32 [`],
    ] as const
    for (const [corrupted, notes, sentence] of cases) {
      writeFileSync(path, Buffer.concat(writeSafetensors(corrupted, notes)))
      const was = contents(folder)
      const { code, err } = trainIn(folder, '--steps', '8', '--resume')
      expect(code).toBe(1)
      expect(err).toContain(`${path}${sentence}`)
      expect(err).toContain(`; the checkpoint before it is still there: restore it with mv '${before}' '${path}'\n`)
      expect(contents(folder)).toEqual(was)
    }
    copyFileSync(before, path)
    const { code, out } = trainIn(folder, '--steps', '8', '--resume')
    expect([code, out]).toEqual([0, expect.stringContaining('resumed after step 4, ')])
  })
})

test('more actions than their codes have dimensions are refused before anything is written', () => {
  const [many, out] = [join(FOLDER, 'many.json'), join(FOLDER, 'many')]
  const config = JSON.parse(readFileSync(join(TINY, 'config.json'), 'utf8'))
  config.latent_action.actions = 17
  writeFileSync(many, JSON.stringify(config))
  const { code, err } = djinn(['train', 'latent_action', CLIPS, '--config', many, '--out', out, '--steps', '1'])
  expect([code, err, readdirSync(out)]).toEqual([
    1,
    expect.stringContaining(
      'latent_action.actions is 17, but its codes have 16 dimensions: give at most 16 actions, or raise latent_action.code_width\n',
    ),
    [],
  ])
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
