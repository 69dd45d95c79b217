// The outputs of a reference bundle of Djinn's own models (docs/model.md §7), computed frame by frame as in play.

import type { Gpu } from '../gpu/gpu.ts'
import { Program } from '../gpu/program.ts'
import type { Tensor } from '../gpu/tensor.ts'
import { type Config, codebooksOf, codesPerFrame, patchCount } from '../model/config.ts'
import { Dynamics } from '../model/dynamics.ts'
import { LatentActionModel } from '../model/latent_action.ts'
import { MaskGitDecoder } from '../model/maskgit_decoder.ts'
import { Tokenizer } from '../model/tokenizer.ts'
import type { OpenFile } from '../weights/model_source.ts'
import { readFloats } from '../weights/read_floats.ts'
import { FormatError } from '../weights/safetensors.ts'
import { CodeComparison, type ComparisonRow, FloatComparison, ResidualCodeComparison } from './comparison.ts'
import type { ReferenceBundle } from './reference_bundle.ts'

/** Computes and compares every output that the bundle has. In f16, differing tokens are counted but do not fail. */
export async function validateOutputs(
  gpu: Gpu,
  config: Config,
  open: OpenFile,
  b: ReferenceBundle,
): Promise<ComparisonRow[]> {
  const rows: ComparisonRow[] = []
  if (b.has('out.codes', 'out.reconstruction')) {
    const tokenizer = await Tokenizer.load(gpu, config, await open('tokenizer.safetensors'))
    if (b.has('out.codes')) rows.push(await checkCodes(gpu, tokenizer, b))
    if (b.has('out.reconstruction')) rows.push(await checkReconstruction(gpu, tokenizer, b))
  }
  if (b.has('out.actions', 'out.prediction')) {
    const model = await LatentActionModel.load(gpu, config, await open('latent_action.safetensors'))
    const frames = config.latent_action.input === 'tokens' ? await codesOf(gpu, open, b) : b.frames('in.frames')
    if (b.has('out.actions')) rows.push(await checkActions(gpu, model, frames, b))
    if (b.has('out.prediction')) rows.push(await checkPrediction(gpu, model, frames, b))
  }
  if (b.has('out.logits', 'out.tokens')) {
    const dynamics = await Dynamics.load(gpu, config, await open('dynamics.safetensors'))
    if (b.has('out.logits')) rows.push(await checkLogits(gpu, dynamics, b))
    if (b.has('out.tokens')) rows.push(await checkPlay(gpu, dynamics, b))
  }
  return rows
}

/** The input of a latent action model of tokens: out.codes, or where the bundle has none, the tokenizer's codes of in.frames. */
async function codesOf(gpu: Gpu, open: OpenFile, b: ReferenceBundle): Promise<Int32Array<ArrayBuffer>[]> {
  if (!b.has('out.codes')) {
    const tokenizer = await Tokenizer.load(gpu, b.config, await open('tokenizer.safetensors'))
    return (await encode(gpu, tokenizer, b)).map(({ codes }) => codes)
  }
  const [count, S] = [b.tensor('out.codes').shape[0]!, patchCount(b.config.frame, b.config.tokenizer.patch)]
  const codes = b.ints('out.codes', [count, S])
  b.checkRange('out.codes', codes, 0, b.config.tokenizer.codes - 1)
  return Array.from({ length: count }, (_, t) => codes.slice(t * S, (t + 1) * S))
}

/** Shape of the codes of `count` frames: [count, S], with N codebooks [count, S, N]. */
function codesShape({ frame, tokenizer }: Config, count: number): number[] {
  const [S, N] = [patchCount(frame, tokenizer.patch), codebooksOf(tokenizer)]
  return N > 1 ? [count, S, N] : [count, S]
}

/** The tokenizer's codes of every frame of in.frames, [S · N], and its latents before quantisation, [S, C]. */
async function encode(gpu: Gpu, tokenizer: Tokenizer, b: ReferenceBundle) {
  const p = new Program(gpu, 'encode')
  const { picture, frameInfo, setFrame } = frameInput(gpu, b.config)
  const tokens = gpu.tensor('codes', [codesPerFrame(b.config)], 'i32')
  const z = p.output(tokenizer.encode(p, picture, { frameInfo, cache: tokenizer.encoderKvCache(1) }, tokens))
  await p.build()
  const encoded = []
  for (const [t, frame] of b.frames('in.frames').entries()) {
    setFrame(t, frame)
    p.run()
    const codes = new Int32Array(await gpu.read(tokens)).slice(0, tokens.length)
    encoded.push({ codes, latents: await readFloats(gpu, z) })
  }
  return encoded
}

async function checkCodes(gpu: Gpu, tokenizer: Tokenizer, b: ReferenceBundle): Promise<ComparisonRow> {
  const { code_width } = b.config.tokenizer
  const [S, N] = [codesPerFrame(b.config), codebooksOf(b.config.tokenizer)]
  const reference = b.ints('out.codes', codesShape(b.config, b.tensor('in.frames').shape[0]!))
  const tie =
    N > 1
      ? new ResidualCodeComparison('out.codes', tokenizer.codebook, code_width, N, gpu.precision)
      : new CodeComparison('out.codes', tokenizer.codebook, code_width, gpu.precision)
  for (const [t, { codes, latents }] of (await encode(gpu, tokenizer, b)).entries())
    tie.add(reference.subarray(t * S, (t + 1) * S), codes, latents)
  return tie.row()
}

async function checkReconstruction(gpu: Gpu, tokenizer: Tokenizer, b: ReferenceBundle): Promise<ComparisonRow> {
  const S = codesPerFrame(b.config)
  const { height, width } = b.config.frame
  const count = b.tensor('out.codes').shape[0]!
  const given = b.ints('out.codes', codesShape(b.config, count))
  b.checkRange('out.codes', given, 0, b.config.tokenizer.codes - 1)
  const reference = b.floats('out.reconstruction', [count, height, width, 3])
  const p = new Program(gpu, 'decode')
  const { frameInfo, setFrame } = frameInput(gpu, b.config)
  const codes = gpu.tensor('codes', [S], 'i32')
  const pixels = gpu.tensor('pixels', [1, height, width, 3], 'f32')
  tokenizer.decode(p, codes, { frameInfo, cache: tokenizer.decoderKvCache(1) }, pixels)
  await p.build()
  const errors = new FloatComparison('out.reconstruction', gpu.precision)
  for (let t = 0; t < count; t++) {
    setFrame(t)
    gpu.write(codes, given.slice(t * S, (t + 1) * S))
    p.run()
    errors.add(reference.subarray(t * pixels.length, (t + 1) * pixels.length), await readFloats(gpu, pixels))
  }
  return errors.row()
}

async function checkActions(
  gpu: Gpu,
  model: LatentActionModel,
  frames: Frames,
  b: ReferenceBundle,
): Promise<ComparisonRow> {
  const reference = b.ints('out.actions', [frames.length - 1])
  const p = new Program(gpu, 'encode action')
  const { picture, frameInfo, setFrame } = frameInput(gpu, b.config, model.frame())
  const code = gpu.tensor('action', [1], 'i32')
  const latent = p.output(model.encode(p, picture, { frameInfo, cache: model.encoderKvCache(1) }, code))
  await p.build()
  const tie = new CodeComparison('out.actions', model.codebook, b.config.latent_action.code_width, gpu.precision)
  for (const [t, frame] of frames.entries()) {
    setFrame(t, frame)
    p.run()
    if (t > 0)
      tie.add(reference.subarray(t - 1, t), new Int32Array(await gpu.read(code)), await readFloats(gpu, latent))
  }
  return tie.row()
}

/** Compares pixels f32 [T-1, H, W, 3], or with input `tokens` logits of codes, f32 [T-1, S, K]. */
async function checkPrediction(
  gpu: Gpu,
  model: LatentActionModel,
  frames: Frames,
  b: ReferenceBundle,
): Promise<ComparisonRow> {
  const { frame, latent_action } = b.config
  const count = frames.length - 1
  const actions = b.ints('out.actions', [count])
  b.checkRange('out.actions', actions, 0, latent_action.actions - 1)
  const p = new Program(gpu, 'predict')
  const { picture, frameInfo, setFrame } = frameInput(gpu, b.config, model.frame())
  const action = gpu.tensor('action', [1], 'i32')
  const ctx = { frameInfo, cache: model.decoderKvCache(1) }
  let out: Tensor
  if (latent_action.input === 'tokens') out = p.output(model.predict(p, picture, action, ctx))
  else {
    out = gpu.tensor('pixels', [1, frame.height, frame.width, 3], 'f32')
    model.decode(p, picture, action, ctx, out)
  }
  const reference = b.floats('out.prediction', [count, ...out.shape.slice(-3)])
  await p.build()
  const errors = new FloatComparison('out.prediction', gpu.precision)
  for (let t = 0; t < count; t++) {
    setFrame(t, frames[t])
    gpu.write(action, actions.slice(t, t + 1))
    p.run()
    errors.add(reference.subarray(t * out.length, (t + 1) * out.length), await readFloats(gpu, out))
  }
  return errors.row()
}

async function checkLogits(gpu: Gpu, dynamics: Dynamics, b: ReferenceBundle): Promise<ComparisonRow> {
  const [S, N] = [codesPerFrame(b.config), codebooksOf(b.config.tokenizer)]
  const K = b.config.tokenizer.codes
  const count = b.tensor('in.tokens').shape[0]!
  const given = b.ints('in.tokens', codesShape(b.config, count))
  const knownCodes = N > 1 ? b.ints('in.known', codesShape(b.config, count)) : given
  if (N > 1) b.checkRange('in.known', knownCodes, 0, K - 1)
  const actions = b.ints('in.actions', [count - 1])
  b.checkRange('in.tokens', given, 0, K)
  b.checkRange('in.actions', actions, -1, b.config.latent_action.actions - 1)
  const reference = b.floats('out.logits', [...codesShape(b.config, count), K])
  const p = new Program(gpu, 'logits')
  const { frameInfo, setFrame } = frameInput(gpu, b.config)
  const tokens = gpu.tensor('tokens', [S], 'i32')
  const known = gpu.tensor('known', [S], 'i32')
  const ctx = { frameInfo, cache: dynamics.kvCache(1) }
  const logits = N > 1 ? dynamics.codebookLogits(p, tokens, ctx, known) : [dynamics.forward(p, tokens, ctx)]
  for (const ofCodebook of logits) p.output(ofCodebook)
  await p.build()
  const errors = new FloatComparison('out.logits', gpu.precision)
  for (let t = 0; t < count; t++) {
    setFrame(t, undefined, t === 0 ? -1 : actions[t - 1]!)
    gpu.write(tokens, given.slice(t * S, (t + 1) * S))
    gpu.write(known, knownCodes.slice(t * S, (t + 1) * S))
    p.run()
    const ours = await Promise.all(logits.map(ofCodebook => readFloats(gpu, ofCodebook)))
    // Row i is that of codebook i mod N.
    for (let i = 0; i < S; i++) {
      const [from, row] = [(t * S + i) * K, Math.floor(i / N)]
      errors.add(reference.subarray(from, from + K), ours[i % N]!.subarray(row * K, (row + 1) * K))
    }
  }
  return errors.row()
}

async function checkPlay(gpu: Gpu, dynamics: Dynamics, b: ReferenceBundle): Promise<ComparisonRow> {
  const S = codesPerFrame(b.config)
  const play = b.ints('in.play', [b.tensor('in.play').length])
  const count = b.tensor('out.tokens').shape[0]!
  const promptFrames = count - play.length
  if (promptFrames < 1)
    throw new FormatError(`${b.file}: out.tokens has ${count} frames, expected more than the ${play.length} of in.play`)
  const reference = b.ints('out.tokens', codesShape(b.config, count))
  b.checkRange('out.tokens', reference, 0, b.config.tokenizer.codes - 1)
  b.checkRange('in.play', play, -1, b.config.latent_action.actions - 1)
  const sampling = {
    steps: b.setting('steps'),
    temperature: b.setting('temperature'),
    choice_temperature: b.setting('choice_temperature'),
    guidance: b.setting('guidance', 1),
    threshold: b.setting('threshold', 1),
  }
  const seed = b.setting('seed')
  const maskgit = await new MaskGitDecoder(gpu, dynamics).build(sampling)
  maskgit.setSampling(sampling)
  let differing = 0
  for (let t = 0; t < count; t++) {
    maskgit.setFrameInfo(t, seed, t < promptFrames ? -1 : play[t - promptFrames]!)
    const expected = reference.slice(t * S, (t + 1) * S)
    if (t < promptFrames) gpu.write(maskgit.tokens, expected)
    const encoder = gpu.device.createCommandEncoder()
    const pass = encoder.beginComputePass()
    if (t < promptFrames) maskgit.encodeAppendToCache(pass)
    else maskgit.encodeFrame(pass)
    pass.end()
    gpu.submit(encoder)
    if (t < promptFrames) continue
    const played = new Int32Array(await gpu.read(maskgit.tokens))
    for (let i = 0; i < S; i++) differing += played[i] === expected[i] ? 0 : 1
  }
  return {
    output: 'out.tokens',
    count: play.length * S,
    differing,
    excused: 0,
    holds: differing === 0 || gpu.precision === 'f16',
  }
}

/** Frames as a component takes them: pixels u32 [H, W] or codes i32 [S]. */
type Frames = (Uint32Array<ArrayBuffer> | Int32Array<ArrayBuffer>)[]

/** A program's inputs for one frame: `frameInfo` and the frame, pixels u32 [1, H, W] by default. */
function frameInput(
  gpu: Gpu,
  { frame: { height, width } }: Config,
  picture = gpu.tensor('picture', [1, height, width], 'u32'),
) {
  const frameInfo = gpu.tensor('frameInfo', [3], 'i32')
  const setFrame = (t: number, frame?: Frames[number], action = -1) => {
    gpu.write(frameInfo, new Int32Array([t, 0, action]))
    if (frame) gpu.write(picture, frame)
  }
  return { picture, frameInfo, setFrame }
}
