// A reference bundle of jasmine: the outputs of the tokenizer, the action model and the dynamics for given inputs, and roll-outs. Every
// step of a roll-out begins with the bundle's own context, so that one token within float error does not corrupt the rest.

import type { Gpu } from '../../gpu/gpu.ts'
import { Program } from '../../gpu/program.ts'
import type { Tensor } from '../../gpu/tensor.ts'
import { type Config, patchCount } from '../../model/config.ts'
import { CodeComparison, type ComparisonRow, FloatComparison } from '../../validation/comparison.ts'
import type { ReferenceBundle } from '../../validation/reference_bundle.ts'
import type { OpenFile } from '../../weights/model_source.ts'
import { readFloats } from '../../weights/read_floats.ts'
import { WindowDecoder } from '../window/decoder.ts'
import { checkDecoding } from '../window/step_check.ts'
import { contextOf } from './block.ts'
import { JasmineActionModel, JasmineDynamics, JasmineTokenizer } from './components.ts'

export async function validateJasmine(
  gpu: Gpu,
  config: Config,
  open: OpenFile,
  b: ReferenceBundle,
): Promise<ComparisonRow[]> {
  const rows: ComparisonRow[] = []
  const runs = ['greedy', 'sampled'].filter(run => b.has(`out.${run}.tokens`))
  const needs = (...names: string[]) => b.has(...names.map(name => `out.${name}`))
  const tokenizer =
    runs.length > 0 || needs('latents', 'codes', 'reconstruction')
      ? await JasmineTokenizer.load(gpu, config, await open('tokenizer.safetensors'))
      : undefined
  if (tokenizer) {
    const frames = b.frames('in.frames')
    if (needs('latents', 'codes')) rows.push(...(await checkCodes(gpu, tokenizer, b, frames)))
    if (needs('reconstruction')) {
      const codes = b.ints('out.codes', [frames.length, tokenizer.tokens])
      rows.push(await checkFrames(gpu, tokenizer, b, { name: 'out.reconstruction', codes, W: frames.length, from: 0 }))
    }
  }
  if (needs('action_latents', 'actions')) {
    const model = await JasmineActionModel.load(gpu, config, await open('latent_action.safetensors'))
    rows.push(...(await checkActions(gpu, model, b)))
  }
  if (needs('logits') || runs.length > 0) {
    const dynamics = await JasmineDynamics.load(gpu, config, await open('dynamics.safetensors'))
    if (needs('logits')) rows.push(await checkLogits(gpu, dynamics, b))
    for (const run of runs) rows.push(...(await checkRollout(gpu, tokenizer!, dynamics, b, run)))
  }
  return rows
}

const startInfo = (gpu: Gpu) => gpu.tensor('window start', [2], 'i32')

function upload(gpu: Gpu, b: ReferenceBundle, frames: Uint32Array[]): Tensor {
  const { height, width } = b.config.frame
  const pictures = gpu.tensor('pictures', [frames.length, height, width], 'u32')
  gpu.write(pictures, Uint32Array.from(frames.flatMap(frame => [...frame])))
  return pictures
}

async function checkCodes(gpu: Gpu, model: JasmineTokenizer, b: ReferenceBundle, frames: Uint32Array[]) {
  const shape = [frames.length, model.tokens]
  const cache = model.encoderKvCache(frames.length)
  const found = await encoded(gpu, model, upload(gpu, b, frames), shape[0]! * shape[1]!, cache)
  const { code_width } = b.config.tokenizer
  const rows: ComparisonRow[] = []
  if (b.has('out.latents')) {
    const errors = new FloatComparison('out.latents', gpu.precision)
    errors.add(b.floats('out.latents', [...shape, code_width]), found.latents)
    rows.push(errors.row())
  }
  if (b.has('out.codes')) {
    const codes = new CodeComparison('out.codes', model.codebook, code_width, gpu.precision)
    codes.add(b.ints('out.codes', shape), found.codes, found.latents)
    rows.push(codes.row())
  }
  return rows
}

async function checkActions(gpu: Gpu, model: JasmineActionModel, b: ReferenceBundle) {
  const frames = b.frames('in.frames')
  const count = frames.length - 1
  const { code_width } = b.config.latent_action
  const found = await encoded(gpu, model, upload(gpu, b, frames), count + 1, model.encoderKvCache(count + 1))
  // The first frame has no action.
  const latents = found.latents.subarray(code_width)
  const rows: ComparisonRow[] = []
  if (b.has('out.action_latents')) {
    const errors = new FloatComparison('out.action_latents', gpu.precision)
    errors.add(b.floats('out.action_latents', [count, code_width]), latents)
    rows.push(errors.row())
  }
  if (b.has('out.actions')) {
    const actions = new CodeComparison('out.actions', model.codebook, code_width, gpu.precision)
    actions.add(b.ints('out.actions', [count]), found.codes.subarray(1), latents)
    rows.push(actions.row())
  }
  return rows
}

async function encoded(
  gpu: Gpu,
  model: JasmineTokenizer | JasmineActionModel,
  pictures: Tensor,
  count: number,
  cache: ReturnType<JasmineTokenizer['encoderKvCache']>,
) {
  const p = new Program(gpu, 'encode')
  const codes = gpu.tensor('codes', [count], 'i32')
  const latents = p.output(model.encode(p, pictures, { frameInfo: startInfo(gpu), cache }, codes))
  await p.build()
  p.run()
  return { latents: await readFloats(gpu, latents), codes: new Int32Array(await gpu.read(codes)) }
}

/**
 * Decodes frame after frame of codes [frames · S], each as the newest of a window of `W` frames, and compares those from number `from` on
 * with `name`.
 */
async function checkFrames(
  gpu: Gpu,
  tokenizer: JasmineTokenizer,
  b: ReferenceBundle,
  { name, codes, W, from }: { name: string; codes: Int32Array; W: number; from: number },
): Promise<ComparisonRow> {
  const { height, width } = b.config.frame
  const size = 3 * height * width
  const P = tokenizer.tokens
  const count = codes.length / P
  const reference = b.floats(name, [count - from, height, width, 3])
  b.checkRange(name, Int32Array.from(codes), 0, b.config.tokenizer.codes - 1)
  const p = new Program(gpu, 'decode')
  const given = gpu.tensor('codes', [W * P], 'i32')
  const frames = gpu.tensor('frames', [W, height, width, 3], 'f32')
  tokenizer.decode(p, given, { frameInfo: startInfo(gpu), cache: tokenizer.decoderKvCache(W) }, frames)
  await p.build()
  const errors = new FloatComparison(name, gpu.precision)
  for (let frame = from; frame < count; frame++) {
    const first = Math.max(0, frame + 1 - W)
    gpu.write(given, padded(codes.subarray(first * P, (frame + 1) * P), W * P))
    p.run()
    const ours = (await readFloats(gpu, frames)).subarray((frame - first) * size, (frame - first + 1) * size)
    errors.add(reference.subarray((frame - from) * size, (frame - from + 1) * size), ours)
  }
  return errors.row()
}

/** Numbers, and zeros after them. */
function padded(values: Int32Array, length: number): Int32Array<ArrayBuffer> {
  const out = new Int32Array(length)
  out.set(values)
  return out
}

/** Logits at the positions of in.probe. */
async function checkLogits(gpu: Gpu, dynamics: JasmineDynamics, b: ReferenceBundle): Promise<ComparisonRow> {
  const { codes, patch } = b.config.tokenizer
  const S = patchCount(b.config.frame, patch)
  const count = b.tensor('in.tokens').shape[0]!
  const given = b.ints('in.tokens', [count, S])
  b.checkRange('in.tokens', given, 0, codes)
  const actions = b.ints('in.actions', [count - 1])
  b.checkRange('in.actions', actions, 0, b.config.latent_action.actions - 1)
  const probe = b.ints('in.probe', [b.tensor('in.probe').shape[0]!, 2])
  const p = new Program(gpu, 'logits')
  const tokens = gpu.tensor('tokens', [given.length], 'i32')
  gpu.write(tokens, given)
  const conditions = gpu.tensor('actions', [count], 'i32')
  gpu.write(conditions, Int32Array.of(-1, ...actions))
  const logits = p.output(
    dynamics.forward(p, tokens, { frameInfo: startInfo(gpu), cache: dynamics.kvCache(count), conditions }),
  )
  await p.build()
  p.run()
  const all = await readFloats(gpu, logits)
  const errors = new FloatComparison('out.logits', gpu.precision)
  const reference = b.floats('out.logits', [probe.length / 2, codes])
  for (let n = 0; n < probe.length / 2; n++) {
    const [frame, patchIndex] = [probe[2 * n]!, probe[2 * n + 1]!]
    b.checkRange('in.probe', Int32Array.of(frame), 0, count - 1)
    b.checkRange('in.probe', Int32Array.of(patchIndex), 0, S - 1)
    const from = (frame * S + patchIndex) * codes
    errors.add(reference.subarray(n * codes, (n + 1) * codes), all.subarray(from, from + codes))
  }
  return errors.row()
}

/** Tokens, order and frames of a roll-out. */
async function checkRollout(
  gpu: Gpu,
  tokenizer: JasmineTokenizer,
  dynamics: JasmineDynamics,
  b: ReferenceBundle,
  run: string,
): Promise<ComparisonRow[]> {
  const P = tokenizer.tokens
  const C = contextOf(b.config)
  const steps = b.tensor('in.play').length
  const play = b.ints('in.play', [steps])
  const given = b.tensor('out.context').shape[0]!
  const context = b.ints('out.context', [given, P])
  const inferred = b.ints('out.context_actions', [given - 1])
  const tokens = b.ints(`out.${run}.tokens`, [steps, P])
  const isSampled = run === 'sampled'
  b.checkRange('in.play', play, 0, b.config.latent_action.actions - 1)
  b.checkRange('out.context_actions', inferred, 0, b.config.latent_action.actions - 1)
  for (const [name, values] of Object.entries({ 'out.context': context, [`out.${run}.tokens`]: tokens }))
    b.checkRange(name, values, 0, b.config.tokenizer.codes - 1)
  const decoder = new WindowDecoder(gpu, dynamics, C, 1)
  const seen = Int32Array.of(...context, ...tokens)
  const actions = Int32Array.of(-1, ...inferred, ...play) // into each frame
  const rows = await checkDecoding(gpu, decoder, dynamics, {
    run,
    H: 1,
    P,
    play,
    tokens,
    order: b.ints(`out.${run}.order`, [steps, P]),
    sampling: {
      steps: b.setting('steps'),
      temperature: isSampled ? b.setting('sampled.temperature') : 0,
      choice_temperature: 0,
      guidance: 1,
    },
    seed: isSampled ? b.setting('sampled.seed') : 0,
    write(k) {
      const frame = given + k
      const first = Math.max(0, frame - C)
      gpu.write(decoder.contextCodes, padded(seen.subarray(first * P, frame * P), C * P))
      gpu.write(decoder.pastActions, padded(actions.subarray(first, frame), C))
      gpu.write(decoder.newActions, actions.slice(frame, frame + 1))
      decoder.beginAt(frame - first)
      return frame
    },
  })
  return [
    ...rows,
    await checkFrames(gpu, tokenizer, b, { name: `out.${run}.frames`, codes: seen, W: C + 1, from: given }),
  ]
}
