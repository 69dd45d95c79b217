// `djinn record` of skins, of the arm and of recorded Procgen games: clip files with all that is known of the clips.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { armClip } from '../../arcade/arm/clips.ts'
import { skinClip } from '../../arcade/skins/clips.ts'
import { readImage } from '../../src/cli/images.ts'
import { PictureFolder } from '../../src/cli/picture_folder.ts'
import { bytesSource, hostTensor, readSafetensors, writeSafetensors } from '../../src/weights/safetensors.ts'
import { rawPng } from '../helpers/raw_png.ts'
import { djinn, scratch } from './run.ts'

const FOLDER = scratch()
const hasFfmpeg = spawnSync('ffmpeg', ['-version']).status === 0
const read = (path: string) => readSafetensors(bytesSource(path, readFileSync(path)))
const shapes = async (path: string) =>
  Object.fromEntries([...(await read(path)).tensors].map(([name, t]) => [name, [t.dtype, ...t.shape]]))

/** A picture of 30×20: a disc of a colour on nothing. */
function discPng(r: number, g: number, b: number): Uint8Array {
  const data = Array<number>(30 * 20 * 4).fill(0)
  for (let i = 0; i < 600; i++)
    if (((i % 30) - 15) ** 2 + (Math.floor(i / 30) - 10) ** 2 < 81) data.splice(4 * i, 4, r, g, b, 255)
  const lines = Array.from({ length: 20 }, (_, y) => data.slice(120 * y, 120 * y + 120))
  return rawPng({ width: 30, height: 20, depth: 8, colourType: 6, lines })
}

/** A folder of forty pictures, half of them in a folder below, and two files that are of no use. */
function pictureFolder(): string {
  const folder = join(FOLDER, 'pictures')
  mkdirSync(join(folder, 'below'), { recursive: true })
  for (let i = 0; i < 40; i++)
    writeFileSync(join(folder, i % 2 ? 'below' : '', `${i}.png`), discPng(6 * i, 255 - 6 * i, 128))
  writeFileSync(join(folder, 'broken.png'), 'no picture')
  writeFileSync(join(folder, 'notes.txt'), 'no picture either')
  return folder
}

describe('skins', () => {
  test('are written with keys, moves, boxes, and what kind of clip each is', async () => {
    const path = join(FOLDER, 'skins.safetensors')
    const sheet = join(FOLDER, 'skins.png')
    const args = ['--seed', '5', '--clips', '3', '--frames', '7', '--view', 'side', '--sheet', sheet, '--out', path]
    expect(djinn(['record', '--skins', ...args])).toMatchObject({ code: 0, err: '' })
    expect(await shapes(path)).toEqual({
      frames: ['U8', 3, 7, 64, 64, 3],
      actions: ['I32', 3, 6],
      moves: ['I32', 3, 6],
      player: ['I32', 3, 7, 4],
      pace: ['I32', 3],
      policy: ['U8', 3],
      view: ['U8', 3],
    })
    const { tensors } = await read(path)
    const third = await skinClip(5, 2, 7, { view: 'side', heldOut: false, pictures: undefined })
    expect(tensors.get('frames')!.data.subarray(-third.frames.length)).toEqual(third.frames)
    expect(new Int32Array(tensors.get('pace')!.data.buffer)[2]).toBe(third.pace[0])
    const { width, height } = await readImage(sheet)
    expect([width, height]).toEqual([7 * 130 - 2, 3 * 130 - 2])
  })

  test('are cut from the pictures of a folder, other ones where they are held out', async () => {
    const folder = pictureFolder()
    const run = (...more: string[]) => {
      const path = join(FOLDER, `cut${more.join('')}.safetensors`)
      const { code, err } = djinn([
        'record',
        '--skins',
        folder,
        '--clips',
        '2',
        '--frames',
        '2',
        '--out',
        path,
        ...more,
      ])
      expect([code, err]).toEqual([0, ''])
      return readFileSync(path)
    }
    expect(run()).not.toEqual(run('--held-out'))
  })

  test('training and held-out pictures of a folder are all of it, and none is in both', async () => {
    const folder = pictureFolder()
    const colours = async (heldOut: boolean) => {
      const pictures = PictureFolder.open(folder, heldOut)
      const seen = await Promise.all(Array.from({ length: pictures.count }, (_, i) => pictures.picture(i)))
      return seen.filter(picture => picture !== undefined).map(({ data }) => data[4 * 9 + 4 * 9 * 18])
    }
    const [training, heldOut] = [await colours(false), await colours(true)]
    expect(heldOut.length).toBeGreaterThan(0)
    expect(training.length).toBeGreaterThan(heldOut.length)
    expect([...training, ...heldOut].sort((a, b) => a! - b!)).toEqual(Array.from({ length: 40 }, (_, i) => 6 * i))
  })

  test('pictures keep their transparency and lose their margins', async () => {
    const folder = join(FOLDER, 'one')
    mkdirSync(folder)
    writeFileSync(join(folder, 'disc.png'), discPng(10, 20, 30))
    const picture = (await PictureFolder.open(folder, false).picture(0))!
    expect([picture.width, picture.height]).toEqual([17, 17])
    expect([...picture.data.subarray(0, 4)][3]).toBe(0)
    expect([...picture.data.subarray(4 * (8 * 17 + 8), 4 * (8 * 17 + 8) + 4)]).toEqual([10, 20, 30, 255])
  })

  test('an error names a path that is no folder, or has no pictures', () => {
    const run = (folder: string) => djinn(['record', '--skins', folder, '--out', join(FOLDER, 'x.safetensors')])
    expect(run('/none')).toMatchObject({ code: 1 })
    expect(run('/none').err).toMatch(/^djinn: \/none cannot be read as a folder: .+\n$/)
    const empty = join(FOLDER, 'empty')
    mkdirSync(empty)
    expect(run(empty).err).toBe(`djinn: ${empty} has no pictures, expected PNG or JPEG files in it\n`)
    expect(existsSync(join(FOLDER, 'x.safetensors'))).toBe(false)
  })

  test('options of one source do not go with another', () => {
    const run = (...args: string[]) => djinn(['record', '--out', join(FOLDER, 'x.safetensors'), ...args])
    expect(run('--view', 'top')).toMatchObject({ code: 2, err: 'djinn: --view has no effect without --skins\n' })
    expect(run('--skins', '--rate', '3')).toMatchObject({
      code: 2,
      err: 'djinn: --rate cannot be combined with --skins\n',
    })
    expect(run('--skins', '--view', 'front').err).toBe('djinn: --view is front, expected side or top or both\n')
    expect(run('--scene', 'leg').err).toBe('djinn: --scene is leg, expected arm\n')
  })
})

test('the arm is written with its commanded motion, its actual motion and all positions', async () => {
  const path = join(FOLDER, 'arm.safetensors')
  const args = ['--seed', '3', '--clips', '2', '--frames', '5', '--held-out', '--out', path]
  expect(djinn(['record', '--scene', 'arm', ...args])).toMatchObject({ code: 0, err: '' })
  expect(await shapes(path)).toEqual({
    frames: ['U8', 2, 5, 64, 64, 3],
    actions: ['F32', 2, 4, 2],
    moves: ['F32', 2, 4, 2],
    hand: ['F32', 2, 5, 2],
    blocks: ['F32', 2, 5, 5, 2],
    unit: ['F32', 2],
  })
  const second = await armClip(3, 1, 5, true)
  expect((await read(path)).tensors.get('frames')!.data.subarray(-second.frames.length)).toEqual(second.frames)
})

describe.runIf(hasFfmpeg)('procgen', () => {
  const [CLIPS, LENGTH] = [2, 3]
  const pixels = 64 * 64

  /** Random frames as the recorded sets have them: planes G, B − G + 128, R − G + 128 in a lossless video, arrays beside it. */
  function writeSet(name: string, frameCount: number): Uint8Array {
    const rgb = Uint8Array.from({ length: frameCount * pixels * 3 }, (_, i) => (i * 7919 + (i >> 5) * 31) % 256)
    const planes = new Uint8Array(rgb.length)
    for (let t = 0; t < frameCount; t++)
      for (let i = 0; i < pixels; i++) {
        const [r, g, b] = rgb.subarray(3 * (t * pixels + i)) as unknown as [number, number, number]
        planes[3 * t * pixels + i] = g
        planes[(3 * t + 1) * pixels + i] = b - g + 128
        planes[(3 * t + 2) * pixels + i] = r - g + 128
      }
    const input = ['-f', 'rawvideo', '-pix_fmt', 'yuv444p', '-s', '64x64', '-r', '15', '-i', 'pipe:0']
    spawnSync('ffmpeg', ['-v', 'error', '-y', ...input, '-c:v', 'ffv1', join(FOLDER, `${name}.mkv`)], { input: planes })
    const tensors = {
      actions: hostTensor(Int32Array.of(14, 3, 0, 9), [CLIPS, LENGTH - 1]),
      moves: hostTensor(Float32Array.of(0.5, 0, -0.5, 0, 0, 1, 0, 0), [CLIPS, LENGTH - 1, 2]),
      unit: hostTensor(Float32Array.of(5, 7), [CLIPS]),
      policy: hostTensor(Uint8Array.of(0, 1), [CLIPS]),
    }
    writeFileSync(join(FOLDER, `${name}.safetensors`), Buffer.concat(writeSafetensors(tensors, { game: 'a game' })))
    return rgb
  }

  test('frames come back bit for bit, with every array and the credits', async () => {
    const rgb = writeSet('game_test', CLIPS * LENGTH)
    writeFileSync(
      join(FOLDER, 'README.md'),
      '# Sets\n\n## Origin and licence\n\nFrog: somebody, CC-BY\n\n## More\n\nno\n',
    )
    const path = join(FOLDER, 'game.safetensors')
    const { code, out, err } = djinn(['record', '--procgen', 'game_test', '--from', FOLDER, '--out', path])
    expect([code, out, err]).toEqual([0, `${path}: 2 clips of 3 frames\n`, ''])
    const { tensors, metadata } = await read(path)
    expect(tensors.get('frames')).toMatchObject({ dtype: 'U8', shape: [2, 3, 64, 64, 3] })
    expect(tensors.get('frames')!.data).toEqual(rgb)
    expect([...new Int32Array(tensors.get('actions')!.data.buffer)]).toEqual([14, 3, 0, 9])
    expect([...new Float32Array(tensors.get('unit')!.data.buffer)]).toEqual([5, 7])
    expect(tensors.get('policy')!.data).toEqual(Uint8Array.of(0, 1))
    expect(metadata).toMatchObject({ game: 'a game', rate: '15', credits: expect.stringContaining('somebody, CC-BY') })
    expect(metadata.credits).not.toContain('More')
    const again = join(FOLDER, 'game_by_path.safetensors')
    for (const from of [[], ['--from', join(FOLDER, 'elsewhere')]])
      expect(djinn(['record', '--procgen', join(FOLDER, 'game_test'), ...from, '--out', again]).err).toBe('')
    expect(await read(again)).toEqual(await read(path))
  })

  test('a set that is not there, and one whose files do not fit each other, are named', () => {
    const path = join(FOLDER, 'none.safetensors')
    expect(djinn(['record', '--procgen', 'none_test', '--from', FOLDER, '--out', path]).err).toBe(
      `djinn: ${join(FOLDER, 'none_test.mkv')} does not exist: --procgen takes a set such as coinrun_test, --from its folder\n`,
    )
    writeSet('short_test', CLIPS * LENGTH - 1)
    expect(djinn(['record', '--procgen', 'short_test', '--from', FOLDER, '--out', path]).err).toBe(
      `djinn: ${join(FOLDER, 'short_test.mkv')} has 5 frames, expected 6: 2 clips of 3\n`,
    )
    expect(existsSync(path) || existsSync(`${path}.part`)).toBe(false)
  })
})
