// How the latent action model is trained (ours; reference/recipe_latent_action.py): the VQ loss of model.md §8 collapses at this scale,
// so every transition is given its code: by the direction in which things go, or by which code draws it best. The encoder learns to
// name it, the decoder to draw it; the decoder is made blind to frames before the last one, so that a code says what moved.

import type { Gpu } from '../gpu/gpu.ts'
import type { Config } from '../model/config.ts'
import { trainingTensors } from './component.ts'
import { type Clips, type ClipWindow, readWindows, sampleWindows } from './data/clips.ts'
import { namingByDirections } from './directions.ts'
import {
  attendNeighbours,
  attendPreviousFrame,
  InitialWeights,
  POSITION_CHANNELS,
  scaleResidualOutputs,
} from './init/initial_weights.ts'
import { lookForMotion } from './init/motion_energy.ts'
import { initPatchEmbedding, initPixelHead, patchesOf, principalComponents } from './init/pca.ts'
import type { Recipe } from './loop.ts'
import { SPEC_WEIGHTS } from './losses.ts'
import { Movements } from './movements.ts'
import type { Random } from './random.ts'
import type { Batch, TrainingStep } from './step.ts'
import { namingByWinners } from './winners.ts'

const PIXEL_WEIGHT = 20
const MOVING = 6
/** Of the encoder's inner products with the unit codes. */
const SHARPNESS = 10
const ACTION_CHANNELS = 16
/** How loud what the action token gathers begins. */
const GATHERING = 3
/** Age bias that hides a frame. */
const BLIND = -100

/** Where the codes of transitions come from: directions of movement, or which code draws best. */
export const ACTION_LABELS = ['directions', 'winners'] as const
export type ActionLabels = (typeof ACTION_LABELS)[number]

/**
 * Of the clips of a batch, how many the decoder draws: it learns from fewer than the encoder, which has the harder task; but where codes
 * go to what draws best, from all.
 */
export const drawnOf = (labels: ActionLabels, clips: number): number =>
  labels === 'winners' ? clips : Math.max(1, Math.round(clips / 4))

/** How transitions are given their codes. */
export interface Naming {
  /** Changes weights of a fresh run, last. */
  start?(m: InitialWeights, gpu: Gpu): Promise<void>
  prepare(training: TrainingStep): Promise<void>
  /**
   * The codes i32 [clips · (T-1)] of a batch, of which `drawn` is what the decoder sees; what each weighs in naming; and what naming
   * weighs.
   */
  name(
    batch: { places: readonly ClipWindow[]; frames: Uint32Array; drawn: Batch },
    progress: number,
    random: Random,
  ): Promise<{ given: Int32Array<ArrayBuffer>; namingWeights: Float32Array<ArrayBuffer>; weight: number }>
  /** As a Course has them. */
  rate: number
  pace?(progress: number): number
}

export function latentActionRecipe(
  config: Config,
  clips: Clips,
  shape: { clips: number; frames: number },
  labels: ActionLabels = 'directions',
): Recipe {
  const { patch, actions, code_width, width, heads, encoder_layers } = config.latent_action
  const { frame } = config
  const pixels = frame.height * frame.width
  const T = shape.frames
  const movements = Movements.of(clips, frame)
  const naming = labels === 'winners' ? namingByWinners(config, shape) : namingByDirections(config, clips, shape)
  const { pace } = naming
  const drawn = drawnOf(labels, shape.clips)
  return {
    component: 'latent_action',
    shape: { ...shape, decoderClips: drawn },
    learningRate: naming.rate,
    lrSchedule: pace,
    async initWeights(random, gpu) {
      const m = new InitialWeights(trainingTensors('latent_action', config), random)
      const pictures = await readWindows(clips, sampleWindows(clips, random, 64, 1), 1)
      const patches = patchesOf(pictures, frame, patch)
      const components = principalComponents(patches, 3 * patch ** 2, width, random)
      const content = Math.max(width - POSITION_CHANNELS - ACTION_CHANNELS, 1)
      initPatchEmbedding(m, 'encoder.patch', components, Math.max(width - POSITION_CHANNELS, 1))
      initPixelHead(m, 'decoder.head', components, initPatchEmbedding(m, 'decoder.patch', components, content))
      attendPreviousFrame(m, 'encoder\\.')
      const [rows, columns] = [Math.ceil(frame.height / patch), Math.ceil(frame.width / patch)]
      // In the last block the action token gathers from all patches alike; looking around, it would see little but itself.
      attendNeighbours(m, { prefix: 'encoder.', rows, columns, heads, layers: encoder_layers - 1 })
      m.scale(new RegExp(`^encoder\\.blocks\\.${encoder_layers - 1}\\.spatial\\.out\\.weight$`), GATHERING)
      lookForMotion(m, { components, patches, patch, heads }, random)
      attendNeighbours(m, { prefix: 'decoder.', rows, columns, heads })
      scaleResidualOutputs(m, 0.1, 'decoder\\.')
      // Codes as far apart as they can be, which stay there.
      m.get('codebook').values.fill(0)
      for (let k = 0; k < actions; k++) m.get('codebook').values[k * code_width + (k % code_width)] = 1
      const action = m.get('decoder.action.weight').values
      const isAction = (d: number) => d >= content && d < content + ACTION_CHANNELS
      for (let i = 0; i < action.length; i++) action[i] = isAction(Math.floor(i / code_width)) ? random.normal() : 0
      for (const name of m.names(/^decoder\..*\.temporal\.bias$/)) {
        const { shape, values } = m.get(name)
        for (let i = 0; i < values.length; i++) if (i % shape[1]! > 0) values[i] = BLIND
      }
      await naming.start?.(m, gpu)
      return m
    },
    async prepare(training) {
      await naming.prepare(training)
      const names = new Float32Array(actions * code_width)
      for (let k = 0; k < actions; k++) names[k * code_width + (k % code_width)] = SHARPNESS
      training.write({ names })
    },
    async batch(_, progress, random) {
      const places = sampleWindows(clips, random, shape.clips, T)
      const frames = await readWindows(clips, places, T)
      const seen = frames.subarray(0, drawn * T * pixels)
      const without = <A extends Uint32Array | Float32Array>(all: A, left: number) =>
        all.filter((_, i) => Math.floor(i / pixels) % T !== left) as A
      const drawing: Batch = {
        before: without(seen, T - 1) as Uint32Array<ArrayBuffer>,
        after: without(seen, 0) as Uint32Array<ArrayBuffer>,
        weights: without(movements.weightsIn(places.slice(0, drawn), seen, T, MOVING), 0),
      }
      const { given, namingWeights, weight } = await naming.name({ places, frames, drawn: drawing }, progress, random)
      return {
        batch: { frames, given, namingWeights, ...drawing },
        terms: {
          ...SPEC_WEIGHTS,
          straightThrough: 0,
          commitment: 0,
          codebook: 0,
          reconstruction: PIXEL_WEIGHT,
          crossEntropy: weight,
        },
      }
    },
    describe: ({ mse, named }) => ({ psnr: -10 * Math.log10(mse!), named: named! }),
  }
}
