// Latent actions are aligned with keys in time, a policy learns from them, and `djinn agent` makes a study of it.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { clone, patchPca } from '../../arcade/agent/cloning.ts'
import { observe, Policy, policyConfig } from '../../arcade/agent/policy.ts'
import { expertClip } from '../../arcade/policies/expert.ts'
import { NO_DRIVER } from '../../src/cli/dawn.ts'
import { directorySource, readConfig } from '../../src/cli/model_files.ts'
import { openGpu } from '../../src/cli/open_gpu.ts'
import { majorityLabel } from '../../src/evaluation/best_map.ts'
import { ActionInference } from '../../src/model/action_inference.ts'
import { bytesSource, writeSafetensors } from '../../src/weights/safetensors.ts'
import { djinn, ROOT, scratch } from '../cli/run.ts'

const WORLD = join(ROOT, 'weights/platformer')
const OUT = scratch()

const gpu = await openGpu('f32').catch((error: Error) => {
  if (error.message.startsWith(NO_DRIVER)) return undefined
  throw error
})

describe.runIf(gpu)('with the shipped world', () => {
  test('the latent action of t tells the key of t, not of its neighbours; and clips may be read in one or in parts', async () => {
    const config = await readConfig(WORLD)
    const open = (file: string) => directorySource(WORLD).open(file)
    const [whole, parts] = await Promise.all([17, 7].map(chunk => ActionInference.load(gpu!, config, open, chunk)))
    const clips = Array.from({ length: 3 }, (_, i) => expertClip(5, i, 17, 'meadow'))
    const latents: Int32Array[] = []
    for (const { frames } of clips) {
      latents.push(await whole!.infer(frames))
      expect(await parts!.infer(frames)).toEqual(latents.at(-1))
    }
    const agreement = (shift: number) => {
      const codes = latents.flatMap(part => [...part.subarray(1, 15)])
      const keys = clips.flatMap(({ keys }) => [...keys.subarray(1 + shift, 15 + shift)])
      const map = majorityLabel(codes, keys, [...codes.keys()], config.latent_action.actions)
      return codes.filter((code, i) => map[code] === keys[i]).length / codes.length
    }
    expect(agreement(0)).toBeGreaterThan(0.95)
    expect(Math.max(agreement(-1), agreement(1))).toBeLessThan(agreement(0) - 0.05)
  })

  test('a policy learns what an expert does', async () => {
    const config = policyConfig(6)
    const clips = Array.from({ length: 3 }, (_, i) => expertClip(5, i, 17, 'meadow'))
    const examples = {
      frames: clips.map(clip => observe(config, clip.frames)),
      actions: clips.map(clip => clip.keys),
    }
    const survey = patchPca(config, examples.frames, 1)
    const losses: number[] = []
    const tensors = await clone(gpu!, config, examples, survey, {
      batch: 48,
      seed: 1,
      progress: step => step / 125,
      onReport: (_, { loss }) => losses.push(loss),
    })
    expect(losses).toHaveLength(5)
    expect(losses[4]).toBeLessThan(losses[0]!)
    const file = bytesSource('policy', Buffer.concat(writeSafetensors(tensors)))
    const policy = await Policy.load(gpu!, config, file, 17)
    const right = (await policy.choose(examples.frames[2]!)).filter((key, t) => key === clips[2]!.keys[t]).length
    expect(right).toBeGreaterThan(11)
  })

  test('djinn agent leaves policies, numbers, a table and a plot, and continues from what it left', () => {
    const args = ['agent', WORLD, '--clips', '1', '--steps', '2', '--levels', '1', '--out', OUT]
    const { code, out, err } = djinn([...args, '--seeds', '1'])
    expect([code, err.split('\n').filter(line => line.startsWith('djinn:'))]).toEqual([0, []])
    expect(out).toContain('1 clips of the expert, 16 labels: ')
    expect(out).toContain('the expert solves 1 of 1 levels\n')
    expect(out).toMatch(/seed 1: of 1 levels, oracle \d, random \d, latent \d with 1, \d with 3, \d with 10 samples\n/)
    const before = readFileSync(join(OUT, 'policy-latent-1.safetensors'))
    const again = djinn([...args, '--seeds', '2', '--json'])
    const numbers = JSON.parse(again.out)
    expect(numbers).toMatchObject({ labels: 16, expert: 1, levels: 1, rows: [{ seed: 1 }, { seed: 2 }] })
    expect(readFileSync(join(OUT, 'policy-latent-1.safetensors'))).toEqual(before)
    expect(existsSync(join(OUT, 'policy-oracle-2.safetensors'))).toBe(true)
    expect(readFileSync(join(OUT, 'agent.json'), 'utf8')).toBe(again.out)
    expect(readFileSync(join(OUT, 'agent.md'), 'utf8')).toContain('| latent actions, 10 labelled | ')
    expect(readFileSync(join(OUT, 'agent.svg'), 'utf8')).toMatch(/^<svg .*<\/svg>\n$/s)
  })
})

test.each([
  ['no place for the results', [WORLD], 2, '--out is missing'],
  ['a world of another size', [join(ROOT, 'test/golden/tiny'), '--out', OUT], 1, 'the arcade’s 64×64'],
])('%s is said in a sentence', (_, args, exit, sentence) => {
  const { code, err } = djinn(['agent', ...args])
  expect(code).toBe(exit)
  expect(err).toContain(sentence)
})
