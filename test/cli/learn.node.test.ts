// `djinn learn` on a short video of small frames: stopped in the middle it leaves a world that plays, and the same command comes to its end.
// Nothing here depends on how good the world is, or on how far it had come when it was stopped.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ClipReader } from '../../src/cli/clip_reader.ts'
import { NO_DRIVER } from '../../src/cli/dawn.ts'
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
  test('Ctrl-C leaves a world that plays; the same command goes on to keys and an evaluation', async () => {
    const first = spawn(process.execPath, [DJINN, ...LEARN], { stdio: ['ignore', 'pipe', 'inherit'] })
    let said = ''
    for await (const text of first.stdout) {
      said += text
      if (/step 1,/.test(said) && !first.killed) first.kill('SIGINT')
    }
    const [code] = await once(first, 'close').catch(() => [first.exitCode])
    expect([code ?? first.exitCode, said]).toEqual([0, expect.stringContaining('the same command goes on')])
    expect(said).toMatch(/crop \d+,8,\d+,64: black bars: top 10 %, bottom 10 %/)
    expect(said).toMatch(/size 16×16: as asked for/)
    expect(plays().code).toBe(0)

    const second = djinn(LEARN)
    expect([second.code, second.out]).toEqual([0, expect.stringContaining('going on after')])
    for (const sentence of ['health: codes', 'swap effect', 'moments  key', 'action fidelity'])
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
