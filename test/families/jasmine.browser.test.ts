// jasmine in the browser: its golden case from one file of all parameters, and its world through the public API.

import { expect, test } from 'vitest'
import { readSafetensorsCheckpoint } from '../../src/families/convert.ts'
import { familyTests } from '../helpers/family_tests.ts'
import { playedTokens } from '../helpers/play_world.ts'

const [WIDTH, HEIGHT, ACTIONS] = [19, 14, [1, 4, 0, 2, 3, 3, 1]]
const RUNS = ['greedy', 'sampled'].flatMap(run => ['tokens', 'order', 'frames'].map(name => `${run}.${name}`))

const m = familyTests({
  folder: '/test/golden/jasmine/tiny',
  checkpoints: ['world.safetensors'],
  read: readSafetensorsCheckpoint,
  outputs: ['latents', 'codes', 'reconstruction', 'action_latents', 'actions', 'logits', ...RUNS],
  worst: 2e-5,
  wrong: [
    ['tokenizer', 'tokenizer.encoder.blocks.0.ffn_norm.scale', 'out.latents'],
    ['tokenizer', 'tokenizer.encoder.input_norm1.bias', 'out.latents'],
    ['tokenizer', 'tokenizer.decoder.blocks.0.temporal_attention.key.kernel', 'out.reconstruction'],
    ['tokenizer', 'tokenizer.vq.codebook', 'out.codes'],
    ['latent_action', 'lam.action_in', 'out.action_latents'],
    ['latent_action', 'lam.vq.codebook', 'out.actions'],
    ['dynamics', 'lam.vq.codebook', 'out.logits'],
    ['dynamics', 'dynamics.transformer.blocks.1.spatial_attention.out.kernel', 'out.logits'],
    ['dynamics', 'dynamics.mask_token', 'out.greedy.order'],
  ],
  width: WIDTH,
  height: HEIGHT,
  codes: 37,
  actions: ACTIONS,
  frames: 40,
  // The roll-outs go beyond the window's end, and the last frame is as the bundle has it.
  async played(run, world, { tensors }) {
    expect(world.frame).toBeGreaterThan(world.config.dynamics.window)
    const frames = new Float32Array(tensors.get(`out.${run}.frames`)!.data.buffer)
    const shown = await world.read()
    frames.subarray(-3 * WIDTH * HEIGHT).forEach((v, i) => {
      const byte = shown[4 * Math.floor(i / 3) + (i % 3)]!
      expect(Math.abs(byte - 255 * v), `${run} value ${i}`).toBeLessThanOrEqual(0.51)
    })
  },
})

test('a world begins with the tokens of a picture as with the picture', async () => {
  const { world } = m
  await world.prompt(m.picture)
  const played = await playedTokens(world, ACTIONS)
  await world.prompt(m.picture)
  await world.prompt(world.promptTokens())
  expect(await playedTokens(world, ACTIONS)).toEqual(played)
})
