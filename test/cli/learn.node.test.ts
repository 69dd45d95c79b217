// `djinn learn` on a short video of small frames: stopped in the middle it leaves a world that plays, and the same command comes to its end.
// Nothing here depends on how good the world is, or on how far it had come when it was stopped.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ClipReader } from '../../src/cli/clip_reader.ts'
import { NO_DRIVER } from '../../src/cli/dawn.ts'
import { readImage } from '../../src/cli/images.ts'
import { duration } from '../../src/cli/progress.ts'
import { bytesSource, readSafetensors, writeSafetensors } from '../../src/weights/safetensors.ts'
import { DJINN, djinn, ROOT, scratch } from './run.ts'

const FOLDER = scratch()
const VIDEO = join(FOLDER, 'video.mp4')
const OUT = join(FOLDER, 'world')
const source = 'testsrc2=size=96x64:rate=10:duration=30,pad=96:80:0:8:black'
const hasFfmpeg = spawnSync('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', source, VIDEO]).status === 0
const tiny = join(ROOT, 'test/golden/tiny')
const hasGpu = !djinn([
  'play',
  tiny,
  '--prompt',
  join(FOLDER, 'none.png'),
  '--out',
  join(FOLDER, 'a.gif'),
]).err.includes(NO_DRIVER)
const LEARN = ['learn', VIDEO, '--out', OUT, '--minutes', '0.6', '--size', '16x16', '--rate', '10', '--actions', '3']
const config = () => JSON.parse(readFileSync(join(OUT, 'config.json'), 'utf8'))
const state = (directory: string) => JSON.parse(readFileSync(join(directory, 'learn.json'), 'utf8'))
const secondsOf = async (component: string) => {
  const path = join(OUT, `${component}.checkpoint`)
  return Number((await readSafetensors(bytesSource(path, readFileSync(path)))).metadata.seconds)
}
const plays = () =>
  djinn([
    'play',
    OUT,
    '--prompt',
    `${join(OUT, 'clips.safetensors')}#0:2`,
    '--actions',
    '0,1',
    '--out',
    join(FOLDER, 'p.gif'),
  ])

describe.runIf(hasFfmpeg && hasGpu)('learning', () => {
  test('Ctrl-C leaves a world that plays; the same command resumes, to keys and an evaluation', async () => {
    const first = spawn(process.execPath, [DJINN, ...LEARN], { stdio: ['ignore', 'pipe', 'inherit'] })
    let said = ''
    for await (const text of first.stdout) {
      said += text
      if (/step 1,/.test(said) && !first.killed) first.kill('SIGINT')
    }
    const [code] = await once(first, 'close').catch(() => [first.exitCode])
    expect([code ?? first.exitCode, said]).toEqual([0, expect.stringContaining('run the same command to resume')])
    expect(said).toMatch(/crop \d+,8,\d+,64: black bars: top 10 %, bottom 10 %/)
    expect(said).toMatch(/size 16×16: as asked for/)
    expect(said).toContain(`${join(OUT, 'proposal.png')} shows what is kept\n`)
    expect((await readImage(join(OUT, 'proposal.png'))).height).toBe(80)
    // Thirty seconds of 24 frames a clip end with half a clip.
    expect(said).toMatch(/\n {4}0:28\.8 to 0:30\.0, too short for a clip\n/)
    expect((await readImage(join(OUT, 'left_out.png'))).height).toBe(32)
    expect(said).toMatch(/tokens 4 per frame, of patches of 8×8 pixels; \d+ codes: about \d+ different patches/)
    expect(said).toMatch(
      /minutes 0\.6: as asked for; about \d+ on this machine for the steps of two documented trainings/,
    )
    expect(said).toMatch(/those steps: tokenizer \d+ of [\d.e-]+ s \(28\.8 dB\), latent actions .*, dynamics \d+ of/)
    // They are of this run, not of the world.
    expect(state(OUT).proposal.reasons.join()).not.toMatch(/obeyed|those steps/)
    expect(plays().code).toBe(0)

    const left = 60 * state(OUT).minutes.tokenizer - (await secondsOf('tokenizer'))
    const second = djinn(LEARN)
    expect(second.out).toContain(`\ntokenizer: ${duration(left)} of `)
    expect([second.code, second.out]).toEqual([0, expect.stringContaining('resuming after')])
    for (const sentence of ['health: codes', 'swap effect', 'starting points  key', 'action fidelity'])
      expect(second.out).toContain(sentence)
    expect(config()).toMatchObject({
      name: 'video',
      frame: { height: 16, width: 16, rate: 10 },
      keys: { '': expect.any(Number) },
    })
    expect(config().actions).toHaveLength(3)
    const evaluation = JSON.parse(readFileSync(join(OUT, 'evaluation/evaluation.json'), 'utf8'))
    expect(evaluation).toMatchObject({ bits: expect.any(Number), mutualInformation: null })
    expect(evaluation.codeShares).toHaveLength(3)
    expect(plays().code).toBe(0)
  })

  test('`record --like` cuts another video as the world was trained', async () => {
    const out = join(FOLDER, 'like.safetensors')
    expect(djinn(['record', '--video', VIDEO, '--like', OUT, '--frames', '20', '--out', out])).toMatchObject({
      code: 0,
      err: '',
    })
    const reader = await ClipReader.open(out)
    expect([reader.clips, reader.length, reader.height, reader.width]).toEqual([15, 20, 16, 16])
    await reader.close()
  })

  test('`bind` plays the clips that learn left, and keys of a world it starts from are not carried over', () => {
    writeFileSync(join(OUT, 'config.json'), JSON.stringify({ ...config(), keys: { x: 1 }, name: 'mine' }))
    const { code, out } = djinn(['bind', OUT])
    expect([code, out]).toEqual([0, expect.stringContaining('keys bound')])
    expect(config().keys).not.toHaveProperty('x')
    expect(config().name).toBe('mine')
  })
})

describe.runIf(hasFfmpeg && hasGpu)('a recording that fails', () => {
  test('says which options of learn help, and they are taken in the same folder', async () => {
    const video = join(FOLDER, 'short.mp4')
    const out = join(FOLDER, 'failed')
    spawnSync('ffmpeg', ['-v', 'error', '-t', '5', '-i', VIDEO, video])
    const learn = (rate: string, size: string) =>
      ['learn', video, '--out', out, '--minutes', '5', '--rate', rate, '--size', size] as const
    const { code, err } = djinn([...learn('2', '16x16')])
    expect([code, err]).toEqual([
      1,
      expect.stringContaining(
        `djinn: ${video} has 10 frames at 2 per second, too few for one clip of 24: raise --rate, or give a longer video\n`,
      ),
    ])
    expect(state(out).done).toEqual([])
    const again = spawn(process.execPath, [DJINN, ...learn('10', '32x32')], { stdio: ['ignore', 'pipe', 'inherit'] })
    for await (const text of again.stdout) if (/tokenizer: /.test(String(text))) again.kill('SIGKILL')
    expect(state(out)).toMatchObject({ proposal: { rate: 10, size: { width: 32, height: 32 } }, done: ['record'] })
    // Its config and random weights belong together.
    expect(JSON.parse(readFileSync(join(out, 'config.json'), 'utf8')).frame).toEqual({
      height: 32,
      width: 32,
      rate: 10,
    })
    const prompt = ['--prompt', `${join(out, 'clips.safetensors')}#0:2`, '--actions', '0']
    expect(djinn(['play', out, ...prompt, '--out', join(FOLDER, 'q.gif')]).code).toBe(0)
  })
})

describe.runIf(hasFfmpeg && hasGpu)('a search for actions', () => {
  // The world of before, as it was when its tokenizer was trained.
  const again = join(FOLDER, 'again')
  const codes = join(again, 'action_codes.safetensors')

  test('that is killed has written the time it took', async () => {
    cpSync(OUT, again, { recursive: true })
    for (const name of readdirSync(again))
      if (/^(action_codes|latent_action\.c|dynamics\.c)/.test(name)) rmSync(join(again, name))
    const { minutes, ...rest } = state(again)
    const begun = { ...rest, minutes: { tokenizer: minutes.tokenizer }, seconds: 5, done: ['record', 'tokenizer'] }
    writeFileSync(join(again, 'learn.json'), JSON.stringify(begun))
    const long = spawn(process.execPath, [DJINN, 'learn', VIDEO, '--out', again, '--minutes', '60'], {
      stdio: 'ignore',
    })
    const changed = (path: string) => (existsSync(path) ? statSync(path).mtimeMs : Number.POSITIVE_INFINITY)
    await expect.poll(() => changed(join(again, 'learn.json')) >= changed(codes)).toBe(true)
    long.kill('SIGKILL')
    await once(long, 'close')
    expect(state(again).minutes).not.toHaveProperty('latent_action')
    expect(state(again).seconds).toBeGreaterThan(5)
  })

  test('whose state is damaged is refused with its file; without the file it starts over', async () => {
    const { tensors, metadata } = await readSafetensors(bytesSource('codes', readFileSync(codes)))
    const damaged = { search: metadata.search!, progress: '' }
    writeFileSync(codes, Buffer.concat(writeSafetensors(Object.fromEntries(tensors), damaged)))
    const args = LEARN.map(arg => (arg === OUT ? again : arg))
    const { code, err } = djinn(args)
    expect([code, err]).toEqual([
      1,
      expect.stringContaining(
        `${codes}: the saved search for actions is damaged: delete it, and run the same command again\n`,
      ),
    ])
    rmSync(codes)
    expect(djinn(args)).toMatchObject({ code: 0, out: expect.stringContaining('done in') })
  })
})

test('options that differ from those that a world was begun with are refused, those left out are not', () => {
  const out = join(FOLDER, 'begun')
  mkdirSync(out)
  const size = { width: 64, height: 48 }
  const proposal = {
    crop: { x: 0, y: 8, width: 96, height: 64 },
    size,
    rate: 10,
    actions: 8,
    reasons: [],
    model: 'nano',
  }
  const learn = (kept: object, ...options: string[]) => {
    const state = { video: DJINN, proposal, seconds: 3, minutes: {}, done: ['record'], ...kept }
    writeFileSync(join(out, 'learn.json'), JSON.stringify(state))
    return djinn(['learn', DJINN, '--out', out, '--minutes', '1', ...options]).err
  }
  const refused = (how: string) => `${out} was begun ${how}: give the same options, or another --out\n`
  for (const [option, value, begun] of [
    ['--actions', '5', '8'],
    ['--crop', '0,0,96,64', '0,8,96,64'],
    ['--rate', '12', '10'],
    ['--size', '64x64', '64x48'],
  ] as const)
    expect(learn({}, option, value)).toContain(refused(`with ${option} ${begun}`))
  expect(learn({ from: tiny }, '--from', OUT)).toContain(refused(`with --from ${tiny}`))
  expect(learn({ from: null }, '--from', tiny)).toContain(refused('without --from'))
  // These fail later: the file is no video.
  expect(learn({ from: tiny }, '--actions', '8', '--crop', '0,8,96,64', '--from', tiny)).not.toContain('was begun')
  expect(learn({}, '--from', tiny)).not.toContain('was begun')
  // Before the clips are recorded nothing is settled.
  expect(learn({ done: [] }, '--actions', '5', '--rate', '12', '--size', '64x64')).not.toContain('was begun')
})

test('more actions than codes have dimensions are refused before the video is read', () => {
  const { code, err } = djinn(['learn', DJINN, '--out', join(FOLDER, 'many'), '--minutes', '1', '--actions', '40'])
  expect([code, err]).toEqual([
    1,
    expect.stringContaining(
      'latent_action.actions is 40, but its codes have 32 dimensions: give at most 32 actions, or raise latent_action.code_width\n',
    ),
  ])
})

test('a folder with a world that learn did not begin is left alone, and bad options are one sentence', () => {
  const refused = djinn(['learn', DJINN, '--out', tiny, '--minutes', '1'])
  expect([refused.code, refused.err]).toEqual([
    1,
    expect.stringContaining('holds a world that djinn learn did not begin'),
  ])
  for (const [option, value, sentence] of [
    ['--crop', '1,2,3', '--crop is 1,2,3, expected X,Y,W,H'],
    ['--size', '20x20', '--size is 20x20, expected multiples of 8'],
    ['--minutes', '0', '--minutes is 0, expected a number'],
  ] as const) {
    const { code, err } = djinn(['learn', DJINN, '--out', join(FOLDER, 'x'), '--minutes', '1', option, value])
    expect([code, err]).toEqual([2, expect.stringContaining(sentence)])
  }
})
