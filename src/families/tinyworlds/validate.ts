// A reference bundle of tinyworlds: the outputs of the tokenizer, the action model and the dynamics for given inputs. play_check.ts
// compares its roll-outs.

import type { Gpu } from '../../gpu/gpu.ts'
import { Program } from '../../gpu/program.ts'
import { type Config, patchCount } from '../../model/config.ts'
import { type ComparisonRow, FloatComparison } from '../../validation/comparison.ts'
import type { ReferenceBundle } from '../../validation/reference_bundle.ts'
import type { OpenFile } from '../../weights/model_source.ts'
import { readFloats } from '../../weights/read_floats.ts'
import { TinyActionModel, TinyDynamics, TinyTokenizer } from './components.ts'
import { DigitComparison } from './digit_comparison.ts'
import { checkPlay } from './play_check.ts'

export async function validateTinyworlds(
  gpu: Gpu,
  config: Config,
  open: OpenFile,
  b: ReferenceBundle,
): Promise<ComparisonRow[]> {
  const rows: ComparisonRow[] = []
  const runs = ['greedy', 'sampled'].filter(run => b.has(`out.${run}.tokens`))
  const needs = (...names: string[]) => runs.length > 0 || b.has(...names.map(name => `out.${name}`))
  const tokenizer = needs('latents', 'codes', 'reconstruction')
    ? await TinyTokenizer.load(gpu, config, await open('tokenizer.safetensors'))
    : undefined
  if (tokenizer) {
    if (b.has('out.latents', 'out.codes')) rows.push(...(await checkCodes(gpu, tokenizer, b)))
    if (b.has('out.reconstruction')) rows.push(await checkReconstruction(gpu, tokenizer, b))
  }
  const actionModel = needs('action_latents', 'actions', 'prediction', 'prediction_masked')
    ? await TinyActionModel.load(gpu, config, await open('latent_action.safetensors'))
    : undefined
  if (actionModel) {
    if (b.has('out.action_latents', 'out.actions')) rows.push(...(await checkActions(gpu, actionModel, b)))
    for (const name of ['out.prediction', 'out.prediction_masked'])
      if (b.has(name)) rows.push(await checkPrediction(gpu, actionModel, b, name))
  }
  if (needs('logits', 'logits_free')) {
    const dynamics = await TinyDynamics.load(gpu, config, await open('dynamics.safetensors'))
    for (const name of ['out.logits', 'out.logits_free'])
      if (b.has(name)) rows.push(await checkLogits(gpu, dynamics, b, name))
    for (const run of runs) {
      const models = { tokenizer: tokenizer!, actionModel: actionModel!, dynamics }
      rows.push(...(await checkPlay(gpu, models, b, run)))
    }
  }
  return rows
}

/** The first `count` frames of in.frames (default: all) as one tensor, u32 [T, H, W]. */
function framesOf(gpu: Gpu, b: ReferenceBundle, count?: number) {
  const { height, width } = b.config.frame
  const frames = b.frames('in.frames').slice(0, count)
  const pictures = gpu.tensor('pictures', [frames.length, height, width], 'u32')
  gpu.write(pictures, Uint32Array.from(frames.flatMap(frame => [...frame])))
  return { pictures, count: frames.length }
}

/** The first frame of in.frames and `count` - 1 of zeros, f32 [count, H, W, 3] on the scale -1 … 1. */
function firstFrame(gpu: Gpu, b: ReferenceBundle, count: number) {
  const { height, width } = b.config.frame
  const frames = gpu.tensor('frames', [count, height, width, 3], 'f32')
  const bytes = b.bytes('in.frames', [b.tensor('in.frames').shape[0]!, height, width, 3])
  gpu.write(
    frames,
    Float32Array.from(bytes.subarray(0, 3 * height * width), byte => (byte / 255 - 0.5) / 0.5),
  )
  return frames
}

const startInfo = (gpu: Gpu) => gpu.tensor('window start', [2], 'i32')

async function checkCodes(gpu: Gpu, tokenizer: TinyTokenizer, b: ReferenceBundle): Promise<ComparisonRow[]> {
  const { pictures, count } = framesOf(gpu, b)
  const S = tokenizer.tokens
  const { code_width, levels } = tokenizer.config.tokenizer
  const p = new Program(gpu, 'encode')
  const codes = gpu.tensor('codes', [count * S], 'i32')
  const ctx = { frameInfo: startInfo(gpu), cache: tokenizer.encoderKvCache(count) }
  const latents = p.output(tokenizer.encode(p, pictures, ctx, codes))
  await p.build()
  p.run()
  const z = await readFloats(gpu, latents)
  const rows: ComparisonRow[] = []
  if (b.has('out.latents')) {
    const errors = new FloatComparison('out.latents', gpu.precision)
    errors.add(b.floats('out.latents', [count, S, code_width]), z)
    rows.push(errors.row())
  }
  if (b.has('out.codes')) {
    const digits = new DigitComparison('out.codes', code_width, levels!, gpu.precision)
    digits.add(b.ints('out.codes', [count, S]), new Int32Array(await gpu.read(codes)), z)
    rows.push(digits.row())
  }
  return rows
}

async function checkReconstruction(gpu: Gpu, tokenizer: TinyTokenizer, b: ReferenceBundle): Promise<ComparisonRow> {
  const { height, width } = b.config.frame
  const count = b.tensor('out.codes').shape[0]!
  const given = b.ints('out.codes', [count, tokenizer.tokens])
  b.checkRange('out.codes', given, 0, b.config.tokenizer.codes - 1)
  const p = new Program(gpu, 'decode')
  const codes = gpu.tensor('codes', [given.length], 'i32')
  gpu.write(codes, given)
  const frames = gpu.tensor('frames', [count, height, width, 3], 'f32')
  const ctx = { frameInfo: startInfo(gpu), cache: tokenizer.decoderKvCache(count) }
  tokenizer.decodeSigned(p, codes, ctx, frames)
  await p.build()
  p.run()
  const errors = new FloatComparison('out.reconstruction', gpu.precision)
  errors.add(b.floats('out.reconstruction', [count, height, width, 3]), await readFloats(gpu, frames))
  return errors.row()
}

async function checkActions(gpu: Gpu, model: TinyActionModel, b: ReferenceBundle): Promise<ComparisonRow[]> {
  const { pictures, count } = framesOf(gpu, b)
  const { code_width } = model.config.latent_action
  const p = new Program(gpu, 'encode actions')
  const codes = gpu.tensor('actions', [count], 'i32')
  const ctx = { frameInfo: startInfo(gpu), cache: model.encoderKvCache(count) }
  const latents = p.output(model.encode(p, pictures, ctx, codes))
  await p.build()
  p.run()
  const z = await readFloats(gpu, latents)
  const rows: ComparisonRow[] = []
  if (b.has('out.action_latents')) {
    const errors = new FloatComparison('out.action_latents', gpu.precision)
    errors.add(b.floats('out.action_latents', [count - 1, code_width]), z)
    rows.push(errors.row())
  }
  if (b.has('out.actions')) {
    const digits = new DigitComparison('out.actions', code_width, 2, gpu.precision)
    digits.add(b.ints('out.actions', [count - 1]), new Int32Array(await gpu.read(codes)).subarray(1), z)
    rows.push(digits.row())
  }
  return rows
}

async function checkPrediction(
  gpu: Gpu,
  model: TinyActionModel,
  b: ReferenceBundle,
  name: string,
): Promise<ComparisonRow> {
  const { height, width } = b.config.frame
  const isMasked = name === 'out.prediction_masked'
  const steps = b.tensor('in.frames').shape[0]! - 1
  const frames = isMasked ? firstFrame(gpu, b, steps) : framesOf(gpu, b, steps).pictures
  const actions = b.ints('out.actions', [steps])
  b.checkRange('out.actions', actions, 0, b.config.latent_action.actions - 1)
  const conditions = gpu.tensor('actions', [steps], 'i32')
  gpu.write(conditions, actions)
  const p = new Program(gpu, 'predict')
  const predicted = gpu.tensor('predicted', [steps, height, width, 3], 'f32')
  const ctx = { frameInfo: startInfo(gpu), cache: model.decoderKvCache(steps), conditions }
  model.predict(p, frames, ctx, predicted, isMasked)
  await p.build()
  p.run()
  const errors = new FloatComparison(name, gpu.precision)
  errors.add(b.floats(name, [steps, height, width, 3]), await readFloats(gpu, predicted))
  return errors.row()
}

/** Logits at the positions of in.probe. `out.logits_free` is without any action, at in.probe_free where the bundle has it. */
async function checkLogits(gpu: Gpu, dynamics: TinyDynamics, b: ReferenceBundle, name: string): Promise<ComparisonRow> {
  const isFree = name === 'out.logits_free'
  const { codes } = b.config.tokenizer
  const S = patchCount(b.config.frame, b.config.tokenizer.patch)
  const count = b.tensor('in.tokens').shape[0]!
  const given = b.ints('in.tokens', [count, S])
  b.checkRange('in.tokens', given, 0, codes)
  const actions = isFree ? new Int32Array(count - 1).fill(-1) : b.ints('in.actions', [count - 1])
  b.checkRange('in.actions', actions, -1, b.config.latent_action.actions - 1)
  const probeName = isFree && b.has('in.probe_free') ? 'in.probe_free' : 'in.probe'
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
