// Videos that other readers get wrong: page and command line take the same frames out of them, and refuse the same files.

import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Page } from 'playwright'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ClipReader } from '../../src/cli/clip_reader.ts'
import { djinn, ROOT, scratch } from '../cli/run.ts'
import { leave, PATIENCE, servePage, visit } from '../play_page/open_play_page.ts'
import { letImport, opened, TRAIN } from './open_train_page.ts'

servePage()

const FOLDER = scratch()
const LENGTH = 24 // frames per clip, of 64 × 64 pixels
const input = (name: string) => join(ROOT, 'test/inputs', name)

let page: Page
beforeAll(async () => {
  ;({ page } = await visit({ address: TRAIN }))
  await opened(page)
  await letImport(page)
})
afterAll(() => leave(page))

/** A file that ffmpeg makes; undefined where there is no ffmpeg. */
function made(name: string, ...args: string[]): string {
  const path = join(FOLDER, name)
  const { stderr, status } = spawnSync('ffmpeg', ['-v', 'error', '-y', ...args, path], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`ffmpeg: ${stderr}`)
  return path
}

/** Clips as the command line takes them, [clip][frames of 64 × 64 RGB]. */
async function byCommandLine(video: string): Promise<Uint8Array[]> {
  const out = join(FOLDER, `${basename(video)}.safetensors`)
  const { code, err } = djinn(['record', '--video', video, '--frames', `${LENGTH}`, '--out', out])
  expect([code, err]).toEqual([0, ''])
  const reader = await ClipReader.open(out)
  const clips = await Promise.all(Array.from({ length: reader.clips }, (_, i) => reader.frames(i, 0, LENGTH)))
  await reader.close()
  return clips
}

async function choose(video: string): Promise<void> {
  await page.setInputFiles('#file', { name: basename(video), mimeType: 'video/mp4', buffer: readFileSync(video) })
  await expect.poll(() => page.isVisible('#import'), PATIENCE).toBe(false)
}

/** Clips as the page takes them. */
async function byPage(video: string): Promise<Uint8Array[]> {
  await choose(video)
  expect(await page.isVisible('#error'), (await page.textContent('#error')) ?? '').toBe(false)
  expect(await page.textContent('#clips-line')).toContain(basename(video))
  const texts: string[] = await page.evaluate(async length => {
    const { ClipFile } =
      await importSource<typeof import('../../src/train_page/clip_file.ts')>('/src/train_page/clip_file.ts')
    const { Project } = await importSource<typeof import('../../src/ui/project.ts')>('/src/ui/project.ts')
    const file = (await ClipFile.open(await Project.open()))!
    const clips = []
    for (let i = 0; i < file.clips; i++) {
      const bytes = await file.frames(i, 0, length)
      let text = ''
      for (const byte of bytes) text += String.fromCharCode(byte)
      clips.push(btoa(text))
    }
    return clips
  }, LENGTH)
  return texts.map(text => Buffer.from(text, 'base64'))
}

const pixel = (clip: Uint8Array, frame: number, x: number, y: number) => [
  ...clip.subarray(3 * (4096 * frame + 64 * y + x), 3 * (4096 * frame + 64 * y + x) + 3),
]

/** Counts of clips and mean of the pixels' distances. */
function expectAlike(page: Uint8Array[], commandLine: Uint8Array[], clips: number): void {
  expect([page.length, commandLine.length]).toEqual([clips, clips])
  for (const [i, clip] of page.entries())
    for (let frame = 0; frame < LENGTH; frame++) {
      let sum = 0
      for (let at = 12288 * frame; at < 12288 * (frame + 1); at++) sum += Math.abs(clip[at]! - commandLine[i]![at]!)
      expect(sum / 12288, `clip ${i}, frame ${frame}`).toBeLessThan(8)
    }
}

/** Grey that brightens by 2 per frame, at 24 frames per second, with a red left quarter and a blue top quarter. */
const BARS = [
  ...[
    '-f',
    'lavfi',
    '-i',
    "color=black:size=192x96:rate=24:duration=6,geq=r='if(lt(X,48),255,20+N)':g='if(lt(X,48),0,20+N)':b='if(lt(Y,24),255,if(lt(X,48),0,20+N))'",
  ],
]
const VP9 = ['-c:v', 'libvpx-vp9', '-deadline', 'realtime', '-cpu-used', '8', '-b:v', '2M', '-pix_fmt', 'yuv420p']

describe.runIf(spawnSync('ffmpeg', ['-version']).status === 0)('alike in page and command line:', () => {
  test('WebM that was written to a pipe, without cues and sizes, gives all its frames', async () => {
    expectAlike(await byPage(input('piped.webm')), await byCommandLine(input('piped.webm')), 3)
  })

  test('MKV that was written to a pipe', async () => {
    const path = join(FOLDER, 'piped.mkv')
    const { status } = spawnSync('bash', [
      '-c',
      'ffmpeg -v error -i "$0" -c copy -f matroska - > "$1"',
      input('piped.webm'),
      path,
    ])
    expect(status).toBe(0)
    expectAlike(await byPage(path), await byCommandLine(path), 3)
  })

  test('pixels that are not square are cropped about the picture as it is displayed', async () => {
    const video = made('sar.mp4', ...BARS, '-vf', 'setsar=2', ...VP9)
    const [page, commandLine] = [await byPage(video), await byCommandLine(video)]
    expectAlike(page, commandLine, 2)
    // Of 384 × 96 pixels, the middle 96: the red quarter is far outside.
    for (const clip of [...page, ...commandLine]) expect(pixel(clip, 3, 1, 40)[1]).toBeGreaterThan(15)
    const [clip] = await byCommandLine(input('sar2.mp4'))
    const [red, , blue] = pixel(clip!, 0, 4, 40)
    expect(blue! - red!).toBeLessThan(50)
  })

  test('a video of a phone held upright is turned as its metadata says', async () => {
    const lying = made('lying.mp4', ...BARS, ...VP9)
    const bytes = readFileSync(lying)
    // The matrix of the track's header: a quarter turn.
    const matrix = bytes.indexOf('tkhd') + 44
    for (const [i, value] of [0, 0x10000, 0, -0x10000, 0].entries()) bytes.writeInt32BE(value, matrix + 4 * i)
    const video = join(FOLDER, 'turned.mp4')
    writeFileSync(video, bytes)
    const [page, commandLine] = [await byPage(video), await byCommandLine(video)]
    expectAlike(page, commandLine, 2)
    expect(pixel(page[0]!, 0, 3, 30)).not.toEqual(pixel(page[0]!, 0, 60, 30))
  })

  test('a video of variable rate gives the same frames at a steady rate', async () => {
    const frames = "select='if(lt(t,2),1,not(mod(n,7)))',setpts=PTS"
    const video = made('variable.mp4', ...BARS, '-vf', frames, '-fps_mode', 'vfr', ...VP9)
    expectAlike(await byPage(video), await byCommandLine(video), 2)
  })

  test('an edit list that cuts the beginning off', async () => {
    const whole = made('whole.mp4', ...BARS, ...VP9, '-g', '200')
    const video = made('edited.mp4', '-ss', '1', '-i', whole, '-c', 'copy')
    const [page, commandLine] = [await byPage(video), await byCommandLine(video)]
    expectAlike(page, commandLine, 2)
    // The first frame that is shown is the one after a second.
    expect(Math.abs(pixel(page[0]!, 0, 40, 60)[1]! - 44)).toBeLessThan(8)
  })
})

describe.runIf(spawnSync('ffmpeg', ['-version']).status === 0)('one sentence:', () => {
  const silence = ['-f', 'lavfi', '-i', 'anullsrc', '-t', '5']
  test.each([
    ['sound without pictures', () => made('sound.webm', ...silence), /has no pictures/],
    ['one frame', () => made('one.webm', ...BARS, '-frames:v', '1', ...VP9), /too short|too few|one clip/],
    [
      'an MP4 that was cut off before its index',
      () => {
        const path = join(FOLDER, 'no-moov.mp4')
        const whole = readFileSync(made('moov.mp4', ...BARS, ...VP9))
        spawnSync('bash', [
          '-c',
          'head -c "$0" "$1" > "$2"',
          `${whole.indexOf('moov') - 4}`,
          join(FOLDER, 'moov.mp4'),
          path,
        ])
        return path
      },
      /is not a video|cannot read/,
    ],
  ])('%s', async (_, video, sentence) => {
    const path = video()
    const { code, err } = djinn(['record', '--video', path, '--out', join(FOLDER, 'none.safetensors')])
    expect(code).toBe(1)
    expect(err).toMatch(/^djinn: [^\n]+\n$/)
    expect(err).toMatch(sentence)
    await choose(path)
    expect(await page.textContent('#error')).toMatch(sentence)
  })

  test('the page refuses AVI, which the command line reads', async () => {
    const video = made('a.avi', ...BARS, '-c:v', 'mjpeg', '-q:v', '2')
    expect(await byCommandLine(video)).toHaveLength(2)
    await choose(video)
    expect(await page.textContent('#error')).toMatch(/^a\.avi is not a video that this browser can/)
  })
})
