// How the tokenizer is trained (docs/pilot.md): PCA starts, a plain autoencoder at first, then a codebook by k-means++ whose idle
// codes move to where latents are.

import type { Config } from '../model/config.ts'
import { trainingTensors } from './component.ts'
import { type Clips, readWindows, sampleWindows } from './data/clips.ts'
import { InitialWeights, scaleResidualOutputs } from './init/initial_weights.ts'
import { sphericalKmeans } from './init/kmeans.ts'
import { initPatchEmbedding, initPixelHead, patchesOf, principalComponents } from './init/pca.ts'
import type { Recipe } from './loop.ts'
import { SPEC_WEIGHTS } from './losses.ts'
import { Movements } from './movements.ts'
import { Random } from './random.ts'

/** Steps as an autoencoder, nothing quantised; a quarter of a run that has fewer than four times as many. */
const PLAIN_STEPS = 300
/** How many of the last of them give latents to the codebook. */
const SAMPLED_STEPS = 10
const IDLE_STEPS = 100
/** Up to this share of the run. */
const RESEED_UNTIL = 0.8
const PIXEL_WEIGHT = 20
/** So much more weigh pixels that move on their own: the player stays sharp. */
const MOVING = 6

export function tokenizerRecipe(
  config: Config,
  clips: Clips,
  shape: { clips: number; frames: number },
  steps?: number,
): Recipe {
  const { patch, codes, code_width, width } = config.tokenizer
  const plainSteps = Math.min(PLAIN_STEPS, Math.floor((steps ?? Number.POSITIVE_INFINITY) / 4))
  const latents: Float32Array[] = []
  const movements = Movements.of(clips, config.frame)
  return {
    component: 'tokenizer',
    shape,
    learningRate: 2e-3,
    async initWeights(random) {
      const m = new InitialWeights(trainingTensors('tokenizer', config), random)
      const pictures = await readWindows(clips, sampleWindows(clips, random, 64, 1), 1)
      const patches = patchesOf(pictures, config.frame, patch)
      const components = principalComponents(patches, 3 * patch ** 2, width, random)
      const scales = initPatchEmbedding(m, 'encoder.patch', components)
      initPixelHead(m, 'decoder.head', components, scales)
      scaleResidualOutputs(m, 0.2)
      // The leading components pass the bottleneck untouched.
      m.scale(/^(encoder\.head|decoder\.code)\.weight$/, 0.1)
      const [head, code] = ['encoder.head.weight', 'decoder.code.weight'].map(name => m.get(name).values)
      for (let i = 0; i < Math.min(code_width, width); i++) {
        head![i * width + i]! += 1
        code![i * code_width + i]! += Math.sqrt(code_width) / 2
      }
      return m
    },
    async batch(step, progress, random) {
      const places = sampleWindows(clips, random, shape.clips, shape.frames)
      const frames = await readWindows(clips, places, shape.frames)
      const isPlain = step <= plainSteps
      const terms = { ...SPEC_WEIGHTS, pixels: PIXEL_WEIGHT }
      return {
        batch: { frames, weights: movements.weightsIn(places, frames, shape.frames, MOVING) },
        terms: isPlain ? { ...terms, bypass: 1, commitment: 0, codebook: 0 } : terms,
        reseedAfter: !isPlain && progress < RESEED_UNTIL ? IDLE_STEPS : 0,
      }
    },
    async prepare(training) {
      training.write({ given: new Int32Array(training.size('given')).fill(-1) })
    },
    async afterStep(step, training) {
      if (step > plainSteps - SAMPLED_STEPS && step <= plainSteps) latents.push(await training.latents())
      if (step !== plainSteps) return
      const all = new Float32Array(latents.reduce((sum, part) => sum + part.length, 0))
      let at = 0
      for (const part of latents) {
        all.set(part, at)
        at += part.length
      }
      latents.length = 0
      training.replaceCodebook(sphericalKmeans(all, code_width, codes, new Random(step)))
    },
    describe: ({ mse }) => ({ psnr: -10 * Math.log10(mse!) }),
  }
}
