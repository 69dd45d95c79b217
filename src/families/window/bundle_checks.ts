// Checks against a reference bundle shared by the families that recompute their window: latents, codes and logits.

import type { Gpu } from '../../gpu/gpu.ts'
import { Program } from '../../gpu/program.ts'
import type { Tensor } from '../../gpu/tensor.ts'
import type { ForwardContext, KvCache } from '../../model/block.ts'
import { type ComparisonRow, FloatComparison } from '../../validation/comparison.ts'
import type { ReferenceBundle } from '../../validation/reference_bundle.ts'
import { readFloats } from '../../weights/read_floats.ts'
import type { WindowDynamics } from './decoder.ts'

/** `frameInfo` of a pass that begins the window. */
export const startInfo = (gpu: Gpu): Tensor => gpu.tensor('window start', [2], 'i32')

/** The first `count` frames of in.frames (default: all) as one tensor, u32 [T, H, W]. */
export function framesOf(gpu: Gpu, b: ReferenceBundle, count?: number): Tensor {
  const { height, width } = b.config.frame
  const frames = b.frames('in.frames').slice(0, count)
  const pictures = gpu.tensor('pictures', [frames.length, height, width], 'u32')
  gpu.write(pictures, Uint32Array.from(frames.flatMap(frame => [...frame])))
  return pictures
}

interface Encoder {
  encoderKvCache(frames: number): KvCache
  encode(p: Program, frames: Tensor, ctx: ForwardContext, codes: Tensor): Tensor
}

/** What a model makes of in.frames: `count` codes, and their latents. */
export async function encoded(gpu: Gpu, model: Encoder, b: ReferenceBundle, count: number) {
  const frames = framesOf(gpu, b)
  const p = new Program(gpu, 'encode')
  const codes = gpu.tensor('codes', [count], 'i32')
  const ctx = { frameInfo: startInfo(gpu), cache: model.encoderKvCache(frames.shape[0]!) }
  const latents = p.output(model.encode(p, frames, ctx, codes))
  await p.build()
  p.run()
  return { latents: await readFloats(gpu, latents), codes: new Int32Array(await gpu.read(codes)) }
}

/** Compares the latents [...shape, width] and the codes [...shape] of the bundle that are there, by their names. */
export function checkEncoded(
  gpu: Gpu,
  b: ReferenceBundle,
  names: { latents: string; codes: string },
  [shape, width]: [shape: number[], width: number],
  found: { latents: Float32Array; codes: Int32Array },
  comparison: { add(reference: Int32Array, ours: Int32Array, latents: Float32Array): void; row(): ComparisonRow },
): ComparisonRow[] {
  const rows: ComparisonRow[] = []
  if (b.has(names.latents)) {
    const errors = new FloatComparison(names.latents, gpu.precision)
    errors.add(b.floats(names.latents, [...shape, width]), found.latents)
    rows.push(errors.row())
  }
  if (b.has(names.codes)) {
    comparison.add(b.ints(names.codes, shape), found.codes, found.latents)
    rows.push(comparison.row())
  }
  return rows
}

/**
 * Compares logits at the positions of a probe, i32 [N, 2] (frame, patch).
 * @param actions into the frames after the first; default: in.actions, each at least `leastAction`
 */
export async function checkLogits(
  gpu: Gpu,
  dynamics: WindowDynamics,
  b: ReferenceBundle,
  name = 'out.logits',
  { probeName = 'in.probe', hasActions = true, leastAction = 0 } = {},
): Promise<ComparisonRow> {
  const { codes } = b.config.tokenizer
  const S = dynamics.tokensPerFrame
  const count = b.tensor('in.tokens').shape[0]!
  const given = b.ints('in.tokens', [count, S])
  b.checkRange('in.tokens', given, 0, codes)
  const actions = hasActions ? b.ints('in.actions', [count - 1]) : new Int32Array(count - 1).fill(-1)
  if (hasActions) b.checkRange('in.actions', actions, leastAction, b.config.latent_action.actions - 1)
  const probe = b.ints(probeName, [b.tensor(probeName).shape[0]!, 2])
  const p = new Program(gpu, 'logits')
  const tokens = gpu.tensor('tokens', [given.length], 'i32')
  gpu.write(tokens, given)
  const conditions = gpu.tensor('actions', [count], 'i32')
  gpu.write(conditions, Int32Array.of(-1, ...actions))
  const ctx = { frameInfo: startInfo(gpu), cache: dynamics.kvCache(count), conditions }
  const logits = p.output(dynamics.forward(p, tokens, ctx))
  await p.build()
  p.run()
  const all = await readFloats(gpu, logits)
  const errors = new FloatComparison(name, gpu.precision)
  const reference = b.floats(name, [probe.length / 2, codes])
  for (let n = 0; n < probe.length / 2; n++) {
    const [frame, patch] = [probe[2 * n]!, probe[2 * n + 1]!]
    b.checkRange(probeName, Int32Array.of(frame), 0, count - 1)
    b.checkRange(probeName, Int32Array.of(patch), 0, S - 1)
    const from = (frame * S + patch) * codes
    errors.add(reference.subarray(n * codes, (n + 1) * codes), all.subarray(from, from + codes))
  }
  return errors.row()
}
