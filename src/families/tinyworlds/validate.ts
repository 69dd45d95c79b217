// A reference bundle of tinyworlds: the outputs of the tokenizer, the action model and the dynamics for given inputs. play_check.ts
// compares its roll-outs.

import type { Gpu } from '../../gpu/gpu.ts'
import { Program } from '../../gpu/program.ts'
import type { Config } from '../../model/config.ts'
import { type ComparisonRow, FloatComparison } from '../../validation/comparison.ts'
import type { ReferenceBundle } from '../../validation/reference_bundle.ts'
import type { OpenFile } from '../../weights/model_source.ts'
import { readFloats } from '../../weights/read_floats.ts'
import { checkEncoded, checkLogits, encoded, framesOf, startInfo } from '../window/bundle_checks.ts'
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
    if (b.has('out.logits')) rows.push(await checkLogits(gpu, dynamics, b, 'out.logits', { leastAction: -1 }))
    if (b.has('out.logits_free')) {
      const probeName = b.has('in.probe_free') ? 'in.probe_free' : 'in.probe'
      rows.push(await checkLogits(gpu, dynamics, b, 'out.logits_free', { probeName, hasActions: false }))
    }
    for (const run of runs) {
      const models = { tokenizer: tokenizer!, actionModel: actionModel!, dynamics }
      rows.push(...(await checkPlay(gpu, models, b, run)))
    }
  }
  return rows
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

async function checkCodes(gpu: Gpu, model: TinyTokenizer, b: ReferenceBundle): Promise<ComparisonRow[]> {
  const shape = [b.tensor('in.frames').shape[0]!, model.tokensPerFrame]
  const { code_width, levels } = b.config.tokenizer
  const found = await encoded(gpu, model, b, shape[0]! * shape[1]!)
  const codes = new DigitComparison('out.codes', code_width, levels!, gpu.precision, b.margin('codes'))
  return checkEncoded(gpu, b, { latents: 'out.latents', codes: 'out.codes' }, [shape, code_width], found, codes)
}

async function checkReconstruction(gpu: Gpu, tokenizer: TinyTokenizer, b: ReferenceBundle): Promise<ComparisonRow> {
  const { height, width } = b.config.frame
  const count = b.tensor('out.codes').shape[0]!
  const given = b.ints('out.codes', [count, tokenizer.tokensPerFrame])
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
  const count = b.tensor('in.frames').shape[0]!
  const { code_width } = b.config.latent_action
  const { latents, codes } = await encoded(gpu, model, b, count)
  const names = { latents: 'out.action_latents', codes: 'out.actions' }
  const digits = new DigitComparison(names.codes, code_width, 2, gpu.precision, b.margin('codes'))
  // The first frame has no action.
  return checkEncoded(gpu, b, names, [[count - 1], code_width], { latents, codes: codes.subarray(1) }, digits)
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
  const frames = isMasked ? firstFrame(gpu, b, steps) : framesOf(gpu, b, steps)
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
