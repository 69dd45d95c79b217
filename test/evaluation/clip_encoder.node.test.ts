// Many frames per pass give what an independent implementation gives, wherever one pass ends and the next begins; and the
// masked frame's cross-entropy is what its logits, computed frame by frame as in play, say.
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { requestDawnAdapter, vulkanDrivers } from '../../src/cli/dawn.ts'
import { directorySource, readConfig } from '../../src/cli/model_files.ts'
import { ClipEncoder } from '../../src/evaluation/clip_encoder.ts'
import { MaskedFrameLoss } from '../../src/evaluation/masked_frame_loss.ts'
import { Gpu } from '../../src/gpu/gpu.ts'
import { Program } from '../../src/gpu/program.ts'
import { Dynamics } from '../../src/model/dynamics.ts'
import { LatentActionModel } from '../../src/model/latent_action.ts'
import { Tokenizer } from '../../src/model/tokenizer.ts'
import { bytesSource, readSafetensors } from '../../src/weights/safetensors.ts'
import { ROOT } from '../cli/run.ts'

const MODEL = `${ROOT}/test/golden/padded`

describe.runIf(vulkanDrivers().length > 0)('of the golden clip', async () => {
  const config = await readConfig(MODEL)
  const files = directorySource(MODEL)
  const path = `${MODEL}/reference.safetensors`
  const bundle = (await readSafetensors(bytesSource(path, readFileSync(path)))).tensors
  const ints = (name: string) => new Int32Array(bundle.get(name)!.data.slice().buffer)
  const gpu = await Gpu.create({ adapter: await requestDawnAdapter(), precision: 'f32' })

  test.each([9, 4])('with %i frames per pass', async chunk => {
    const tokenizer = await Tokenizer.load(gpu, config, await files.open('tokenizer.safetensors'))
    const actor = await LatentActionModel.load(gpu, config, await files.open('latent_action.safetensors'))
    const watcher = await ClipEncoder.create(gpu, tokenizer, actor, chunk)
    // The second clip must not see the first.
    for (let clip = 0; clip < 2; clip++) {
      const { codes, pixels, actions } = await watcher.encode(bundle.get('in.frames')!.data)
      expect(codes).toEqual(ints('out.codes'))
      expect(actions).toEqual(ints('out.actions'))
      const drawn = new Float32Array(bundle.get('out.reconstruction')!.data.slice().buffer)
      expect(Math.max(...pixels.map((value, i) => Math.abs(value - drawn[i]!)))).toBeLessThan(1e-4)
    }
  })

  test('the last frame masked', async () => {
    const [codes, actions, frames, S, K] = [ints('out.codes'), ints('out.actions'), 9, 35, config.tokenizer.codes]
    const dynamics = await Dynamics.load(gpu, config, await files.open('dynamics.safetensors'))
    const tokens = gpu.tensor('tokens', [S], 'i32')
    const frameInfo = gpu.tensor('frameInfo', [3], 'i32')
    const p = new Program(gpu, 'frame by frame')
    const logits = dynamics.forward(p, tokens, { frameInfo, cache: dynamics.kvCache(1) })
    logits.bindBuffer(gpu.tensor('logits', logits.shape, 'f32').buffer)
    await p.build()
    for (let t = 0; t < frames; t++) {
      gpu.write(frameInfo, new Int32Array([t, 0, t === 0 ? -1 : actions[t - 1]!]))
      gpu.write(tokens, t < frames - 1 ? codes.slice(t * S, (t + 1) * S) : new Int32Array(S).fill(K))
      p.run()
    }
    const values = new Float32Array(await gpu.read(logits))
    let sum = 0
    for (let i = 0; i < S; i++) {
      const row = [...values.subarray(i * K, (i + 1) * K)]
      sum += Math.log(row.reduce((s, v) => s + Math.exp(v), 0)) - row[codes[(frames - 1) * S + i]!]!
    }
    const masked = await MaskedFrameLoss.create(gpu, dynamics, frames)
    expect(await masked.crossEntropy(codes, actions)).toBeCloseTo(sum / S, 4)
  })
})
