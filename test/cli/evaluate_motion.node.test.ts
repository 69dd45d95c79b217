// `djinn evaluate` on clips with the arrays of the recorded Procgen sets: motion in numbers, actions that are not keys of the arcade.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ClipReader } from '../../src/cli/clip_reader.ts'
import { NO_DRIVER } from '../../src/cli/dawn.ts'
import {
  bytesSource,
  type HostTensor,
  hostTensor,
  readSafetensors,
  writeSafetensors,
} from '../../src/weights/safetensors.ts'
import { djinn, ROOT, scratch } from './run.ts'

const FOLDER = scratch()
const MODEL = join(ROOT, 'test/golden/padded')
const [CLIPS, LENGTH, HEIGHT, WIDTH] = [4, 9, 36, 50]
const bundle = (await readSafetensors(bytesSource('bundle', readFileSync(join(MODEL, 'reference.safetensors')))))
  .tensors
const frames = bundle.get('in.frames')!.data
/** 1 0 0 0 4 1 4 1 */
const codes = [...new Int32Array(bundle.get('out.actions')!.data.slice().buffer)]

/** Motion by which the latent actions 0, 1, 4 went left, right, up, at 5 pixels a unit; what is below half a pixel is none. */
const steps: Record<number, [number, number]> = { 0: [-0.5, 0.09], 1: [0.3, -0.05], 4: [0.02, 1] }

function writeClip(name: string, more: Record<string, HostTensor>): string {
  const path = join(FOLDER, name)
  const moves = Float32Array.from(Array.from({ length: CLIPS }, () => codes.flatMap(code => steps[code]!)).flat())
  const tensors: Record<string, HostTensor> = {
    actions: hostTensor(new Int32Array(CLIPS * (LENGTH - 1)).fill(14), [CLIPS, LENGTH - 1]),
    moves: hostTensor(moves, [CLIPS, LENGTH - 1, 2]),
    unit: hostTensor(new Float32Array(CLIPS).fill(5), [CLIPS]),
    agent: hostTensor(new Float32Array(CLIPS * LENGTH * 4), [CLIPS, LENGTH, 4]),
    level_seed: hostTensor(new Int32Array(CLIPS).fill(1_000_000), [CLIPS]),
    policy: hostTensor(new Uint8Array(CLIPS), [CLIPS]),
    frames: hostTensor(Buffer.concat(Array(CLIPS).fill(frames)), [CLIPS, LENGTH, HEIGHT, WIDTH, 3]),
    ...more,
  }
  writeFileSync(path, Buffer.concat(writeSafetensors(tensors)))
  return path
}

test('motion becomes the classes of the moves, actions stay out, and no box is made up', async () => {
  const reader = await ClipReader.open(writeClip('classes.safetensors', {}))
  const { moves, keys, character } = await reader.evalClips()
  await reader.close()
  const classes: Record<number, number> = { 0: 0, 1: 2, 4: 4 }
  expect([...moves!]).toEqual(Array.from({ length: CLIPS }, () => codes.map(code => classes[code]!)).flat())
  expect([keys, character]).toEqual([undefined, undefined])
})

test('going down is a class of its own', async () => {
  const down = Float32Array.from({ length: CLIPS * (LENGTH - 1) * 2 }, (_, i) => [0.4, -0.4][i % 2]!)
  const more = { moves: hostTensor(down, [CLIPS, LENGTH - 1, 2]) }
  const reader = await ClipReader.open(writeClip('down.safetensors', more))
  expect(new Set((await reader.evalClips()).moves)).toEqual(new Set([2 + 6]))
  await reader.close()
})

test('motion without its unit is refused by the name of what is missing', async () => {
  const path = writeClip('unit.safetensors', { unit: hostTensor(new Float32Array(3), [3]) })
  const reader = await ClipReader.open(path)
  await expect(reader.evalClips()).rejects.toThrow(`${path}: unit is F32 [3], its frames imply F32 [${CLIPS}]`)
  await reader.close()
})

const evaluated = djinn([
  'evaluate',
  MODEL,
  writeClip('clip.safetensors', {}),
  '--clips',
  '1',
  '--precision',
  'f32',
  '--json',
])

test.runIf(!evaluated.err.includes(NO_DRIVER))(
  'the report has what motion tells, and leaves out what needs keys or the player',
  () => {
    expect(evaluated.code, evaluated.err).toBe(0)
    const numbers = JSON.parse(evaluated.out)
    // Of eight transitions three go left, three right and two up, each by an action of its own.
    const entropy = 2 * (3 / 8) * Math.log2(8 / 3) + (2 / 8) * Math.log2(8 / 2)
    expect(numbers.mutualInformation).toBeCloseTo(entropy, 9)
    expect(numbers.moveAccuracy).toBe(1)
    expect(numbers.psnr).toBeGreaterThan(0)
    for (const name of ['keyAccuracy', 'playerPsnr', 'playerWhole', 'motion', 'rise']) {
      expect([name, numbers[name]]).toEqual([name, null])
      expect(Object.keys(numbers.reasons)).toContain(name)
    }
  },
)
