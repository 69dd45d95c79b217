// The recipe of the dynamics: it is trained on the tokens and latent actions of the models trained before it. Its initial embeddings and
// attention have structure, and every frame has a mask rate of its own. reference/recipe_dynamics.py is the same in PyTorch, but also
// weighs tokens that change by 4.

import { dynamicsTensors } from '../model/dynamics.ts'
import type { RecipeContext } from './components/spec.ts'
import { sampleWindows } from './data/clips.ts'
import { dynamicsBatch, readUpstream, someNull } from './data/dynamics_batch.ts'
import type { UpstreamOutputs } from './data/upstream_outputs.ts'
import {
  attendNeighbours,
  attendPreviousFrame,
  InitialWeights,
  POSITION_CHANNELS,
  patchGrid,
  scaleResidualOutputs,
} from './init/initial_weights.ts'
import { initTokenEmbedding, initTokenHead } from './init/tokens.ts'
import type { Recipe } from './loop.ts'
import { BASE_WEIGHTS } from './losses.ts'
import type { Random } from './random.ts'

/** The share of frames in which nothing is masked, like the past in play. */
const UNMASKED_FRAMES = 0.4
/** The share of visible tokens that are replaced by random ones, so that the model does not trust mistakes in play. */
const CORRUPTED_TOKENS = 0.03

export function dynamicsRecipe({
  config,
  clips,
  shape,
  upstream,
}: Pick<RecipeContext, 'config' | 'clips' | 'shape'> & { upstream: UpstreamOutputs }): Recipe {
  const { patch, codes, code_width } = config.tokenizer
  const { width, heads } = config.dynamics
  const T = shape.frames
  return {
    learningRate: 1.2e-3,
    async initWeights(random) {
      const m = new InitialWeights(dynamicsTensors(config), random)
      m.get('action_codebook').values.set(upstream.actionCodebook)
      const action = m.get('action.weight').values
      for (let i = 0; i < action.length; i++) action[i] = 0.5 * random.normal()
      const codebook = { values: upstream.codebook, width: code_width }
      initTokenEmbedding(m, 'token', codebook, Math.max(width - POSITION_CHANNELS, 0), random)
      initTokenHead(m, 'head', 'token')
      m.fill(/^mask$/, 0)
      attendPreviousFrame(m)
      attendNeighbours(m, { ...patchGrid(config.frame, patch), heads })
      scaleResidualOutputs(m, 0.3)
      return m
    },
    async batch(_, random) {
      const windows = sampleWindows(clips, random, shape.clips, T)
      const { targets, actions } = await readUpstream(upstream, clips, windows, T)
      const actionsInto = someNull(actions, T, random)
      const mask = drawMask(shape.clips, T, targets.length / actions.length, random)
      const inputTokens = targets.map((token, i) => {
        if (mask[i]) return token
        return random.uniform() < CORRUPTED_TOKENS ? random.integer(codes) : token
      })
      return { batch: dynamicsBatch(targets, inputTokens, mask, codes, actionsInto, false), lossWeights: BASE_WEIGHTS }
    },
  }
}

/** 1 where a token is masked, [B · T · S]: 40 % of the frames unmasked, the others at a rate of cos(π/2 · u); frame 0 never. */
export function drawMask(clips: number, frames: number, tokens: number, random: Random): Uint8Array {
  const mask = new Uint8Array(clips * frames * tokens)
  for (let b = 0; b < clips; b++)
    for (let t = 1; t < frames; t++) {
      const isUnmasked = random.uniform() < UNMASKED_FRAMES
      const drawn = isUnmasked ? 0 : Math.cos((Math.PI / 2) * random.uniform())
      // Something is always masked.
      const rate = b === 0 && t === frames - 1 ? Math.max(drawn, 0.5) : drawn
      for (let s = 0; s < tokens; s++) mask[(b * frames + t) * tokens + s] = Number(random.uniform() < rate)
    }
  return mask
}
