// How the dynamics is trained (docs/pilot.md): on tokens and latent actions of the models trained before it, with a structured start
// and a mask rate of its own for every frame.

import type { Config } from '../model/config.ts'
import { patchCount } from '../model/config.ts'
import { trainingTensors } from './component.ts'
import { type Clips, sampleWindows } from './data/clips.ts'
import { attendNeighbours, attendPreviousFrame, InitialWeights, scaleResidualOutputs } from './init/initial_weights.ts'
import type { Recipe } from './loop.ts'
import { SPEC_WEIGHTS } from './losses.ts'
import type { Random } from './random.ts'

/** Share of the frames in which nothing is masked, as the past is at play. */
const UNMASKED_FRAMES = 0.4
/** Share of the visible tokens that are replaced by chance, so that mistakes at play are not believed. */
const CORRUPTED_TOKENS = 0.03
/** Share of the actions that are null. */
const NULL_ACTIONS = 0.1
const POSITION_CHANNELS = 24

/** What the models trained before it say of clips. */
export interface UpstreamOutputs {
  /** Codes [T · S] of a clip. */
  tokens(clip: number): Promise<Int32Array>
  /** Actions [T - 1] of a clip. */
  actions(clip: number): Promise<Int32Array>
  /** f32 [K, C], unit rows: the tokenizer's. */
  codebook: Float32Array
  /** f32 [A, C]: the latent action model's. */
  actionCodebook: Float32Array
}

export function dynamicsRecipe(
  config: Config,
  clips: Clips,
  labels: UpstreamOutputs,
  shape: { clips: number; frames: number },
): Recipe {
  const { patch, codes, code_width } = config.tokenizer
  const { width, heads } = config.dynamics
  const S = patchCount(config.frame, patch)
  const T = shape.frames
  return {
    component: 'dynamics',
    shape,
    learningRate: 1.2e-3,
    async initWeights(random) {
      const m = new InitialWeights(trainingTensors('dynamics', config), random)
      const content = Math.max(width - POSITION_CHANNELS, 0)
      m.get('action_codebook').values.set(labels.actionCodebook)
      const action = m.get('action.weight').values
      for (let i = 0; i < action.length; i++) action[i] = 0.5 * random.normal()
      // Tokens that look alike begin alike, and the head as the embedding turned round.
      const spread = Float32Array.from({ length: content * code_width }, () => random.normal())
      const [token, head] = ['token.weight', 'head.weight'].map(name => m.get(name).values)
      token!.fill(0)
      for (let k = 0; k < codes; k++)
        for (let d = 0; d < content; d++) {
          let sum = 0
          for (let c = 0; c < code_width; c++) sum += labels.codebook[k * code_width + c]! * spread[d * code_width + c]!
          token![k * width + d] = 0.7 * sum
        }
      head!.set(token!.map(v => 0.07 * v))
      m.fill(/^(head\.bias|mask)$/, 0)
      attendPreviousFrame(m)
      const { height, width: frameWidth } = config.frame
      attendNeighbours(m, { rows: Math.ceil(height / patch), columns: Math.ceil(frameWidth / patch), heads })
      scaleResidualOutputs(m, 0.3)
      return m
    },
    async batch(_, __, random) {
      const places = sampleWindows(clips, random, shape.clips, T)
      const count = shape.clips * T * S
      const targets = new Int32Array(count)
      const clock = new Int32Array(2 + shape.clips * T)
      for (const [b, { clip, first }] of places.entries()) {
        const [tokens, actions] = await Promise.all([labels.tokens(clip), labels.actions(clip)])
        targets.set(tokens.subarray(first * S, (first + T) * S), b * T * S)
        for (let t = 0; t < T; t++)
          clock[2 + b * T + t] = t === 0 || random.uniform() < NULL_ACTIONS ? -1 : actions[first + t - 1]!
      }
      const isMasked = drawMask(shape.clips, T, S, random)
      const masked = isMasked.reduce((sum, m) => sum + m, 0)
      const tokens = targets.map((token, i) => {
        if (isMasked[i]) return codes
        return random.uniform() < CORRUPTED_TOKENS ? random.integer(codes) : token
      })
      return {
        batch: { tokens, targets, clock, weights: Float32Array.from(isMasked, m => m / masked) },
        terms: SPEC_WEIGHTS,
      }
    },
    describe: ({ right }) => ({ right: right! }),
  }
}

/** 1 where a token is masked, [B · T · S]: 40 % of the frames clean, the others at a rate of cos(π/2 · u); frame 0 never. */
export function drawMask(clips: number, frames: number, tokens: number, random: Random): Uint8Array {
  const mask = new Uint8Array(clips * frames * tokens)
  for (let b = 0; b < clips; b++)
    for (let t = 1; t < frames; t++) {
      const isClean = random.uniform() < UNMASKED_FRAMES
      const drawn = isClean ? 0 : Math.cos((Math.PI / 2) * random.uniform())
      // Something is always masked.
      const rate = b === 0 && t === frames - 1 ? Math.max(drawn, 0.5) : drawn
      for (let s = 0; s < tokens; s++) mask[(b * frames + t) * tokens + s] = Number(random.uniform() < rate)
    }
  return mask
}
