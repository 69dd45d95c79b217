// Measures what the norms of a dynamics divide by, from a forward pass with its initial weights over a few clips. Weights that copy between
// norms need it.

import { embedding } from '../../../kernels/embedding/embedding.ts'
import { linear } from '../../../kernels/linear/linear.ts'
import { concatRows } from '../../../kernels/rows/concat_rows.ts'
import { l2Normalize } from '../../../kernels/rows/l2_normalize.ts'
import type { Gpu } from '../../gpu/gpu.ts'
import { Program } from '../../gpu/program.ts'
import { type Config, codebooksOf, patchCount } from '../../model/config.ts'
import { dynamicsTensors } from '../../model/dynamics.ts'
import { stTransformer } from '../../model/st_transformer.ts'
import { dynamicsBatch } from '../data/dynamics_batch.ts'
import { clipContexts } from '../losses.ts'
import type { InitialWeights } from './initial_weights.ts'
import { uploadWeights } from './upload.ts'

const SAMPLE_CLIPS = 4
export const SAMPLE_FRAMES = 3

/**
 * The divisor of a norm after `depth` blocks, for finished frames and for a masked one.
 * @param targets [T · S · N of each clip], of SAMPLE_CLIPS clips of SAMPLE_FRAMES frames or more
 */
export function normDivisors(
  gpu: Gpu,
  config: Config,
  m: InitialWeights,
  { targets, actions, length: T }: { targets: Int32Array; actions: Int32Array; length: number },
  depth: number,
): Promise<{ finished: number; masked: number }> {
  return gpu.withScope(async gpu => {
    const { dynamics: c, tokenizer, frame } = config
    const [S, N] = [patchCount(frame, tokenizer.patch), codebooksOf(tokenizer)]
    const w = await uploadWeights(gpu, m, dynamicsTensors(config))
    const p = new Program(gpu, 'norms')
    const tokens = gpu.tensor('tokens', [SAMPLE_CLIPS * SAMPLE_FRAMES * S * N], 'i32')
    const ctx = clipContexts(p, { clips: SAMPLE_CLIPS, frames: SAMPLE_FRAMES })('dynamics', depth, c, S)
    const table = concatRows(p, w.get('token.weight'), w.get('mask'))
    const actionTable = linear(p, l2Normalize(p, w.get('action_codebook')), w.get('action.weight'))
    const action = { frameTable: actionTable, frameInfo: ctx.frameInfo, guidancePasses: 1 }
    const x = p.output(stTransformer(p, embedding(p, tokens, table, w.get('position'), action, N), w, '', c, ctx))
    await p.build()
    const isNewest = (i: number) => i % SAMPLE_FRAMES === SAMPLE_FRAMES - 1
    const at = (i: number) => Math.floor(i / SAMPLE_FRAMES) * T + (i % SAMPLE_FRAMES)
    const frames = Array.from({ length: SAMPLE_CLIPS * SAMPLE_FRAMES }, (_, i) => i)
    const shown = Int32Array.from(frames.flatMap(i => [...targets.subarray(at(i) * S * N, (at(i) + 1) * S * N)]))
    const mask = Uint8Array.from({ length: frames.length * S }, (_, i) => Number(isNewest(Math.floor(i / S))))
    const given = frames.map(i => (i % SAMPLE_FRAMES === 0 ? -1 : actions[at(i)]!))
    const batch = dynamicsBatch(shown, shown, mask, tokenizer.codes, given, false)
    gpu.write(tokens, batch.tokens)
    gpu.write(ctx.frameInfo, batch.frameInfo)
    p.run()
    const values = new Float32Array(await gpu.read(x))
    const sums = { finished: 0, masked: 0 }
    mask.forEach((isMasked, row) => {
      const channels = values.subarray(row * c.width, (row + 1) * c.width)
      const mean = channels.reduce((a, b) => a + b, 0) / c.width
      const deviation = Math.sqrt(channels.reduce((sum, v) => sum + (v - mean) ** 2, 0) / c.width)
      sums[isMasked ? 'masked' : 'finished'] += deviation
    })
    const masked = SAMPLE_CLIPS * S
    return { finished: sums.finished / (mask.length - masked), masked: sums.masked / masked }
  })
}
