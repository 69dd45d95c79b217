// The dynamics' cross-entropy of a wholly masked frame, given the true codes before it and the inferred actions (docs/model.md §8).
import type { Gpu } from '../gpu/gpu.ts'
import { Program } from '../gpu/program.ts'
import type { Tensor } from '../gpu/tensor.ts'
import type { DynamicsModel } from '../model/component_types.ts'
import { toFloat32 } from '../weights/floats.ts'
import { crossEntropy, mean } from './metrics.ts'

export class MaskedFrameLoss {
  private constructor(
    private readonly gpu: Gpu,
    private readonly program: Program,
    private readonly tensors: { tokens: Tensor; frameInfo: Tensor; conditions: Tensor; logits: Tensor },
    private readonly frames: number,
  ) {}

  /** @param frames the frames of a sequence, the masked one included */
  static async create(gpu: Gpu, dynamics: DynamicsModel, frames: number): Promise<MaskedFrameLoss> {
    const tokens = gpu.tensor('tokens', [frames * dynamics.tokens], 'i32')
    const frameInfo = gpu.tensor('frameInfo', [2 + frames], 'i32')
    const conditions = gpu.tensor('actions', [frames], 'i32')
    const p = new Program(gpu, 'masked frame')
    const logits = dynamics.forward(p, tokens, { frameInfo, conditions, cache: dynamics.kvCache(frames) })
    logits.bindBuffer(gpu.tensor(logits.label, logits.shape, logits.type).buffer)
    return new MaskedFrameLoss(gpu, await p.build(), { tokens, frameInfo, conditions, logits }, frames)
  }

  /** codes [frames · S] and the actions between the frames [frames − 1] → mean cross-entropy of the last frame's codes, nats. */
  async crossEntropy(codes: Int32Array, actions: Int32Array): Promise<number> {
    const { gpu, frames } = this
    const { tokens, frameInfo, conditions, logits } = this.tensors
    const S = tokens.length / frames
    const mask = logits.width
    const known = Int32Array.from(codes, (code, i) => (i < codes.length - S ? code : mask))
    gpu.write(frameInfo, new Int32Array([0, 0, -1, ...actions]))
    gpu.write(conditions, new Int32Array([-1, ...actions]))
    gpu.write(tokens, known)
    this.program.run()
    const bytes = new Uint8Array(await gpu.read(logits))
    const size = logits.type === 'f16' ? 2 : 4
    const last = { dtype: size === 2 ? ('F16' as const) : ('F32' as const), shape: [S, mask] }
    const data = bytes.slice((codes.length - S) * mask * size, codes.length * mask * size)
    const values = toFloat32({ ...last, data }, logits.label)
    const truth = codes.subarray(codes.length - S)
    return mean(Array.from(truth, (code, i) => crossEntropy(values.subarray(i * mask, (i + 1) * mask), code)))
  }
}
