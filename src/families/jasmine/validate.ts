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
import { FormatError } from '../../weights/safetensors.ts'
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
      rows.push(await checkFrames(gpu, tokenizer, b, 'out.reconstruction', codes))
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

/** Compares the frames of `name` with what the last of `codes` [frames · S] decode to. */
async function checkFrames(
  gpu: Gpu,
  tokenizer: JasmineTokenizer,
  b: ReferenceBundle,
  name: string,
  codes: Int32Array<ArrayBuffer>,
): Promise<ComparisonRow> {
  const { height, width } = b.config.frame
  const count = codes.length / tokenizer.tokens
  const compared = b.tensor(name).shape[0]!
  b.checkRange('codes', codes, 0, b.config.tokenizer.codes - 1)
  const p = new Program(gpu, 'decode')
  const given = gpu.tensor('codes', [codes.length], 'i32')
  gpu.write(given, codes)
  const frames = gpu.tensor('frames', [count, height, width, 3], 'f32')
  tokenizer.decode(p, given, { frameInfo: startInfo(gpu), cache: tokenizer.decoderKvCache(count) }, frames)
  await p.build()
  p.run()
  const errors = new FloatComparison(name, gpu.precision)
  const ours = (await readFloats(gpu, frames)).subarray((count - compared) * 3 * height * width)
  errors.add(b.floats(name, [compared, height, width, 3]), ours)
  return errors.row()
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

/** Tokens, order and frames of a roll-out that fits in the window. */
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
  if (given < 1 || given + steps > C + 1)
    throw new FormatError(
      `${b.file}: ${given} frames and ${steps} steps, expected at most the window's ${C + 1} frames`,
    )
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
      const past = new Int32Array(C * P)
      past.set(seen.subarray(0, frame * P))
      gpu.write(decoder.contextCodes, past)
      const into = new Int32Array(C)
      into.set(actions.subarray(0, frame))
      gpu.write(decoder.pastActions, into)
      gpu.write(decoder.newActions, Int32Array.of(actions[frame]!))
      gpu.write(decoder.frameInfo, Int32Array.of(frame, isSampled ? b.setting('sampled.seed') : 0, 0))
      decoder.beginAt(frame)
      return frame
    },
    noiseScale: step => step.choiceNoise,
  })
  return [...rows, await checkFrames(gpu, tokenizer, b, `out.${run}.frames`, seen)]
}
