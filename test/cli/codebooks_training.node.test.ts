// A world of three codebooks in Node: it is trained from nothing and from another world, also by `djinn learn`. Nothing here depends on how good
// the worlds are.

import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openClips } from '../../src/cli/clip_reader.ts'
import { NO_DRIVER } from '../../src/cli/dawn.ts'
import { fileSource } from '../../src/cli/model_files.ts'
import { parseConfig } from '../../src/families/parse_config.ts'
import { latentActionTensors } from '../../src/model/latent_action.ts'
import type { ComponentSpec, RecipeContext } from '../../src/training/components/spec.ts'
import { tokenizerSpec } from '../../src/training/components/tokenizer.ts'
import { InitialWeights } from '../../src/training/init/initial_weights.ts'
import { Random } from '../../src/training/random.ts'
import { hostTensor, joined, readSafetensors, writeSafetensors } from '../../src/weights/safetensors.ts'
import { djinn, scratch } from './run.ts'

const FOLDER = scratch()
const at = (name: string) => join(FOLDER, name)
const CONFIG = JSON.stringify({
  format: 'genie-1',
  name: 'small',
  frame: { height: 16, width: 16, rate: 10 },
  tokenizer: {
    ...{ patch: 4, width: 64, heads: 4, ffn: 64, encoder_layers: 1, decoder_layers: 1, window: 1 },
    ...{ codes: 16, code_width: 4, codebooks: 3, variant: 'vit', encoder: 'patch' },
  },
  latent_action: {
    ...{ patch: 16, width: 48, heads: 4, ffn: 64, encoder_layers: 2, decoder_layers: 1, window: 2 },
    ...{ actions: 4, code_width: 8 },
  },
  dynamics: { width: 96, heads: 4, ffn: 192, layers: 2, window: 4, qk_norm: true },
  sampling: { steps: 1, temperature: 0, choice_temperature: 0 },
  keys: { ArrowLeft: 1 },
})
const random = new Random(1)
const frames = Uint8Array.from({ length: 4 * 8 * 16 * 16 * 3 }, () => random.integer(256))
writeFileSync(at('config.json'), CONFIG)
writeFileSync(at('clips.safetensors'), joined(writeSafetensors({ frames: hostTensor(frames, [4, 8, 16, 16, 3]) })))
/** A latent action model of random weights. */
for (const folder of ['world', 'fine']) {
  mkdirSync(at(folder))
  const actions = new InitialWeights(latentActionTensors(parseConfig(CONFIG)), random).toTensors()
  writeFileSync(at(`${folder}/latent_action.safetensors`), joined(writeSafetensors(actions)))
}

const train = (component: string, ...options: string[]) =>
  djinn(['train', component, at('clips.safetensors'), '--steps', '2', '--clips', '2', '--frames', '4', ...options])
const tokenizer = train('tokenizer', '--config', at('config.json'), '--out', at('world'))

test('dead codes stay where they are in a tokenizer that keeps its codes', async () => {
  const config = parseConfig(CONFIG)
  const clips = await openClips(at('clips.safetensors'), config)
  const resetAfter = async (spec: ComponentSpec) => {
    const recipe = await spec.recipe({ config, clips, shape: { clips: 1, frames: 1 } } as unknown as RecipeContext)
    return (await recipe.batch({ step: 200, progress: 0.5 }, new Random(1))).resetAfter
  }
  expect([await resetAfter(tokenizerSpec), await resetAfter(tokenizerSpec.continued!(config))]).toEqual([100, 0])
  await clips.close()
})

describe.runIf(!tokenizer.err.includes(NO_DRIVER))('three codebooks', () => {
  test('tokenizer and dynamics are trained from nothing', () => {
    expect([tokenizer.code, tokenizer.out]).toEqual([0, expect.stringMatching(/step 1, .*psnr/)])
    const dynamics = train('dynamics', '--out', at('world'))
    expect([dynamics.code, dynamics.out]).toEqual([0, expect.stringMatching(/step 1, .*tokenAccuracy/)])
  })

  test('a dynamics with latent actions of its own starts from that world: it takes the tokenizer, and an action of that world for each', () => {
    const dynamics = train('dynamics', '--from', at('world'), '--out', at('fine'))
    expect(dynamics.code).toBe(0)
    for (const sentence of ['tokenizer: as in', 'tensors fit and come from', 'latent actions 0 … 3 begin as actions'])
      expect(dynamics.out).toContain(sentence)
    const kept = JSON.parse(readFileSync(at('fine/config.json'), 'utf8'))
    expect(kept).toMatchObject({ name: 'fine', tokenizer: { codebooks: 3 } })
    expect(kept.keys).toBeUndefined()
    expect(existsSync(at('fine/dynamics.safetensors'))).toBe(true)
  })

  test('with the latent action model of that world, it keeps what it knows of its actions', () => {
    const { code, out } = train('dynamics', '--from', at('world'), '--out', at('same'))
    expect([code, out]).toEqual([0, expect.stringMatching(/dynamics: (\d+) of \1 tensors fit/)])
    expect(out).toContain('latent_action: as in')
    expect(out).not.toContain('begin as actions')
  })

  test('a tokenizer that starts from that world keeps its codes, also when it is resumed, and trains its decoder', async () => {
    const read = async (folder: string) =>
      (await readSafetensors(await fileSource(at(`${folder}/tokenizer.safetensors`)))).tensors
    const world = await read('world')
    const steps = [
      ['--from', at('world')],
      ['--resume', '--steps', '4'],
    ]
    for (const options of steps) {
      const { code, out } = train('tokenizer', '--out', at('decoder'), ...options)
      expect([code, out]).toEqual([0, expect.stringMatching(/step \d, .*psnr/)])
      const changed = [...(await read('decoder'))].filter(([name, { data }]) =>
        Buffer.compare(data, world.get(name)!.data),
      )
      expect(changed.map(([name]) => name).sort()).toEqual(
        [...world.keys()].filter(name => name.startsWith('decoder.')).sort(),
      )
    }
  })

  test('a dynamics is trained from scratch where the tokenizer has other codes', () => {
    const { code, out } = train('tokenizer', '--config', at('config.json'), '--out', at('other'), '--seed', '2')
    expect([code, out]).toEqual([0, expect.stringMatching(/psnr/)])
    expect(train('dynamics', '--from', at('world'), '--out', at('other')).out).toContain(
      'dynamics: trained from scratch, because the tokenizer has other codes than that of',
    )
  })

  const source = 'testsrc2=size=64x64:rate=10:duration=30'
  const hasFfmpeg = spawnSync('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', source, at('video.mp4')]).status === 0
  test.runIf(hasFfmpeg)('`learn --from` makes a world of a video with another number of actions', () => {
    const learn = ['learn', at('video.mp4'), '--from', at('world'), '--out', at('learnt')]
    const { code, out } = djinn([...learn, '--minutes', '0.6', '--actions', '3', '--rate', '10'])
    expect([code, out]).toEqual([0, expect.stringMatching(/dynamics: \d+ of \d+ tensors fit and come from/)])
    expect(out).toContain('latent actions 0 … 2 begin as actions')
    expect(JSON.parse(readFileSync(at('learnt/config.json'), 'utf8'))).toMatchObject({
      tokenizer: { codebooks: 3 },
      latent_action: { actions: 3 },
    })
    const prompt = `${at('learnt/clips.safetensors')}#0:2`
    expect(djinn(['play', at('learnt'), '--prompt', prompt, '--actions', '0,1', '--out', at('p.gif')]).code).toBe(0)
  })
})
