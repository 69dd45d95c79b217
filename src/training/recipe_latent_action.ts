// How the latent action model is trained (ours; reference/recipe_latent_action.py): the VQ loss of model.md §8 collapses at this scale,
// so a transition's code is given by what a plain search for movement measured in the video, with no label. The encoder learns to
// name it, the decoder to draw it; the decoder is made blind to frames before the last one, so that a code says what moved.

import type { Config } from '../model/config.ts'
import { type Clips, drawPlaces, framesAt } from './clips.ts'
import { trainingTensors } from './component.ts'
import { Initial, lookAround, lookBack, shrinkOutputs } from './initial.ts'
import { DIRECTIONS, directionOf, movingWeights } from './moving.ts'
import { PLAIN_TERMS } from './objectives.ts'
import { patchesOf, principalComponents, startPatchIn, startPatchOut } from './pca.ts'
import { Random } from './random.ts'
import type { Recipe } from './run.ts'

const PIXEL_WEIGHT = 20
const MOVING = 6
/** Of the clips of a batch: the decoder learns from fewer than the encoder, which has the harder task. */
const DRAWN = 0.25
/** Of the encoder's inner products with the unit codes. */
const SHARPNESS = 10
const [POSITION_CHANNELS, ACTION_CHANNELS] = [24, 16]
/** Age bias that hides a frame. */
const BLIND = -100
/** Clips from which it is learned which directions there are, and how rare each is. */
const SURVEYED = 64

export function latentActionRecipe(config: Config, clips: Clips, shape: { clips: number; frames: number }): Recipe {
  const { patch, actions, code_width, width, heads } = config.latent_action
  const { frame } = config
  const pixels = frame.height * frame.width
  const T = shape.frames
  const drawn = Math.max(1, Math.round(DRAWN * shape.clips))
  let survey: Survey | undefined
  /** The direction of every transition of a batch. */
  const directionsOf = (frames: Uint32Array, length: number): number[] => {
    const picture = (f: number) => frames.subarray(f * pixels, (f + 1) * pixels)
    const transitions = Array.from({ length: frames.length / pixels }, (_, f) => f).filter(f => f % length !== 0)
    return transitions.map(f => directionOf(picture(f - 1), picture(f), frame))
  }
  return {
    component: 'latent_action',
    shape: { ...shape, drawn },
    rate: 1.5e-3,
    async start(random) {
      const m = new Initial(trainingTensors('latent_action', config), random)
      const pictures = await framesAt(clips, drawPlaces(clips, random, 64, 1), 1)
      const components = principalComponents(patchesOf(pictures, frame, patch), 3 * patch ** 2, width, random)
      const content = Math.max(width - POSITION_CHANNELS - ACTION_CHANNELS, 1)
      startPatchIn(m, 'encoder.patch', components, Math.max(width - POSITION_CHANNELS, 1))
      startPatchOut(m, 'decoder.head', components, startPatchIn(m, 'decoder.patch', components, content))
      lookBack(m, 'encoder\\.')
      const [rows, columns] = [Math.ceil(frame.height / patch), Math.ceil(frame.width / patch)]
      for (const prefix of ['encoder.', 'decoder.']) lookAround(m, { prefix, rows, columns, heads })
      shrinkOutputs(m, 0.1, 'decoder\\.')
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
      return m
    },
    async prepare(training) {
      const places = drawPlaces(clips, new Random(0), SURVEYED, 2)
      survey = surveyOf(directionsOf(await framesAt(clips, places, 2), 2), actions)
      const names = new Float32Array(actions * code_width)
      for (let k = 0; k < actions; k++) names[k * code_width + (k % code_width)] = SHARPNESS
      training.write({ names })
    },
    async batch(_, __, random) {
      const frames = await framesAt(clips, drawPlaces(clips, random, shape.clips, T), T)
      const given = Int32Array.from(directionsOf(frames, T), direction => survey!.codes[direction]!)
      const balance = Float32Array.from(given, code => survey!.balance[code]!)
      const total = balance.reduce((a, b) => a + b)
      const seen = frames.subarray(0, drawn * T * pixels)
      const without = <A extends Uint32Array | Float32Array>(all: A, left: number) =>
        all.filter((_, i) => Math.floor(i / pixels) % T !== left) as A
      return {
        batch: {
          frames,
          given,
          namingWeights: balance.map(b => b / total),
          before: without(seen, T - 1) as Uint32Array<ArrayBuffer>,
          after: without(seen, 0) as Uint32Array<ArrayBuffer>,
          weights: without(movingWeights(seen, T, frame, MOVING), 0),
        },
        terms: { ...PLAIN_TERMS, through: 0, commitment: 0, codebook: 0, pixels: PIXEL_WEIGHT },
      }
    },
    describe: ({ mse, named }) => ({ psnr: -10 * Math.log10(mse!), named: named! }),
  }
}

interface Survey {
  /** By direction, its code. */
  codes: number[]
  /** By code, its weight in naming: a rare movement counts for more, by the root of its rarity. */
  balance: number[]
}

/** The commonest directions, as many as there are codes, have one each; the others share that of the commonest that goes the same way. */
export function surveyOf(directions: readonly number[], actions: number): Survey {
  const times = new Array<number>(DIRECTIONS).fill(0)
  for (const direction of directions) times[direction]!++
  const common = [...times.keys()].sort((a, b) => times[b]! - times[a]! || a - b).slice(0, actions)
  const named = [...common].sort((a, b) => a - b)
  const codes = [...times.keys()].map(direction => {
    const own = named.indexOf(direction)
    const alike = common.find(other => other >> 1 === direction >> 1) ?? common[0]!
    return own >= 0 ? own : named.indexOf(alike)
  })
  const uses = new Array<number>(actions).fill(0)
  times.forEach((n, direction) => {
    uses[codes[direction]!]! += n
  })
  return { codes, balance: uses.map(n => 1 / Math.sqrt(Math.max(n, 1))) }
}
