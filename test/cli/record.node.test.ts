// `djinn record` writes clip files in the project's format, of the arcade and of videos.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { playClip } from '../../arcade/clips.ts'
import { ClipReader } from '../../src/cli/clip_reader.ts'
import { bytesSource, readSafetensors } from '../../src/weights/safetensors.ts'
import { djinn, scratch } from './run.ts'

const FOLDER = scratch()
const hasFfmpeg = spawnSync('ffmpeg', ['-version']).status === 0

const read = (path: string) => readSafetensors(bytesSource(path, readFileSync(path)))

test('an arcade file holds its clips, in order, with keys, moves and player boxes', async () => {
  const path = join(FOLDER, 'arcade.safetensors')
  expect(djinn(['record', '--seed', '5', '--clips', '3', '--frames', '7', '--out', path])).toMatchObject({
    code: 0,
    err: '',
  })
  const { tensors } = await read(path)
  expect(Object.fromEntries([...tensors].map(([name, t]) => [name, [t.dtype, ...t.shape]]))).toEqual({
    frames: ['U8', 3, 7, 64, 64, 3],
    actions: ['I32', 3, 6],
    moves: ['I32', 3, 6],
    player: ['I32', 3, 7, 4],
  })
  const third = playClip(5, 2, 7)
  expect(tensors.get('frames')!.data.subarray(-third.frames.length)).toEqual(third.frames)
  expect(new Int32Array(tensors.get('moves')!.data.buffer).subarray(-6)).toEqual(third.moves)
})

test('one frame of one clip is read without the rest', async () => {
  const path = join(FOLDER, 'two.safetensors')
  djinn(['record', '--clips', '2', '--frames', '5', '--held-out', '--out', path])
  const reader = await ClipReader.open(path)
  const size = 64 * 64 * 3
  expect(await reader.frames(1, 3, 1)).toEqual(playClip(1, 1, 5, true).frames.subarray(3 * size, 4 * size))
  await expect(reader.frames(2, 0, 1)).rejects.toThrow(`${path} has clips 0 … 1, no clip 2`)
  await reader.close()
})

test.runIf(hasFfmpeg)('a video is cut into clips of frames about its centre, at the rate asked for', async () => {
  const video = join(FOLDER, 'video.mp4')
  const path = join(FOLDER, 'video.safetensors')
  // Left and right borders of blue that a crop to the centre square loses.
  const source = 'color=blue:size=160x80:rate=20:duration=1.6,drawbox=x=40:y=0:w=80:h=80:color=red:t=fill'
  spawnSync('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', source, video])
  const args = ['--rate', '10', '--frames', '5', '--size', '33x33', '--out', path]
  expect(djinn(['record', '--video', video, ...args])).toMatchObject({ code: 0, err: '' })
  const { shape, data } = (await read(path)).tensors.get('frames')!
  expect(shape).toEqual([3, 5, 33, 33, 3])
  const [red, , blue] = data.subarray(3 * (16 * 33 + 3))
  expect(red).toBeGreaterThan(200)
  expect(blue).toBeLessThan(60)
})

test.runIf(hasFfmpeg)(
  '--crop keeps a rectangle, --skip leaves out blank pictures and the seconds it names, and says so',
  async () => {
    const video = join(FOLDER, 'scenes.mp4')
    const path = join(FOLDER, 'scenes.safetensors')
    // Two seconds of black, then four of a test picture that moves, right of a border of 16 pixels.
    const source =
      'testsrc2=size=64x64:rate=10:duration=6,drawbox=t=fill:color=black:enable=lt(t\\,2),pad=80:64:16:0:white'
    spawnSync('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', source, video])
    const args = ['--crop', '16,0,64,64', '--size', '32x32', '--rate', '10', '--frames', '10', '--out', path]
    const { code, out } = djinn(['record', '--video', video, ...args, '--skip', '5-6'])
    expect([code, out]).toEqual([0, expect.stringContaining('2.0 s of blank pictures')])
    expect(out).toContain('1.0 s as asked for')
    const { tensors } = await read(path)
    const { shape, data } = tensors.get('frames')!
    expect(shape).toEqual([3, 10, 32, 32, 3])
    expect([...new Float32Array(tensors.get('start')!.data.slice().buffer)]).toEqual([2, 3, 4])
    // No white of the border.
    expect(Math.min(...data.subarray(0, 3))).toBeLessThan(200)
    expect(djinn(['record', '--video', video, ...args, '--skip', '5-4'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('--skip is 5-4, expected stretches of seconds'),
    })
  },
)

test.runIf(hasFfmpeg)('of a video in which nothing moves that is said, and of black pictures it is not', () => {
  const recordOf = (source: string) => {
    const video = join(FOLDER, `${source}.mp4`)
    spawnSync('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', `${source}=size=64x64:rate=10:duration=8`, video])
    return djinn(['record', '--video', video, '--skip', '--frames', '24', '--out', join(FOLDER, 'still.safetensors')])
  }
  expect(recordOf('smptebars')).toMatchObject({
    code: 1,
    err: `djinn: nothing moves in 6.9 s of the 8.0 s of ${join(FOLDER, 'smptebars.mp4')}, and the rest has no scene of 24 frames at 10 per second: give a video of play, or with --crop the part of it that moves\n`,
  })
  expect(recordOf('color').err).toMatch(/has no scene of 24 frames .* lower --frames or raise --rate\n$/)
})

test.runIf(hasFfmpeg)('a file that is not a video fails in one sentence and leaves no file', () => {
  const video = join(FOLDER, 'not.mp4')
  const path = join(FOLDER, 'none.safetensors')
  writeFileSync(video, 'no video')
  const { code, err } = djinn(['record', '--video', video, '--out', path])
  expect(code).toBe(1)
  expect(err).toMatch(/^djinn: ffmpeg cannot read \S+not.mp4: .+\n$/)
  expect(existsSync(path) || existsSync(`${path}.part`)).toBe(false)
})

test('without ffmpeg the Debian package is named', () => {
  const { code, err } = djinn(['record', '--video', 'a.mp4', '--out', join(FOLDER, 'a.safetensors')], { PATH: '/none' })
  expect([code, err]).toEqual([
    1,
    'djinn: Videos are read by the program ffmpeg: install the Debian package `ffmpeg`\n',
  ])
})
