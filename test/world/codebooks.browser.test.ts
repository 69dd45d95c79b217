// A world of three codes per position: what it plays is what the reference played; forks, snapshots, recordings and links continue alike.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseConfig } from '../../src/families/parse_config.ts'
import { ReferenceBundle } from '../../src/validation/reference_bundle.ts'
import { bytesSource, readSafetensors } from '../../src/weights/safetensors.ts'
import { worldMemory } from '../../src/world/memory.ts'
import { decodeRecording, encodeRecording } from '../../src/world/recording.ts'
import { World } from '../../src/world/world.ts'
import { type Counts, countingDevice } from '../helpers/counting_device.ts'
import { fetchFiles } from '../helpers/fetch_files.ts'
import { playedTokens } from '../helpers/play_world.ts'
import { type Files, filesSource } from '../helpers/random_model.ts'

const NAMES = ['config.json', 'tokenizer.safetensors', 'dynamics.safetensors']
const BUNDLES = ['reference', 'greedy', 'threshold']
const POSITIONS = 12
const CODES = 23

let device: GPUDevice
let counts: Counts
let files: Files
let world: World
beforeAll(async () => {
  files = await fetchFiles('/test/golden/codebooks', [...NAMES, ...BUNDLES.map(name => `${name}.safetensors`)])
  ;({ device, counts } = await countingDevice())
  world = await World.load(filesSource(files), { device, precision: 'f32' })
})
afterAll(() => {
  world.dispose()
  device.destroy()
})

/** Prompts with a bundle's pictures, under its sampling. @returns the actions to play and the tokens of all frames */
async function promptFrom(name: string): Promise<{ actions: number[]; frames: number[][] }> {
  const { tensors, metadata } = await readSafetensors(bytesSource(name, files[`${name}.safetensors`]!))
  const bundle = new ReferenceBundle(name, tensors, metadata, world.config)
  const { height, width } = world.config.frame
  const names = ['steps', 'temperature', 'choice_temperature', 'guidance', 'threshold', 'seed'] as const
  const settings = names.map(setting => [setting, bundle.setting(setting, 1)])
  world.sampling = Object.fromEntries(settings) as typeof world.sampling
  await world.prompt(bundle.frames('in.prompt').map(words => ({ height, width, data: new Uint8Array(words.buffer) })))
  const actions = [...bundle.ints('in.play', [4])]
  const tokens = bundle.ints('out.tokens', [6, POSITIONS, 3])
  const size = 3 * POSITIONS
  return { actions, frames: Array.from({ length: 6 }, (_, t) => [...tokens.subarray(t * size, (t + 1) * size)]) }
}

test.each(BUNDLES)('it plays the roll-out of the bundle %s, and again from its link', async name => {
  const { actions, frames } = await promptFrom(name)
  expect([...world.promptTokens()]).toEqual(frames.slice(0, 2).flat())
  expect(await playedTokens(world, actions)).toEqual(frames.slice(2))
  const link = decodeRecording(encodeRecording(world.recording()))
  await world.replay(link)
  expect([...(await world.tokens())]).toEqual(frames.at(-1))
})

test('a frame is one submit and reads nothing back', async () => {
  const { actions } = await promptFrom('threshold')
  await world.ready
  counts.reset()
  world.step(actions[0]!)
  world.flush()
  expect(counts.calls.submit).toBe(1)
  expect(counts.calls.mapAsync ?? 0).toBe(0)
})

test('a fork and a restored snapshot continue as the world would', async () => {
  const { actions, frames } = await promptFrom('reference')
  await playedTokens(world, actions.slice(0, 2))
  const fork = world.fork()
  const snapshot = world.save()
  const rest = frames.slice(4)
  expect(await playedTokens(fork, actions.slice(2))).toEqual(rest)
  expect(await playedTokens(world, [0, 0])).not.toEqual(rest)
  world.restore(snapshot)
  expect(await playedTokens(world, actions.slice(2))).toEqual(rest)
  fork.dispose()
  snapshot.dispose()
})

test('the trace of a frame has one token per position', async () => {
  const { actions, frames } = await promptFrom('reference')
  world.recordDecoding(true)
  await playedTokens(world, actions.slice(0, 1))
  const steps = await world.decodingSteps()
  world.recordDecoding(false)
  expect(steps.map(({ tokens }) => tokens.filter(token => token === CODES).length)).toEqual([10, 6, 0])
  expect([...steps.at(-1)!.tokens]).toEqual(frames[2]!.filter((_, at) => at % 3 === 0))
})

test('prompts of other lengths are refused', async () => {
  await expect(world.prompt(new Int32Array(POSITIONS))).rejects.toThrow('has 12 tokens, this world')
})

test('its memory is predicted to the byte', async () => {
  const own = await World.load(filesSource(files), { device, precision: 'f32' })
  const predicted = await worldMemory(parseConfig(new TextDecoder().decode(files['config.json'])), 'f32')
  expect(own.gpu.bytes).toBe(predicted.total)
  own.dispose()
})
