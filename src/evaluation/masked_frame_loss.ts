// The dynamics' cross-entropy of a wholly masked frame, given the true codes before it and the inferred actions (docs/model.md §8).
import type { Gpu } from '../gpu/gpu.ts'
import { Program } from '../gpu/program.ts'
import type { Tensor } from '../gpu/tensor.ts'
import type { DynamicsModel } from '../model/component_types.ts'
import { codebooksOf, codesPerFrame } from '../model/config.ts'
import { readFloats } from '../weights/read_floats.ts'
import { crossEntropy, mean } from './metrics.ts'

export class MaskedFrameLoss {
  private constructor(
    private readonly gpu: Gpu,
    private readonly program: Program,
    private readonly tensors: { tokens: Tensor; known: Tensor; frameInfo: Tensor; conditions: Tensor },
    private readonly logits: readonly Tensor[], // of each codebook
    private readonly frames: number,
  ) {}

  /** @param frames the frames of a sequence, the masked one included */
  static async create(gpu: Gpu, dynamics: DynamicsModel, frames: number): Promise<MaskedFrameLoss> {
    const { config } = dynamics
    const count = frames * codesPerFrame(config)
    const tokens = gpu.tensor('tokens', [count], 'i32')
    const known = gpu.tensor('true tokens', [count], 'i32')
    const frameInfo = gpu.tensor('frameInfo', [2 + frames], 'i32')
    const conditions = gpu.tensor('actions', [frames], 'i32')
    const p = new Program(gpu, 'masked frame')
    const ctx = { frameInfo, conditions, cache: dynamics.kvCache(frames) }
    const logits =
      codebooksOf(config.tokenizer) > 1
        ? dynamics.codebookLogits!(p, tokens, ctx, known)
        : [dynamics.forward(p, tokens, ctx)]
    for (const t of logits) p.output(t)
    return new MaskedFrameLoss(gpu, await p.build(), { tokens, known, frameInfo, conditions }, logits, frames)
  }

  /**
   * codes [frames · S · N] and the actions between the frames [frames − 1] → mean over the last frame's positions of the cross-entropy of
   * their codes, nats: with N codebooks the sum over them, each given the true codes before it.
   */
  async crossEntropy(codes: Int32Array, actions: Int32Array): Promise<number> {
    const { gpu, frames } = this
    const { tokens, known, frameInfo, conditions } = this.tensors
    const [N, mask] = [this.logits.length, this.logits[0]!.width]
    const count = tokens.length / frames
    const from = codes.length - count
    gpu.write(frameInfo, new Int32Array([0, 0, -1, ...actions]))
    gpu.write(conditions, new Int32Array([-1, ...actions]))
    gpu.write(
      tokens,
      Int32Array.from(codes, (code, i) => (i < from ? code : mask)),
    )
    gpu.write(known, Int32Array.from(codes))
    this.program.run()
    const values = await Promise.all(this.logits.map(logits => this.lastFrame(logits)))
    const entropies = Array.from(codes.subarray(from), (code, i) => {
      const row = Math.floor(i / N)
      return crossEntropy(values[i % N]!.subarray(row * mask, (row + 1) * mask), code)
    })
    return N * mean(entropies)
  }

  private async lastFrame(logits: Tensor): Promise<Float32Array> {
    return (await readFloats(this.gpu, logits)).subarray(-logits.length / this.frames)
  }
}
