// The recipe of the tokenizer. It starts from principal components of patches and is a plain autoencoder at first. Then k-means++
// fits the codebook to its latents, and dead codes move to where latents are. The same in PyTorch: reference/recipe_tokenizer.py.

import { l2Normalize } from '../../kernels/rows/l2_normalize.ts'
import { Program } from '../gpu/program.ts'
import { type Config, codebooksOf, codesPerFrame, patchCount } from '../model/config.ts'
import { tokenizerLatents, tokenizerTensors } from '../model/tokenizer.ts'
import type { RecipeContext } from './components/spec.ts'
import { type Clips, concatenated, readWindows, sampleWindows } from './data/clips.ts'
import { pixelWeights } from './data/pixel_weights.ts'
import { InitialWeights, scaleResidualOutputs } from './init/initial_weights.ts'
import { sphericalKmeans } from './init/kmeans.ts'
import { linearTokenizer } from './init/linear_tokenizer.ts'
import { embeddingScales, initPatchEmbedding, initPixelHead, patchesOf, principalComponents } from './init/pca.ts'
import type { Recipe, RunProgress } from './loop.ts'
import { BASE_WEIGHTS, type BatchShape, clipContexts, type LossWeights } from './losses.ts'
import { Random } from './random.ts'
import type { TrainingStep } from './step.ts'

/** The autoencoder phase, in which nothing is quantised: its steps, and the largest share of the run that it takes. */
const AUTOENCODER = { steps: 300, share: 0.25 }
/** The batches whose latents the codebook is fitted to. */
const CODEBOOK_BATCHES = 10
/** A code that was not chosen for more steps than this is dead … */
const DEAD_STEPS = 100
/** … and moves to a latent, up to this share of the run. */
const RESET_UNTIL = 0.8

export const TOKENIZER_WEIGHTS: LossWeights = { ...BASE_WEIGHTS, reconstruction: 20 }
export const AUTOENCODER_WEIGHTS: LossWeights = { ...TOKENIZER_WEIGHTS, bypass: 1, commitment: 0, codebook: 0 }

const isAutoencoder = ({ step, progress }: RunProgress) => step <= AUTOENCODER.steps && progress < AUTOENCODER.share

export function tokenizerRecipe({ config, clips, shape }: Pick<RecipeContext, 'config' | 'clips' | 'shape'>): Recipe {
  const { patch, codes, code_width, width } = config.tokenizer
  const isResidual = codebooksOf(config.tokenizer) > 1
  // Several codebooks begin with codes, so there is nothing to train without them.
  const isPlain = (at: RunProgress) => !isResidual && isAutoencoder(at)
  return {
    // A higher rate undoes the initial weights of several codebooks first (docs/foundation.md).
    learningRate: isResidual ? 3e-4 : 2e-3,
    constants: { targetCodes: new Int32Array(shape.clips * shape.frames * codesPerFrame(config)).fill(-1) },
    async initWeights(random, gpu) {
      if (isResidual) return linearTokenizer(gpu, config, clips, random)
      const m = new InitialWeights(tokenizerTensors(config), random)
      const frames = await readWindows(clips, sampleWindows(clips, random, 64, 1), 1)
      const components = principalComponents(patchesOf(frames, config.frame, patch), 3 * patch ** 2, width, random)
      const scales = embeddingScales(components, width)
      initPatchEmbedding(m, 'encoder.patch', components, scales)
      initPixelHead(m, 'decoder.head', components, scales)
      scaleResidualOutputs(m, 0.2)
      // The leading components pass the bottleneck unchanged.
      m.scale(/^(encoder\.head|decoder\.code)\.weight$/, 0.1)
      const [head, code] = ['encoder.head.weight', 'decoder.code.weight'].map(name => m.get(name).values)
      for (let i = 0; i < Math.min(code_width, width); i++) {
        head![i * width + i]! += 1
        code![i * code_width + i]! += Math.sqrt(code_width) / 2
      }
      return m
    },
    async batch(at, random) {
      const windows = sampleWindows(clips, random, shape.clips, shape.frames)
      const frames = await readWindows(clips, windows, shape.frames)
      const weights = pixelWeights(config, frames, shape.frames)
      return {
        batch: { frames, pixelWeights: weights },
        lossWeights: isPlain(at) ? AUTOENCODER_WEIGHTS : TOKENIZER_WEIGHTS,
        resetAfter: !isPlain(at) && at.progress < RESET_UNTIL ? DEAD_STEPS : 0,
      }
    },
    async afterStep(at, next, training) {
      if (!isPlain(at) || isPlain(next)) return
      const random = new Random(at.step)
      const latents = await sampleLatents(training, config, clips, shape, random)
      training.replaceCodebook(sphericalKmeans(latents, code_width, codes, random))
    },
  }
}

/**
 * The recipe of a tokenizer that has been trained: without the autoencoder phase, and with the codebook that it has.
 * @param keepsCodes whether dead codes stay where they are, too
 */
export const trainedFrom = (recipe: Recipe, keepsCodes: boolean): Recipe => {
  const later = (at: RunProgress): RunProgress => ({ ...at, step: at.step + AUTOENCODER.steps })
  return {
    ...recipe,
    async batch(at, random) {
      const step = await recipe.batch(later(at), random)
      return keepsCodes ? { ...step, resetAfter: 0 } : step
    },
    afterStep: async (at, next, training) => recipe.afterStep?.(later(at), later(next), training),
  }
}

/** Unit latents [n, C] of random frames, by the present weights. */
function sampleLatents(
  training: TrainingStep,
  config: Config,
  clips: Clips,
  shape: BatchShape,
  random: Random,
): Promise<Float32Array> {
  const { frame, tokenizer: c } = config
  return training.gpu.withScope(async gpu => {
    const p = new Program(gpu, 'latents')
    const frames = gpu.tensor('frames', [shape.clips * shape.frames, frame.height, frame.width], 'u32')
    const context = clipContexts(p, shape)('encoder', c.encoder_layers, c, patchCount(frame, c.patch))
    const units = p.output(l2Normalize(p, tokenizerLatents(p, config, training.parameters, frames, context)))
    await p.build()
    const parts: Float32Array[] = []
    for (let i = 0; i < CODEBOOK_BATCHES; i++) {
      const windows = sampleWindows(clips, random, shape.clips, shape.frames)
      gpu.write(frames, await readWindows(clips, windows, shape.frames))
      p.run()
      parts.push(new Float32Array(await gpu.read(units)).slice(0, units.length))
    }
    return concatenated(parts)
  })
}
