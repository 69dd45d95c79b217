// A reference bundle of jasmine: the outputs of the tokenizer, the action model and the dynamics for given inputs, and roll-outs. Every
// step of a roll-out begins with the bundle's own context, so that one token within float error does not corrupt the rest.

import type { Gpu } from '../../gpu/gpu.ts'
import { Program } from '../../gpu/program.ts'
import type { Config } from '../../model/config.ts'
import { CodeComparison, type ComparisonRow, FloatComparison } from '../../validation/comparison.ts'
import type { ReferenceBundle } from '../../validation/reference_bundle.ts'
import type { OpenFile } from '../../weights/model_source.ts'
import { readFloats } from '../../weights/read_floats.ts'
import { checkEncoded, checkLogits, encoded, startInfo } from '../window/bundle_checks.ts'
import { contextOf } from '../window/component.ts'
import { WindowDecoder } from '../window/decoder.ts'
import { checkDecoding } from '../window/step_check.ts'
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
    if (needs('latents', 'codes')) rows.push(...(await checkCodes(gpu, tokenizer, b)))
    if (needs('reconstruction')) {
      const W = b.tensor('in.frames').shape[0]!
      const codes = b.ints('out.codes', [W, tokenizer.tokensPerFrame])
      rows.push(await checkFrames(gpu, tokenizer, b, { name: 'out.reconstruction', codes, W, from: 0 }))
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

async function checkCodes(gpu: Gpu, model: JasmineTokenizer, b: ReferenceBundle) {
  const shape = [b.tensor('in.frames').shape[0]!, model.tokensPerFrame]
  const { code_width } = b.config.tokenizer
  const found = await encoded(gpu, model, b, shape[0]! * shape[1]!)
  const codes = new CodeComparison('out.codes', model.codebook, code_width, gpu.precision)
  return checkEncoded(gpu, b, { latents: 'out.latents', codes: 'out.codes' }, [shape, code_width], found, codes)
}

async function checkActions(gpu: Gpu, model: JasmineActionModel, b: ReferenceBundle) {
  const count = b.tensor('in.frames').shape[0]!
  const { code_width } = b.config.latent_action
  const all = await encoded(gpu, model, b, count)
  // The first frame has no action.
  const found = { latents: all.latents.subarray(code_width), codes: all.codes.subarray(1) }
  const names = { latents: 'out.action_latents', codes: 'out.actions' }
  const codes = new CodeComparison(names.codes, model.codebook, code_width, gpu.precision)
  return checkEncoded(gpu, b, names, [[count - 1], code_width], found, codes)
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
  const positions = tokenizer.tokensPerFrame
  const count = codes.length / positions
  const reference = b.floats(name, [count - from, height, width, 3])
  b.checkRange(name, Int32Array.from(codes), 0, b.config.tokenizer.codes - 1)
  const p = new Program(gpu, 'decode')
  const given = gpu.tensor('codes', [W * positions], 'i32')
  const frames = gpu.tensor('frames', [W, height, width, 3], 'f32')
  tokenizer.decode(p, given, { frameInfo: startInfo(gpu), cache: tokenizer.decoderKvCache(W) }, frames)
  await p.build()
  const errors = new FloatComparison(name, gpu.precision)
  for (let frame = from; frame < count; frame++) {
    const first = Math.max(0, frame + 1 - W)
    gpu.write(given, padded(codes.subarray(first * positions, (frame + 1) * positions), W * positions))
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

/** Tokens, order and frames of a roll-out. */
async function checkRollout(
  gpu: Gpu,
  tokenizer: JasmineTokenizer,
  dynamics: JasmineDynamics,
  b: ReferenceBundle,
  run: string,
): Promise<ComparisonRow[]> {
  const positions = tokenizer.tokensPerFrame
  const contextFrames = contextOf(b.config)
  const steps = b.tensor('in.play').length
  const play = b.ints('in.play', [steps])
  const given = b.tensor('out.context').shape[0]!
  const context = b.ints('out.context', [given, positions])
  const inferred = b.ints('out.context_actions', [given - 1])
  const tokens = b.ints(`out.${run}.tokens`, [steps, positions])
  const isSampled = run === 'sampled'
  b.checkRange('in.play', play, 0, b.config.latent_action.actions - 1)
  b.checkRange('out.context_actions', inferred, 0, b.config.latent_action.actions - 1)
  for (const [name, values] of Object.entries({ 'out.context': context, [`out.${run}.tokens`]: tokens }))
    b.checkRange(name, values, 0, b.config.tokenizer.codes - 1)
  const decoder = new WindowDecoder(gpu, dynamics, contextFrames, 1)
  const seen = Int32Array.of(...context, ...tokens)
  const actions = Int32Array.of(-1, ...inferred, ...play) // into each frame
  const rows = await checkDecoding(gpu, decoder, dynamics, {
    run,
    newFrames: 1,
    positions,
    play,
    tokens,
    order: b.ints(`out.${run}.order`, [steps, positions]),
    sampling: {
      steps: b.setting('steps'),
      temperature: isSampled ? b.setting('sampled.temperature') : 0,
      choice_temperature: 0,
      guidance: 1,
    },
    seed: isSampled ? b.setting('sampled.seed') : 0,
    margin: b.margin(run),
    write(k) {
      const frame = given + k
      const first = Math.max(0, frame - contextFrames)
      gpu.write(
        decoder.contextCodes,
        padded(seen.subarray(first * positions, frame * positions), contextFrames * positions),
      )
      gpu.write(decoder.pastActions, padded(actions.subarray(first, frame), contextFrames))
      gpu.write(decoder.newActions, actions.slice(frame, frame + 1))
      decoder.beginAt(frame - first)
      return frame
    },
  })
  return [
    ...rows,
    await checkFrames(gpu, tokenizer, b, { name: `out.${run}.frames`, codes: seen, W: contextFrames + 1, from: given }),
  ]
}
