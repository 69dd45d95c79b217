// The commands that compute, on the small golden model and whatever Vulkan driver this machine has.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { NO_DRIVER } from '../../src/cli/dawn.ts'
import { bytesSource, readSafetensors, writeSafetensors } from '../../src/weights/safetensors.ts'
import { djinn, ROOT, scratch } from './run.ts'

const TINY = join(ROOT, 'test/golden/tiny')
const BUNDLE = join(TINY, 'reference.safetensors')
const FOLDER = scratch()
const read = async (path: string) => (await readSafetensors(bytesSource(path, readFileSync(path)))).tensors

const validated = djinn(['validate', TINY, BUNDLE, '--json'])
const hasGpu = !validated.err.includes(NO_DRIVER)

test.runIf(hasGpu)('validate says that every output of the bundle holds, and exits with 0', () => {
  expect(validated.code).toBe(0)
  const { precision, rows } = JSON.parse(validated.out)
  expect(precision).toBe('f32')
  expect(rows.map((row: { output: string; holds: boolean }) => [row.output, row.holds])).toEqual(
    ['codes', 'reconstruction', 'actions', 'prediction', 'logits', 'tokens'].map(name => [`out.${name}`, true]),
  )
})

test.runIf(hasGpu)('validate exits with 1 and names the output that does not hold', async () => {
  const tensors = await read(BUNDLE)
  const wrong = tensors.get('out.reconstruction')!
  new Float32Array(wrong.data.buffer)[5] += 0.01
  const path = join(FOLDER, 'wrong.safetensors')
  const named = ['in.frames', 'out.codes', 'out.reconstruction'].map(name => [name, tensors.get(name)!] as const)
  writeFileSync(path, Buffer.concat(writeSafetensors(Object.fromEntries(named))))
  const { code, err } = djinn(['validate', TINY, path])
  expect(code).toBe(1)
  expect(err).toContain(`djinn: ${path}: out.reconstruction not reproduced within tolerance\n`)
})

// The latent actions of vit are of tokens.
test.runIf(hasGpu).each(['tiny', 'vit'])(
  'actions of every clip are those of the bundle of %s, whatever clip came before',
  async name => {
    const model = join(ROOT, 'test/golden', name)
    const tensors = await read(join(model, 'reference.safetensors'))
    const { shape, data } = tensors.get('in.frames')!
    const clip = join(FOLDER, `${name}.clip.safetensors`)
    const out = join(FOLDER, `${name}.actions.safetensors`)
    const frames = { dtype: 'U8' as const, shape: [2, ...shape], data: Buffer.concat([data, data]) }
    writeFileSync(clip, Buffer.concat(writeSafetensors({ frames })))
    expect(djinn(['actions', model, clip, '--precision', 'f32', '--out', out]).code).toBe(0)
    const expected = tensors.get('out.actions')!
    expect((await read(out)).get('actions')).toEqual({
      dtype: 'I32',
      shape: [2, shape[0] - 1],
      data: new Uint8Array([...expected.data, ...expected.data]),
    })
  },
)

test.runIf(hasGpu)('play plays what the reference played, from a clip of prompt frames, the same twice', async () => {
  const clip = join(FOLDER, 'prompt.safetensors')
  const { tensors: bundle, metadata } = await readSafetensors(bytesSource(BUNDLE, readFileSync(BUNDLE)))
  const { shape, data } = bundle.get('in.prompt')!
  const play = new Int32Array(bundle.get('in.play')!.data.slice().buffer)
  writeFileSync(clip, Buffer.concat(writeSafetensors({ frames: { dtype: 'U8', shape: [1, ...shape], data } })))
  const [first, second] = ['a', 'b'].map(name => {
    const out = join(FOLDER, `${name}.safetensors`)
    const sampling = ['--steps', metadata.steps!, '--temperature', metadata.temperature!, '--seed', metadata.seed!]
    const args = ['--prompt', clip, '--actions', play.join(), ...sampling, '--precision', 'f32', '--out', out]
    expect(djinn(['play', TINY, ...args]).code).toBe(0)
    return out
  })
  const played = await read(first)
  const count = shape[0] + play.length
  expect(played.get('frames')!.shape).toEqual([count, 32, 32, 3])
  expect(played.get('frames')!.data.subarray(0, data.length)).toEqual(data)
  expect(played.get('tokens')).toEqual(bundle.get('out.tokens'))
  expect(readFileSync(first).equals(readFileSync(second))).toBe(true)
})

test.runIf(hasGpu)('play takes several prompts after one --prompt, and picks clips and frames of a file', async () => {
  const clip = join(FOLDER, 'two.safetensors')
  const out = join(FOLDER, 'two.out.safetensors')
  const data = Uint8Array.from({ length: 2 * 3 * 32 * 32 * 3 }, (_, i) => i % 251)
  writeFileSync(clip, Buffer.concat(writeSafetensors({ frames: { dtype: 'U8', shape: [2, 3, 32, 32, 3], data } })))
  expect(djinn(['play', TINY, '--prompt', `${clip}#1:2`, `${clip}#0`, '--actions', '1,3x2', '--out', out]).code).toBe(0)
  const frames = (await read(out)).get('frames')!
  const clipBytes = data.length / 2
  expect(frames.shape).toEqual([2 + 3 + 3, 32, 32, 3])
  expect(frames.data.subarray(0, (2 * clipBytes) / 3)).toEqual(
    data.subarray(clipBytes, clipBytes + (2 * clipBytes) / 3),
  )
})
