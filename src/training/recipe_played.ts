// The recipe of a dynamics of several codebooks, trained as it is played: every frame of a clip is decoded in one step from the finished
// frames before it. The same in PyTorch: reference/recipe_played.py.

import { codebooksOf } from '../model/config.ts'
import type { RecipeContext } from './components/spec.ts'
import { sampleWindows } from './data/clips.ts'
import { dynamicsBatch, readUpstream, someNull } from './data/dynamics_batch.ts'
import type { UpstreamOutputs } from './data/upstream_outputs.ts'
import { copyWeights } from './init/copy_weights.ts'
import type { Recipe } from './loop.ts'
import { BASE_WEIGHTS } from './losses.ts'

export function playedDynamicsRecipe({
  config,
  clips,
  shape,
  upstream,
}: Pick<RecipeContext, 'config' | 'clips' | 'shape'> & { upstream: UpstreamOutputs }): Recipe {
  const { codes } = config.tokenizer
  const T = shape.frames
  return {
    learningRate: 3e-4,
    initWeights: (random, gpu) => copyWeights(gpu, config, clips, upstream, random),
    async batch(_, random) {
      const windows = sampleWindows(clips, random, shape.clips, T)
      const { targets, actions } = await readUpstream(upstream, clips, windows, T)
      const actionsInto = someNull(actions, T, random)
      const S = targets.length / actions.length / codebooksOf(config.tokenizer)
      const mask = Uint8Array.from({ length: actions.length * S }, (_, i) => Number(Math.floor(i / S) % T > 0))
      return { batch: dynamicsBatch(targets, targets, mask, codes, actionsInto, true), lossWeights: BASE_WEIGHTS }
    },
  }
}
