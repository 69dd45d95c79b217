// Checks the roll-outs of a reference bundle. Every step of play begins with the bundle's own context, so that one token within float
// error does not corrupt the rest.

import type { Gpu } from '../../gpu/gpu.ts'
import { Program } from '../../gpu/program.ts'
import type { SamplingConfig } from '../../model/config.ts'
import { type ComparisonRow, FloatComparison } from '../../validation/comparison.ts'
import type { ReferenceBundle } from '../../validation/reference_bundle.ts'
import { readFloats } from '../../weights/read_floats.ts'
import { FormatError } from '../../weights/safetensors.ts'
import { WindowDecoder } from '../window/decoder.ts'
import { checkDecoding } from '../window/step_check.ts'
import type { TinyActionModel, TinyDynamics, TinyTokenizer } from './components.ts'
import { DigitComparison } from './digit_comparison.ts'

interface Models {
  tokenizer: TinyTokenizer
  actionModel: TinyActionModel
  dynamics: TinyDynamics
}

/** What a bundle says of one roll-out, `out.{run}.*`. */
interface Rollout {
  run: string
  contextFrames: number
  newFrames: number // of a step
  positions: number // of a frame
  play: Int32Array // [steps]
  actions: Int32Array // [steps, contextFrames-1+newFrames]
  context: Int32Array // [steps, contextFrames, positions]
  tokens: Int32Array // [steps · newFrames, positions]
  order: Int32Array // [steps · newFrames, positions]
  frames: Float32Array // [steps · newFrames, H, W, 3]
  frameLength: number
  sampling: SamplingConfig
  seed: number
  margin: number | undefined
}

/** Compares context, actions, tokens, order and frames of `out.{run}.*`. */
export async function checkPlay(gpu: Gpu, models: Models, b: ReferenceBundle, run: string): Promise<ComparisonRow[]> {
  const r = readRollout(b, models, run)
  return [
    ...(await checkContext(gpu, models, b, r)),
    ...(await checkTokens(gpu, models.dynamics, r)),
    await checkFrames(gpu, models.tokenizer, r),
  ]
}

function readRollout(b: ReferenceBundle, { tokenizer }: Models, run: string): Rollout {
  const { height, width } = b.config.frame
  const [contextFrames, newFrames, positions] = [
    b.setting('context_window'),
    b.setting('prediction_horizon', 1),
    tokenizer.tokensPerFrame,
  ]
  const steps = b.tensor('in.play').length
  const isSampled = run === 'sampled'
  if (!(contextFrames >= 1 && newFrames >= 1))
    throw new FormatError(`${b.file}: context_window is ${contextFrames} and prediction_horizon ${newFrames}`)
  const name = (output: string) => `out.${run}.${output}`
  // A row for each frame, or for each step.
  const isByFrame = b.tensor(name('order')).shape[0] === steps * newFrames
  const orderShape = isByFrame ? [steps * newFrames, positions] : [steps, newFrames * positions]
  const r: Rollout = {
    run,
    contextFrames,
    newFrames,
    positions,
    play: b.ints('in.play', [steps]),
    actions: b.ints(name('actions'), [steps, contextFrames - 1 + newFrames]),
    context: b.ints(name('context'), [steps, contextFrames, positions]),
    tokens: b.ints(name('tokens'), [steps * newFrames, positions]),
    order: b.ints(name('order'), orderShape),
    frames: b.floats(name('frames'), [steps * newFrames, height, width, 3]),
    frameLength: 3 * height * width,
    sampling: {
      steps: b.setting('steps'),
      temperature: isSampled ? b.setting('sampled.temperature') : 0,
      choice_temperature: 0,
      guidance: 1,
      schedule_k: b.setting('schedule_k', 5),
    },
    seed: isSampled ? b.setting('sampled.seed') : 0,
    margin: b.margin(run, 'play'),
  }
  b.checkRange(name('actions'), r.actions, 0, b.config.latent_action.actions - 1)
  for (const output of ['context', 'tokens'] as const)
    b.checkRange(name(output), r[output], 0, b.config.tokenizer.codes - 1)
  b.checkRange('in.play', r.play, 0, b.config.latent_action.actions - 1)
  return r
}

/** The codes of every step's context, and the actions of its window, from the bundle's own frames. */
async function checkContext(
  gpu: Gpu,
  { tokenizer, actionModel }: Models,
  b: ReferenceBundle,
  r: Rollout,
): Promise<ComparisonRow[]> {
  const { contextFrames, newFrames, positions, frameLength } = r
  const { height, width } = b.config.frame
  const { levels, code_width } = b.config.tokenizer
  const digits = b.config.latent_action.code_width
  const frames = gpu.tensor('context', [contextFrames, height, width, 3], 'f32')
  const codes = gpu.tensor('codes', [contextFrames * positions], 'i32')
  const inferred = gpu.tensor('actions', [contextFrames], 'i32')
  const frameInfo = gpu.tensor('window start', [2], 'i32')
  const p = new Program(gpu, 'check')
  const ctx = { frameInfo, cache: tokenizer.encoderKvCache(contextFrames) }
  const latents = p.output(tokenizer.encode(p, frames, ctx, codes))
  const actionLatents =
    contextFrames > 1
      ? p.output(
          actionModel.encode(p, frames, { frameInfo, cache: actionModel.encoderKvCache(contextFrames) }, inferred),
        )
      : undefined
  await p.build()

  const prompt = b.bytes('in.prompt', [contextFrames, height, width, 3])
  const all = new Float32Array(prompt.length + r.frames.length)
  all.set(Float32Array.from(prompt, byte => (byte / 255 - 0.5) / 0.5))
  all.set(r.frames, prompt.length)
  const contextRow = new DigitComparison(`out.${r.run}.context`, code_width, levels!, gpu.precision)
  const actionRow = new DigitComparison(`out.${r.run}.actions`, digits, 2, gpu.precision)
  // Actions that the player gave are known for certain: a latent far from any edge.
  const certain = (action: number) => Array.from({ length: digits }, (_, j) => ((action >> j) & 1 ? 20 : -20))
  for (let k = 0; k < r.play.length; k++) {
    gpu.write(frames, all.slice(k * newFrames * frameLength, (k * newFrames + contextFrames) * frameLength))
    p.run()
    const z = await readFloats(gpu, latents)
    contextRow.add(
      r.context.subarray(k * contextFrames * positions, (k + 1) * contextFrames * positions),
      new Int32Array(await gpu.read(codes)),
      z,
    )
    const found = contextFrames > 1 ? new Int32Array(await gpu.read(inferred)) : new Int32Array(1)
    const foundLatents = actionLatents ? await readFloats(gpu, actionLatents) : new Float32Array()
    const given = r.play.subarray(Math.max(0, k + 1 - contextFrames), k + 1)
    const window = Array.from({ length: contextFrames - given.length }, (_, t) => ({
      action: found[t + 1]!,
      latent: [...foundLatents.subarray(t * digits, (t + 1) * digits)],
    })).concat(Array.from(given, action => ({ action, latent: certain(action) })))
    // With newFrames > 1 the last action is held.
    const held = [...window, ...Array.from({ length: newFrames - 1 }, () => window.at(-1)!)]
    actionRow.add(
      r.actions.subarray(k * held.length, (k + 1) * held.length),
      Int32Array.from(held, ({ action }) => action),
      Float32Array.from(held.flatMap(({ latent }) => latent)),
    )
  }
  return [contextRow.row(), actionRow.row()]
}

function checkTokens(gpu: Gpu, dynamics: TinyDynamics, r: Rollout): Promise<ComparisonRow[]> {
  const { contextFrames, newFrames, positions } = r
  const decoder = new WindowDecoder(gpu, dynamics, contextFrames, newFrames)
  return checkDecoding(gpu, decoder, dynamics, {
    ...r,
    write(k) {
      const actions = r.actions.subarray(k * (contextFrames - 1 + newFrames), (k + 1) * (contextFrames - 1 + newFrames))
      gpu.write(
        decoder.contextCodes,
        r.context.slice(k * contextFrames * positions, (k + 1) * contextFrames * positions),
      )
      gpu.write(decoder.pastActions, Int32Array.of(-1, ...actions.subarray(0, contextFrames - 1)))
      gpu.write(decoder.newActions, actions.slice(contextFrames - 1))
      return contextFrames + k * newFrames
    },
  })
}

/** The frames that the bundle's tokens decode to, after its context. */
async function checkFrames(gpu: Gpu, tokenizer: TinyTokenizer, r: Rollout): Promise<ComparisonRow> {
  const { contextFrames, newFrames, positions, frameLength } = r
  const { height, width } = tokenizer.config.frame
  const p = new Program(gpu, 'decode')
  const codes = gpu.tensor('codes', [(contextFrames + newFrames) * positions], 'i32')
  const frames = gpu.tensor('frames', [contextFrames + newFrames, height, width, 3], 'f32')
  const ctx = {
    frameInfo: gpu.tensor('window start', [2], 'i32'),
    cache: tokenizer.decoderKvCache(contextFrames + newFrames),
  }
  tokenizer.decodeSigned(p, codes, ctx, frames)
  await p.build()
  const errors = new FloatComparison(`out.${r.run}.frames`, gpu.precision)
  for (let k = 0; k < r.play.length; k++) {
    const context = r.context.subarray(k * contextFrames * positions, (k + 1) * contextFrames * positions)
    gpu.write(
      codes,
      Int32Array.of(...context, ...r.tokens.subarray(k * newFrames * positions, (k + 1) * newFrames * positions)),
    )
    p.run()
    const ours = (await readFloats(gpu, frames)).subarray(contextFrames * frameLength)
    errors.add(r.frames.subarray(k * newFrames * frameLength, (k + 1) * newFrames * frameLength), ours)
  }
  return errors.row()
}
