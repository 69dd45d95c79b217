// `djinn evaluate` on a golden model and clips whose codes, actions and reconstructions an independent implementation
// computed: the bundle's own frames, several times over, with labels made from its actions.
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { NO_DRIVER } from '../../src/cli/dawn.ts'
import { bytesSource, hostTensor, readSafetensors, writeSafetensors } from '../../src/weights/safetensors.ts'
import { djinn, ROOT, scratch } from './run.ts'

const MODEL = join(ROOT, 'test/golden/padded')
const FOLDER = scratch()
const [CLIPS, LENGTH, HEIGHT, WIDTH, ACTIONS] = [4, 9, 36, 50, 8]
const read = async (path: string) => (await readSafetensors(bytesSource(path, readFileSync(path)))).tensors

const bundle = await read(join(MODEL, 'reference.safetensors'))
const frames = bundle.get('in.frames')!.data
const ints = (name: string) => [...new Int32Array(bundle.get(name)!.data.slice().buffer)]
const reconstruction = new Float32Array(bundle.get('out.reconstruction')!.data.slice().buffer)
/** 1 0 0 0 4 1 4 1: a jump (4) starts in two of them. */
const codes = ints('out.actions')
const moves = codes.map(code => ({ 0: 0, 1: 2, 4: 4 })[code]!)
const keys = codes.map(code => ({ 0: 1, 1: 2, 4: 3 })[code]!)
const BOX = [48, 33, 8, 8] // partly outside: six columns, and of its rows three

const repeated = (list: number[]) => Int32Array.from(Array.from({ length: CLIPS }, () => list).flat())
function writeClip(
  name: string,
  labels: boolean,
  clipFrames = Buffer.concat(Array(CLIPS).fill(frames)),
  length = LENGTH,
) {
  const path = join(FOLDER, name)
  const tensors = {
    frames: hostTensor(clipFrames, [clipFrames.length / (length * HEIGHT * WIDTH * 3), length, HEIGHT, WIDTH, 3]),
    ...(labels && {
      moves: hostTensor(repeated(moves), [CLIPS, LENGTH - 1]),
      actions: hostTensor(repeated(keys), [CLIPS, LENGTH - 1]),
      player: hostTensor(repeated(Array(LENGTH).fill(BOX).flat()), [CLIPS, LENGTH, 4]),
    }),
  }
  writeFileSync(path, Buffer.concat(writeSafetensors(tensors)))
  return path
}

/** The model with the keys that the labels stand for. */
function modelWithKeys(): string {
  const model = join(FOLDER, 'keyed')
  cpSync(MODEL, model, { recursive: true })
  const config = JSON.parse(readFileSync(join(model, 'config.json'), 'utf8'))
  writeFileSync(
    join(model, 'config.json'),
    JSON.stringify({ ...config, keys: { ArrowLeft: 0, ArrowRight: 1, ArrowUp: 4 } }),
  )
  return model
}

const model = modelWithKeys()
const clip = writeClip('clip.safetensors', true)
const out = join(FOLDER, 'out')
const evaluated = djinn(['evaluate', model, clip, '--clips', '1', '--precision', 'f32', '--json', '--out', out])
const hasGpu = !evaluated.err.includes(NO_DRIVER)

const decibels = (error: number) => -10 * Math.log10(error)
const squares = (a: ArrayLike<number>, b: ArrayLike<number>, of: (i: number) => boolean = () => true) => {
  const errors = Array.from(a, (v, i) => (of(i) ? [(v - b[i]!) ** 2] : [])).flat()
  return errors.reduce((s, e) => s + e, 0) / errors.length
}
const truth = Float64Array.from(frames, v => v / 255)

describe.runIf(hasGpu)('evaluate', () => {
  const numbers = hasGpu && evaluated.code === 0 ? JSON.parse(evaluated.out) : {}

  test('says that it is done, and nothing else on standard output', () => {
    expect(evaluated.code, evaluated.err).toBe(0)
    expect(numbers.clips).toEqual({ watched: 4, played: 1, held: 2, rolledOut: 1 })
  })

  test('reconstructs what the independent implementation did', () => {
    expect(numbers.psnr).toBeCloseTo(decibels(squares(reconstruction, truth)), 3)
    const inBox = (i: number) => {
      const [y, x] = [Math.floor(i / 3 / WIDTH) % HEIGHT, Math.floor(i / 3) % WIDTH]
      return x >= 48 && y >= 33
    }
    expect(numbers.playerPsnr).toBeCloseTo(decibels(squares(reconstruction, truth, inBox)), 3)
    expect(numbers.ssim).toBeGreaterThan(-1)
    expect(numbers.ssim).toBeLessThan(1)
  })

  test('counts its codes and actions', () => {
    const used = ints('out.codes')
    const shares = [...new Set(used)].map(code => used.filter(c => c === code).length / used.length)
    expect(numbers.codesUsed).toBe(shares.length)
    expect(numbers.perplexity).toBeCloseTo(Math.exp(-shares.reduce((s, p) => s + p * Math.log(p), 0)), 9)
    expect(numbers.actionsUsed).toBe(3)
  })

  test('finds that moves and keys follow from the actions', () => {
    // Of eight transitions three go left, three right and two jump.
    const entropy = 2 * (3 / 8) * Math.log2(8 / 3) + (2 / 8) * Math.log2(8 / 2)
    expect(numbers.mutualInformation).toBeCloseTo(entropy, 9)
    expect([numbers.moveAccuracy, numbers.keyAccuracy, numbers.jumpRecall]).toEqual([1, 1, 1])
  })

  test('plays what `djinn play` plays from the same prompt under the same actions', async () => {
    const played = join(FOLDER, 'played.safetensors')
    const args = ['--actions', codes.join(), '--seed', '0', '--precision', 'f32', '--out', played]
    expect(djinn(['play', model, '--prompt', `${clip}#0:1`, ...args]).code).toBe(0)
    const pixels = (await read(played)).get('frames')!.data
    const size = HEIGHT * WIDTH * 3
    expect(numbers.playPsnr.length).toBe(8)
    for (const [k, psnr] of numbers.playPsnr.entries()) {
      const at = [(k + 1) * size, (k + 2) * size] as const
      const error = squares(
        Float64Array.from(pixels.subarray(...at), v => v / 255),
        truth.subarray(...at),
      )
      expect(psnr).toBeCloseTo(decibels(error), 6)
    }
    expect(numbers.playSsim.length).toBe(8)
    for (const value of numbers.playSsim) expect(Math.abs(value)).toBeLessThan(1)
  })

  test('gives every other number in its range, and null with a reason where there is none', () => {
    expect(Number.isFinite(numbers.delta4)).toBe(true)
    expect(numbers.crossEntropy).toBeGreaterThan(0)
    expect(numbers.consistency).toBeGreaterThanOrEqual(0)
    expect(numbers.consistency).toBeLessThanOrEqual(1)
    for (const of of [numbers.motion, numbers.rise]) {
      expect(Object.keys(of)).toEqual(['ArrowLeft', 'ArrowRight', 'ArrowUp'])
      for (const value of Object.values(of)) expect(Math.abs(value as number)).toBeLessThanOrEqual(32)
    }
    expect(numbers.delta4Error).toBeNull()
    expect(numbers.playerWhole).toBeNull()
    expect(Object.keys(numbers.reasons).sort()).toEqual(['delta4Error', 'playerWhole'])
  })

  test('leaves the table, the JSON and pictures in --out', () => {
    const pictures = ['keys', 'latent-actions', 'played-beside-truth', 'reconstructions'].map(name => `${name}.png`)
    expect(readdirSync(out).sort()).toEqual(['evaluation.json', 'evaluation.txt', ...pictures])
    expect(JSON.parse(readFileSync(join(out, 'evaluation.json'), 'utf8'))).toEqual(numbers)
    expect(readFileSync(join(out, 'evaluation.txt'), 'utf8')).toContain(
      'clips do not show a character that this program can find',
    )
  })

  test('works for a model without latent actions or keys, clips of two frames and no labels', () => {
    const bare = join(FOLDER, 'bare')
    cpSync(MODEL, bare, { recursive: true })
    rmSync(join(bare, 'latent_action.safetensors'))
    const short = writeClip('short.safetensors', false, Buffer.from(frames.subarray(0, 2 * HEIGHT * WIDTH * 3)), 2)
    const { code, out, err } = djinn(['evaluate', bare, short, '--clips', '1', '--json'])
    expect(code, err).toBe(0)
    const { reasons, ...rest } = JSON.parse(out)
    const missing = Object.keys(rest).filter(name => rest[name] === null)
    expect(missing.sort()).toEqual(Object.keys(reasons).sort())
    expect(missing).toEqual(
      expect.arrayContaining(['actionsUsed', 'moveAccuracy', 'playPsnr', 'delta4', 'crossEntropy']),
    )
    for (const name of ['psnr', 'ssim', 'codesUsed', 'perplexity']) expect(rest[name]).not.toBeNull()
  })

  test('refuses frames of another size, and labels that do not fit the frames', async () => {
    const tiny = join(ROOT, 'test/golden/tiny')
    expect(djinn(['evaluate', tiny, clip]).err).toBe(`djinn: ${clip}: frames are 36×50, this model's are 32×32\n`)
    const wrong = join(FOLDER, 'wrong.safetensors')
    const tensors = {
      frames: hostTensor(frames, [1, LENGTH, HEIGHT, WIDTH, 3]),
      moves: hostTensor(repeated(moves), [32]),
    }
    writeFileSync(wrong, Buffer.concat(writeSafetensors(tensors)))
    expect(djinn(['evaluate', model, wrong])).toMatchObject({ code: 1, out: '' })
    expect(djinn(['evaluate', model, wrong]).err).toContain('moves is I32 [32], its frames imply I32 [1, 8]')
  })
})

describe.runIf(hasGpu)('bind', () => {
  const config = join(model, 'config.json')

  test('gives each key the action that its effect has, and leaves the rest of config.json as it is', () => {
    const before = readFileSync(join(MODEL, 'config.json'), 'utf8')
    writeFileSync(config, before.replace('"frame"', '"keys" : {"a}": 3},\n\n   "frame"'))
    const { code, out, err } = djinn(['bind', model, clip])
    expect(code, err).toBe(0)
    expect(out).toMatch(/^"ArrowLeft" +0 +12 +12 +100\.0 % +37\.5 %$/m)
    expect(out).toMatch(/^"ArrowLeft\+ArrowUp" +not seen: left out/m)
    expect(out).toContain(`${config}: 4 of 7 keys bound\n`)
    const keys = '"keys": { "ArrowLeft": 0, "ArrowRight": 1, "ArrowUp": 4, " ": 4 }'
    expect(readFileSync(config, 'utf8')).toBe(before.replace('"frame"', `${keys},\n\n   "frame"`))
  })

  test('adds keys where there were none; without labels of keys every action is played', () => {
    const before = readFileSync(join(MODEL, 'config.json'), 'utf8')
    writeFileSync(config, before)
    const played = djinn(['bind', model, writeClip('plain.safetensors', false)])
    expect([played.code, played.out]).toEqual([0, expect.stringContaining('keys bound')])
    expect(JSON.parse(readFileSync(config, 'utf8'))).toMatchObject({
      keys: { '': expect.any(Number) },
      actions: expect.any(Array),
    })
    // Motion in numbers is no key of the arcade.
    const motion = join(FOLDER, 'motion.safetensors')
    const tensors = {
      frames: hostTensor(Buffer.concat([frames, frames]), [2, LENGTH, HEIGHT, WIDTH, 3]),
      moves: hostTensor(new Float32Array(2 * (LENGTH - 1) * 2).fill(2), [2, LENGTH - 1, 2]),
      unit: hostTensor(Float32Array.of(1, 1), [2]),
    }
    writeFileSync(motion, Buffer.concat(writeSafetensors(tensors)))
    const moved = djinn(['bind', model, motion])
    expect([moved.code, moved.out]).toEqual([0, expect.stringContaining('starting points  key')])
    writeFileSync(config, before)
    expect(djinn(['bind', model, clip, '--clips', '3']).code).toBe(0)
    const { keys, ...rest } = JSON.parse(readFileSync(config, 'utf8'))
    expect(keys).toEqual({ ArrowLeft: 0, ArrowRight: 1, ArrowUp: 4, ' ': 4 })
    expect(rest).toEqual(JSON.parse(before))
  })
})

test('the golden clip is what these tests take it for', () => {
  expect(bundle.get('in.frames')!.shape).toEqual([LENGTH, HEIGHT, WIDTH, 3])
  expect(codes).toEqual([1, 0, 0, 0, 4, 1, 4, 1])
  expect(Math.max(...codes)).toBeLessThan(ACTIONS)
})
