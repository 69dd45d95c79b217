// Corrupted files: 20 000 against the safetensors reader, `inspect`, config and weights, and 20 000 against recordings, clips and checkpoints.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { CheckpointFiles } from '../../src/cli/checkpoint_files.ts'
import { ClipReader } from '../../src/cli/clip_reader.ts'
import { describeFile } from '../../src/cli/commands/inspect.ts'
import { NO_DRIVER, requestDawnAdapter } from '../../src/cli/dawn.ts'
import { readPrompt } from '../../src/cli/prompts.ts'
import { parseConfig } from '../../src/families/parse_config.ts'
import { dynamicsTensors } from '../../src/model/dynamics.ts'
import { tokenizerTensors } from '../../src/model/tokenizer.ts'
import { Pcg } from '../../src/random.ts'
import { checkCheckpoint } from '../../src/training/checkpoint.ts'
import { splitCheckpoint } from '../../src/training/loop.ts'
import { toFloat32 } from '../../src/weights/floats.ts'
import { checkHeader } from '../../src/weights/load.ts'
import { readText } from '../../src/weights/model_source.ts'
import { printableLines } from '../../src/weights/printable.ts'
import {
  bytesSource,
  hostTensor,
  joined,
  readSafetensors,
  SafetensorsReader,
  writeSafetensors,
} from '../../src/weights/safetensors.ts'
import { decodeRecording, encodeRecording } from '../../src/world/recording.ts'
import { World } from '../../src/world/world.ts'
import { ROOT, scratch } from '../cli/run.ts'
import { unsizedSource } from '../helpers/raw_safetensors.ts'
import { budget, PATIENCE, type Part, report, SEED } from './budget.ts'
import { corruptFile, corruptJson, corruptText } from './mutations.ts'
import { tryOne } from './outcome.ts'

const FOLDER = scratch()
const TINY = join(ROOT, 'test/golden/tiny')
const CONFIG = readFileSync(join(TINY, 'config.json'), 'utf8')
const config = parseConfig(CONFIG)
const TYPES = joined(
  writeSafetensors(
    {
      'a.weight': hostTensor(new Float32Array(12).fill(0.5), [3, 4]),
      b: { dtype: 'F16', shape: [5], data: new Uint8Array(10).fill(60) },
      c: { dtype: 'BF16', shape: [2, 1], data: new Uint8Array(4).fill(63) },
      d: { dtype: 'F8_E4M3', shape: [2], data: new Uint8Array(2) },
      empty: hostTensor(new Float32Array(0), [0, 3]),
    },
    { seed: '3', format: 'genie-1' },
  ),
)

/** Makes `least` tries or more, of which neither all nor none succeed. @returns how many */
async function fuzz(part: Part, least: number, attempt: (random: Pcg) => unknown): Promise<number> {
  const goesOn = budget(part, least)
  let tried = 0
  let refused = 0
  for (; goesOn(tried); tried++) {
    const random = new Pcg(SEED * 1_000_003 + tried)
    if (!(await tryOne(`${part}, seed ${SEED}, number ${tried}`, () => attempt(random)))) refused++
  }
  expect(refused).toBeGreaterThan(tried / 10)
  expect(refused).toBeLessThan(tried)
  return tried
}

const CORRUPTED = 'corrupted safetensors files, configs, links, clips and checkpoints'
const REFUSED = 'read, or refused by name in one sentence'

const SAFETENSORS = 14_000
const CONFIGS = 6_000

test(
  `${SAFETENSORS} safetensors files are read, listed by inspect, or refused in a sentence`,
  async () => {
    const tried = await fuzz('safetensors', SAFETENSORS, async random => {
      const bytes = corruptFile(TYPES, random)
      const source = random.chance(50) ? bytesSource('a.safetensors', bytes) : unsizedSource('a.safetensors', bytes, 97)
      if (random.chance(20)) {
        const listing = printableLines(describeFile((await SafetensorsReader.open(source)).header))
        // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is looked for
        if (/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/.test(listing))
          throw new TypeError('control characters in a listing')
        return
      }
      const { tensors } = await readSafetensors(source)
      for (const [name, t] of tensors) toFloat32(t, name)
    })
    report(CORRUPTED, tried, REFUSED)
  },
  PATIENCE,
)

test(
  `${CONFIGS} configs and the headers of weights that do not fit them`,
  async () => {
    const specs = [
      ['tokenizer', tokenizerTensors(config)],
      ['dynamics', dynamicsTensors(config)],
    ] as const
    const files = specs.map(
      ([name, specs]) => [`${name}.safetensors`, readFileSync(join(TINY, `${name}.safetensors`)), specs] as const,
    )
    const tried = await fuzz('configs', CONFIGS, async random => {
      if (random.chance(70)) {
        const parsed = parseConfig(await readText(bytesSource('config.json', Buffer.from(corruptJson(CONFIG, random)))))
        tokenizerTensors(parsed)
        dynamicsTensors(parsed)
      } else {
        const [name, good, specs] = files[random.below(2)]!
        const reader = await SafetensorsReader.open(bytesSource(name, corruptFile(good, random)))
        checkHeader(reader.header, specs, name)
      }
    })
    report(CORRUPTED, tried, REFUSED)
  },
  PATIENCE,
)

const LINKS = 16_000

test(
  `${LINKS} share links`,
  async () => {
    const sampling = { steps: 8, temperature: 1, choice_temperature: 4.5, guidance: 1, seed: 7 }
    const good = encodeRecording({
      model: 'platformer',
      codes: 1024,
      prompt: Int32Array.from({ length: 128 }, (_, i) => (i * 37) % 1024),
      played: [
        { sampling, actions: [0, 0, 0, 3, 3, 1] },
        { sampling: { ...sampling, guidance: 2 }, actions: [2] },
      ],
    })
    const tried = await fuzz('links', LINKS, random => {
      const { prompt, played } = decodeRecording(corruptText(good, random))
      if (prompt.length > 800_000 || played.length > 32_768) throw new TypeError('a link became larger than it may')
    })
    report(CORRUPTED, tried, REFUSED)
  },
  PATIENCE,
)

const CLIPS = 4_000

test(
  `${CLIPS} clips and checkpoints`,
  async () => {
    const clips = joined(
      writeSafetensors({
        actions: hostTensor(new Int32Array(6), [2, 3]),
        moves: hostTensor(new Int32Array(6), [2, 3]),
        player: hostTensor(new Int32Array(32), [2, 4, 4]),
        frames: hostTensor(new Uint8Array(2 * 4 * 5 * 6 * 3), [2, 4, 5, 6, 3]),
      }),
    )
    const weights = { w: hostTensor(new Float32Array(6).fill(1), [2, 3]) }
    const checkpoint = joined(
      writeSafetensors(
        { ...weights, 'state.moments.w': hostTensor(new Float32Array(12), [6, 2]) },
        { step: '5', seconds: '1.5' },
      ),
    )
    const [clipPath, checkpointPath] = [join(FOLDER, 'clips.safetensors'), join(FOLDER, 'tokenizer.checkpoint')]
    const tried = await fuzz('clips', CLIPS, async random => {
      if (random.chance(50)) {
        writeFileSync(clipPath, corruptFile(clips, random))
        if (random.chance(30)) {
          await readPrompt(`${clipPath}#1:2`, 6, 5)
          return
        }
        const reader = await ClipReader.open(clipPath)
        try {
          await reader.frames(reader.clips - 1, 0, 1)
          await reader.evalClips()
        } finally {
          await reader.close()
        }
      } else {
        writeFileSync(checkpointPath, corruptFile(checkpoint, random))
        const found = await new CheckpointFiles(FOLDER, 'tokenizer').read()
        checkCheckpoint(found!, checkpointPath)
        splitCheckpoint(found!.tensors)
      }
    })
    report(CORRUPTED, tried, REFUSED)
  },
  PATIENCE,
)

const adapter = await requestDawnAdapter().catch(error => {
  if (error.message === NO_DRIVER) return undefined
  throw error
})
const WORLDS = 60

test.skipIf(!adapter)(
  `${WORLDS} worlds are loaded or refused, and the device goes on`,
  async () => {
    const device = await adapter!.requestDevice()
    const good = Object.fromEntries(
      ['config.json', 'tokenizer.safetensors', 'dynamics.safetensors'].map(name => [
        name,
        readFileSync(join(TINY, name)),
      ]),
    )
    const load = (files: Record<string, Uint8Array>) =>
      World.load({ name: 'tiny', open: async file => bytesSource(file, files[file]!) }, { device, precision: 'f32' })
    ;(await load(good)).dispose()
    const tried = await fuzz('worlds', WORLDS, async random => {
      const name = Object.keys(good)[random.below(3)]!
      const corrupted = name.endsWith('.json')
        ? Buffer.from(corruptJson(CONFIG, random))
        : corruptFile(good[name]!, random)
      const world = await load({ ...good, [name]: corrupted })
      world.dispose()
    })
    const world = await load(good)
    world.dispose()
    device.destroy()
    report('corrupted worlds loaded on a device', tried, 'played, or refused by name')
  },
  PATIENCE,
)
