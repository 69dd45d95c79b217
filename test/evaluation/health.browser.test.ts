// The health of a latent action model: shares of its codes, and the code whose transitions change the picture least.

import { afterAll, expect, test } from 'vitest'
import type { EvalClips } from '../../src/evaluation/eval_clips.ts'
import { measureHealth } from '../../src/evaluation/health.ts'
import { Gpu } from '../../src/gpu/gpu.ts'
import { ActionInference } from '../../src/model/action_inference.ts'
import { joined } from '../../src/weights/safetensors.ts'
import { browserAdapter } from '../helpers/kernel_tests.ts'
import { filesSource, randomModel, randomNumbers, smallConfig } from '../helpers/random_model.ts'

const gpu = await Gpu.create({ adapter: await browserAdapter(), precision: 'f32' })
afterAll(() => gpu.dispose())

const config = smallConfig()
const FRAME = 3 * config.frame.height * config.frame.width
const clips: EvalClips = {
  clips: 3,
  length: 12,
  // Some frames are flat and some are noise, so that codes differ, and changes too.
  async frames(clip, first, count) {
    return joined(
      Array.from({ length: count }, (_, t) => {
        const at = 17 * clip + first + t
        const random = randomNumbers(at)
        const [level, contrast] = [60 + 60 * random(), at % 3 === 0 ? 0 : 120]
        return Uint8Array.from({ length: FRAME }, () => level + Math.max(contrast * random(), -level))
      }),
    )
  },
}

test('counts the codes, and finds the code whose transitions change the picture least', async () => {
  const source = filesSource(randomModel(config, 6))
  const health = await measureHealth('latent_action', gpu, config, source, clips)
  const encoder = await ActionInference.load(gpu, config, file => source.open(file))
  const changes = new Map<number, number[]>()
  for (let clip = 0; clip < clips.clips; clip++) {
    const frames = await clips.frames(clip, 0, clips.length)
    for (const [t, code] of (await encoder.infer(frames)).entries()) {
      const values = Array.from(frames.subarray(t * FRAME, (t + 1) * FRAME), (v, i) =>
        Math.abs(v - frames[(t + 1) * FRAME + i]!),
      )
      changes.set(code, [...(changes.get(code) ?? []), values.reduce((a, b) => a + b) / FRAME])
    }
  }
  const transitions = clips.clips * (clips.length - 1)
  const { codeShares } = health!.numbers
  for (const [code, share] of codeShares!.entries())
    expect(share).toBeCloseTo((changes.get(code)?.length ?? 0) / transitions, 9)
  const means = [...changes].map(([code, of]) => [code, of.reduce((a, b) => a + b) / of.length] as const)
  expect(means.length).toBeGreaterThan(1)
  expect(health!.quietest).toBe(means.reduce((least, of) => (of[1] < least[1] ? of : least))[0])
})
