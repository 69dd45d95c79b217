// The recipe of the latent action model. The VQ loss of model.md §8 collapses at this scale, so up to 24 000 transitions have a target code.
// The encoder learns to classify transitions, the decoder to reconstruct frames from their codes. The decoder sees no frame before the
// last one, so that a code says what changed. The same in PyTorch: reference/recipe_latent_action.py.

import type { Config } from '../model/config.ts'
import { latentActionTensors } from '../model/latent_action.ts'
import { counts } from '../statistics.ts'
import { FormatError } from '../weights/safetensors.ts'
import type { ActionTargets } from './action_codes/targets.ts'
import type { RecipeContext } from './components/spec.ts'
import { type Clips, type ClipWindow, concatenated, readWindows, sampleWindows, withoutFrame } from './data/clips.ts'
import { frameInput } from './data/frame_input.ts'
import { type ConvolutionKernels, compareFrames } from './init/compare_frames.ts'
import {
  attendNeighbours,
  attendPreviousFrame,
  InitialWeights,
  POSITION_CHANNELS,
  patchGrid,
  scaleResidualOutputs,
} from './init/initial_weights.ts'
import { encoderFeatures, fitHead } from './init/least_squares_head.ts'
import { embeddingScales, initPatchEmbedding, initPixelHead, patchesOf, principalComponents } from './init/pca.ts'
import { initTokenEmbedding, initTokenHead, type TokenCodebook } from './init/tokens.ts'
import type { Recipe } from './loop.ts'
import { BASE_WEIGHTS, type BatchShape, type LossWeights } from './losses.ts'
import { Random } from './random.ts'
import type { Batch } from './step.ts'

/** The factor of inner products with unit latents in the logits of a code. */
const LOGIT_SCALE = 10
/** The channels of the decoder that begin with the action. */
const ACTION_CHANNELS = 16
/** The initial gain of the action token's attention output. */
const ACTION_TOKEN_GAIN = 3
/** A relative position bias that hides a frame. */
const HIDDEN_BIAS = -100
/** The transitions that the classes are counted in, and that the encoder's head is fitted to. */
const EXAMPLES = 1536

export const LATENT_ACTION_WEIGHTS: LossWeights = {
  ...BASE_WEIGHTS,
  straightThrough: 0,
  commitment: 0,
  codebook: 0,
  reconstruction: 20,
}

/** The number of clips, the first ones of a batch, that the decoder reconstructs. */
export const decoderClips = ({ clips, decoderShare = 1 }: BatchShape): number =>
  Math.max(1, Math.round(decoderShare * clips))

/** Codes are orthogonal, so each takes a dimension. @throws FormatError where there are too few */
export function checkCodeWidth({ actions, code_width }: Pick<Config['latent_action'], 'actions' | 'code_width'>): void {
  if (actions > code_width)
    throw new FormatError(
      `latent_action.actions is ${actions}, but its codes have ${code_width} dimensions: give at most ${code_width} actions, or raise latent_action.code_width`,
    )
}

/** Trains the encoder towards those targets. A code is weighted by 1 / √(how often it occurs). */
export async function latentActionRecipe(context: RecipeContext, targets: ActionTargets): Promise<Recipe> {
  const { config, shape } = context
  const { clips } = targets
  const T = shape.frames
  const base = await recipeWithoutTargets({ ...context, clips }, targets.kernels)
  const examples = sampleWindows(clips, new Random(0), Math.ceil(EXAMPLES / (T - 1)), T)
  const codesOf = async (windows: readonly ClipWindow[], onCode?: (share: number) => void) => {
    const parts: Int32Array[] = []
    for (const window of windows) {
      parts.push(await targets.codes(window, T))
      onCode?.(parts.length / windows.length)
    }
    return Int32Array.from(concatenated(parts))
  }
  const exampleCodes = await codesOf(examples, share => context.onProgress?.(share, 'Finding codes of examples'))
  const classWeights = rarity(exampleCodes, config.latent_action.actions)
  return {
    ...base,
    // A higher rate undoes the initial weights first.
    learningRate: 6e-4,
    async initWeights(random, gpu) {
      const m = await base.initWeights(random)
      const batches = async function* () {
        for (let first = 0; first < examples.length; first += shape.clips) {
          context.onProgress?.(first / examples.length, 'Fitting initial weights to the examples')
          yield base.input.read(examples.slice(first, first + shape.clips), T)
        }
      }
      fitHead(m, config, await encoderFeatures(gpu, m, config, shape, batches()), exampleCodes)
      return m
    },
    async batch(_, random) {
      const windows = sampleWindows(clips, random, shape.clips, T)
      const targetCodes = await codesOf(windows)
      const weights = Float32Array.from(targetCodes, code => classWeights[code]!)
      const total = weights.reduce((a, b) => a + b)
      const batch = { ...(await base.frames(windows)), targetCodes, targetWeights: weights.map(w => w / total) }
      return { batch, lossWeights: base.lossWeights }
    },
  }
}

/** By code: 1 / √(how often it occurs). */
const rarity = (codes: Int32Array, actions: number): number[] =>
  counts(codes, actions).map(n => 1 / Math.sqrt(Math.max(n, 1)))

/** The initial weights and the frames of a batch, whatever the targets are. */
async function recipeWithoutTargets(context: RecipeContext, kernels: ConvolutionKernels) {
  const { config, clips, shape } = context
  const { actions, code_width } = config.latent_action
  const input = await frameInput(context)
  const reconstruction = input.codebook ? 1 : LATENT_ACTION_WEIGHTS.reconstruction
  const classifierWeights = new Float32Array(actions * code_width)
  for (let k = 0; k < actions; k++) classifierWeights[k * code_width + k] = LOGIT_SCALE
  return {
    input,
    constants: { classifierWeights },
    lossWeights: { ...LATENT_ACTION_WEIGHTS, reconstruction },
    initWeights: (random: Random) => initialWeights(config, clips, input.codebook, kernels, random),
    /** The inputs of the encoder and of the decoder. */
    async frames(windows: readonly ClipWindow[]): Promise<Batch> {
      const T = shape.frames
      const frames = await input.read(windows, T)
      const size = frames.length / (windows.length * T)
      const decoded = frames.slice(0, decoderClips(shape) * T * size)
      return {
        frames,
        sourceFrames: withoutFrame(decoded, T, size, T - 1),
        targetFrames: withoutFrame(decoded, T, size, 0),
        frameWeights: await input.weights(windows.slice(0, decoderClips(shape)), decoded, T),
      }
    },
  }
}

/** @param codebook of a model of tokens */
async function initialWeights(
  config: Config,
  clips: Clips,
  codebook: TokenCodebook | undefined,
  kernels: ConvolutionKernels,
  random: Random,
): Promise<InitialWeights> {
  const { frame, latent_action } = config
  const { patch, actions, code_width, width, heads, encoder_layers } = latent_action
  const m = new InitialWeights(latentActionTensors(config), random)
  // The decoder begins as a copy of the frame: content, action and position have channels of their own.
  const content = Math.max(width - POSITION_CHANNELS - ACTION_CHANNELS, 1)
  const grid = { ...patchGrid(frame, patch), heads }
  const attend = () => {
    attendPreviousFrame(m, 'encoder\\.')
    // In the last block the action token attends to all patches alike. With this it would see almost only itself.
    attendNeighbours(m, { prefix: 'encoder.', ...grid, layers: encoder_layers - 1 })
    m.scale(new RegExp(`^encoder\\.blocks\\.${encoder_layers - 1}\\.spatial\\.out\\.weight$`), ACTION_TOKEN_GAIN)
  }
  if (codebook) {
    initTokenEmbedding(m, 'encoder.token', codebook, content, random)
    initTokenEmbedding(m, 'decoder.token', codebook, content, random)
    initTokenHead(m, 'decoder.head', 'decoder.token')
    attend()
  } else {
    const frames = await readWindows(clips, sampleWindows(clips, random, 64, 1), 1)
    const patches = patchesOf(frames, frame, patch)
    const components = principalComponents(patches, 3 * patch ** 2, width, random)
    const encoderScales = embeddingScales(components, Math.max(width - POSITION_CHANNELS, 1))
    initPatchEmbedding(m, 'encoder.patch', components, encoderScales)
    const scales = embeddingScales(components, content)
    initPatchEmbedding(m, 'decoder.patch', components, scales)
    initPixelHead(m, 'decoder.head', components, scales)
    attend()
    compareFrames(m, { components, patches, patch, kernels, heads }, random)
  }
  attendNeighbours(m, { prefix: 'decoder.', ...grid })
  scaleResidualOutputs(m, 0.1, 'decoder\\.')
  // The codes are orthogonal, and stay so.
  m.get('codebook').values.fill(0)
  for (let k = 0; k < actions; k++) m.get('codebook').values[k * code_width + k] = 1
  const action = m.get('decoder.action.weight').values
  const isAction = (d: number) => d >= content && d < content + ACTION_CHANNELS
  for (let i = 0; i < action.length; i++) action[i] = isAction(Math.floor(i / code_width)) ? random.normal() : 0
  for (const name of m.names(/^decoder\..*\.temporal\.bias$/)) {
    const { shape, values } = m.get(name)
    for (let i = 0; i < values.length; i++) if (i % shape[1]! > 0) values[i] = HIDDEN_BIAS
  }
  return m
}
