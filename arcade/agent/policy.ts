// The policy of an agent: newest frame → action. It is the `vit` variant of the world model's transformer over the patches of a frame,
// with a classifier on the token of the first patch.

import { layerNorm } from '../../kernels/layer_norm/layer_norm.ts'
import { linear } from '../../kernels/linear/linear.ts'
import { patchify } from '../../kernels/pixels/patchify.ts'
import type { Gpu } from '../../src/gpu/gpu.ts'
import { Program } from '../../src/gpu/program.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import { type ForwardContext, KvCache } from '../../src/model/block.ts'
import { patchCount, type TransformerConfig } from '../../src/model/config.ts'
import { linearLayer, type ModelParameter, norm, SMALL, table } from '../../src/model/parameters.ts'
import { blockParameters, djinnBlock, stTransformer } from '../../src/model/st_transformer.ts'
import { loadWeights, type Weights } from '../../src/weights/load.ts'
import type { ByteSource } from '../../src/weights/safetensors.ts'
import { HEIGHT, PLAYER_X, WIDTH } from '../game/game.ts'

export interface PolicyConfig extends TransformerConfig {
  /** The part of the arcade's frame that it sees: from this column of pixels on … */
  left: number
  /** … the mean colours of squares with this many pixels per side. `frame` counts squares. */
  square: number
  frame: { height: number; width: number }
  patch: number // squares
  layers: number
  actions: number
}

/** The arcade is drawn on a grid of 4 pixels. The policy sees it from the character to three tiles ahead. It is small, to train in a minute. */
export const policyConfig = (actions: number): PolicyConfig => ({
  left: PLAYER_X,
  square: 4,
  frame: { height: HEIGHT / 4, width: 8 },
  patch: 8,
  width: 128,
  heads: 4,
  ffn: 256,
  layers: 2,
  window: 1,
  variant: 'vit',
  actions,
})

/** The arcade's frames u8 [F, 64, 64, 3] → the policy's frames u32 [F, H, W] RGBA8. */
export function observe({ left, square, frame }: PolicyConfig, rgb: Uint8Array): Uint32Array<ArrayBuffer> {
  const frames = rgb.length / (3 * HEIGHT * WIDTH)
  const words = new Uint32Array(frames * frame.height * frame.width)
  for (let i = 0; i < words.length; i++) {
    const [row, x] = [Math.floor(i / frame.width), i % frame.width]
    const [f, y] = [Math.floor(row / frame.height), row % frame.height]
    const corner = (f * HEIGHT + y * square) * WIDTH + left + x * square
    for (let c = 0; c < 3; c++) {
      let sum = 0
      for (let j = 0; j < square; j++) for (let k = 0; k < square; k++) sum += rgb[3 * (corner + j * WIDTH + k) + c]!
      words[i]! |= Math.round(sum / square ** 2) << (8 * c)
    }
  }
  return words
}

/** Every tensor of a policy's file. */
export function policyTensors(config: PolicyConfig): ModelParameter[] {
  const { frame, patch, width: D, layers, actions } = config
  return [
    ...linearLayer('patch', [D, 3 * patch ** 2]),
    table('position', [patchCount(frame, patch), D], SMALL),
    ...blockParameters('', layers, config),
    ...norm('norm', D),
    ...linearLayer('head', [actions, D]),
  ]
}

/** frames u32 [F, H, W] RGBA8 → logits [F, A] of the next action. */
export function policyLogits(p: Program, config: PolicyConfig, w: Weights, frames: Tensor, at: ForwardContext): Tensor {
  const position = w.get('position')
  const patches = patchify(p, frames, config.patch)
  const x = linear(p, patches, w.get('patch.weight'), { bias: w.get('patch.bias'), addend: position })
  const y = stTransformer(p, x, w, '', config, at)
  const answer = layerNorm(p, y, w.get('norm.weight'), w.get('norm.bias'), position.rows)
  return linear(p, answer, w.get('head.weight'), { bias: w.get('head.bias') })
}

/** The context of a forward pass over independent frames. */
export function policyContext(gpu: Gpu, config: PolicyConfig, frames: number): ForwardContext {
  return {
    frameInfo: gpu.tensor('frameInfo', [2 + frames], 'i32'),
    framesPerClip: 1,
    cache: new KvCache(
      gpu,
      'policy',
      config.layers,
      djinnBlock(config),
      patchCount(config.frame, config.patch),
      frames,
    ),
  }
}

/** A trained policy for several games at once. */
export class Policy {
  private constructor(
    private readonly gpu: Gpu,
    private readonly program: Program,
    private readonly frames: Tensor, // u32 [games, H, W]
    private readonly logits: Tensor, // f32 [games, A]
  ) {}

  /**
   * @param gpu of precision f32
   * @throws FormatError as loadWeights does
   */
  static async load(gpu: Gpu, config: PolicyConfig, source: ByteSource, games: number): Promise<Policy> {
    const { frame, actions } = config
    const weights = await loadWeights(gpu, source, policyTensors(config))
    const p = new Program(gpu, 'policy')
    const frames = gpu.tensor('frames', [games, frame.height, frame.width], 'u32')
    const logits = policyLogits(p, config, weights, frames, policyContext(gpu, config, games))
    logits.bindBuffer(gpu.tensor('policy logits', [games, actions]).buffer)
    return new Policy(gpu, await p.build(), frames, logits)
  }

  /** Newest frames u32 [games, H, W] from `observe` → the most likely action of each game. */
  async choose(frames: Uint32Array<ArrayBuffer>): Promise<number[]> {
    this.gpu.write(this.frames, frames)
    this.program.run()
    const logits = new Float32Array(await this.gpu.read(this.logits))
    const { rows, width } = this.logits
    return Array.from({ length: rows }, (_, game) => {
      const own = logits.subarray(game * width, (game + 1) * width)
      return own.indexOf(Math.max(...own))
    })
  }
}
