// tinyworlds in the browser: its golden case from the authors' own checkpoints, and its world through the public API.

import { expect, test } from 'vitest'
import { readCheckpoint } from '../../src/weights/pytorch/checkpoint.ts'
import { bytesSource, joined, readSafetensors, writeSafetensors } from '../../src/weights/safetensors.ts'
import { World } from '../../src/world/world.ts'
import { familyTests } from '../helpers/family_tests.ts'
import { playedTokens } from '../helpers/play_world.ts'
import { filesSource } from '../helpers/random_model.ts'

const ACTIONS = [1, 6, 0, 7, 3]
const RUNS = ['greedy', 'sampled'].flatMap(run =>
  ['context', 'actions', 'tokens', 'order', 'frames'].map(name => `${run}.${name}`),
)
const m = familyTests({
  folder: '/test/golden/tinyworlds/tiny',
  checkpoints: [
    'tiny_latent_actions_step_5000_2025_09_18_11_25_51.pth',
    'tiny_dynamics_step_7500_2025_09_18_11_25_52.pth',
    'tiny_video_tokenizer_step_2500_2025_09_18_11_25_50.pth',
  ],
  read: readCheckpoint,
  outputs: [
    'latents',
    'codes',
    'reconstruction',
    'action_latents',
    'actions',
    'prediction',
    'prediction_masked',
    'logits',
    'logits_free',
    ...RUNS,
  ],
  worst: 5e-5,
  wrong: [
    ['tokenizer', 'encoder.transformer.blocks.1.ffn.norm.rms.weight', 'out.latents'],
    ['tokenizer', 'decoder.transformer.blocks.0.temporal_attn.k_proj.weight', 'out.reconstruction'],
    ['latent_action', 'encoder.action_head.1.bias', 'out.action_latents'],
    ['latent_action', 'decoder.transformer.blocks.0.ffn.norm.to_gamma_beta.1.weight', 'out.prediction'],
    ['latent_action', 'decoder.mask_token', 'out.prediction_masked'],
    ['dynamics', 'transformer.blocks.0.spatial_attn.norm.to_gamma_beta.1.bias', 'out.logits'],
    ['dynamics', 'mask_token', 'out.greedy.tokens'],
  ],
  width: 28,
  height: 28,
  codes: 27,
  actions: ACTIONS,
  frames: 60,
})

test('one wrong token of a roll-out is counted, is no tie, and does not corrupt the rest', async () => {
  const { tensors, metadata } = await readSafetensors(bytesSource('bundle', m.bundle))
  const tokens = new Int32Array(tensors.get('out.greedy.tokens')!.data.buffer)
  tokens[60] = (tokens[60]! + 1) % 27
  const rows = await m.judge(m.files, joined(writeSafetensors(Object.fromEntries(tensors), metadata)))
  const row = rows.find(r => r.output === 'out.greedy.tokens')!
  expect(row).toMatchObject({ excused: 0, holds: false })
  expect(row.differing).toBeGreaterThanOrEqual(1)
  expect(rows.find(r => r.output === 'out.sampled.tokens')).toMatchObject({ differing: 0, holds: true })
})

test('a world begins with tokens too, which it decodes', async () => {
  const { world } = m
  await world.prompt(m.picture)
  await world.prompt(world.promptTokens())
  expect(world.frame).toBe(1)
  expect((await playedTokens(world, ACTIONS)).length).toBe(5)
})

test('a world is autotuned as any other, and plays the same tokens', async () => {
  const { world } = m
  const tuned = await World.load(filesSource(m.files), { device: m.device, precision: 'f32', tune: 60_000 })
  expect([...tuned.gpu.variants.keys()].toSorted()).toEqual(['layer_norm', 'linear', 'spatial_attention'])
  tuned.sampling = { ...world.sampling }
  await world.prompt(m.picture)
  await tuned.prompt(m.picture)
  expect(await playedTokens(tuned, ACTIONS)).toEqual(await playedTokens(world, ACTIONS))
  tuned.dispose()
})
