// Behavioural cloning: a policy learns to predict from a frame the action that an expert took there. Actions are the keys that were
// pressed, or the latent actions that a model inferred from the frames.

import { crossEntropy } from '../../kernels/losses/cross_entropy.ts'
import type { Gpu } from '../../src/gpu/gpu.ts'
import { InitialWeights, scaleResidualOutputs } from '../../src/training/init/initial_weights.ts'
import {
  embeddingScales,
  initPatchEmbedding,
  type PrincipalComponents,
  patchesOf,
  principalComponents,
} from '../../src/training/init/pca.ts'
import { type RunProgress, trainLoop } from '../../src/training/loop.ts'
import { BASE_WEIGHTS, lossWeightTensor, sumTerm, WEIGHT_INDEX } from '../../src/training/losses.ts'
import { Random } from '../../src/training/random.ts'
import { type StepReport, TrainingStep } from '../../src/training/step.ts'
import { type Trainable, trainableParameters } from '../../src/training/trainable.ts'
import { bytesSource, type HostTensor, joined, writeSafetensors } from '../../src/weights/safetensors.ts'
import { type PolicyConfig, policyContext, policyLogits, policyTensors } from './policy.ts'

/** Clips that a policy is cloned from. */
interface Examples {
  /** By clip, its frames as the policy sees them. */
  frames: readonly Uint32Array[]
  /** By clip, the action that led from each frame to the next. */
  actions: readonly Int32Array[]
}

interface Cloning {
  /** Frames per step. */
  batch: number
  seed: number
  /** 0 … 1: the share of the training that is done after a step. */
  progress(step: number): number
  onReport(step: number, report: StepReport): void
}

const RATE = 1.5e-3
const WARM_UP = 20
const REPORT_EVERY = 25 // steps
/** An action that is rarer than one in this many counts as if it were not. */
const RAREST = 10
/** The frames whose patches the principal components are computed from. */
const PCA_FRAMES = 500

/** Inputs: frames u32 [F, H, W] RGBA8, actions i32 [F], actionWeights f32 [F]. Terms: crossEntropy, actionAccuracy. */
const trainablePolicy = (config: PolicyConfig, count: number): Trainable => ({
  name: 'policy',
  parameters: trainableParameters(policyTensors(config), () => 'policy'),
  clipNorms: { policy: 1 },
  recordLoss(p, parameters) {
    const { gpu } = p
    const frames = gpu.tensor('frames', [count, config.frame.height, config.frame.width], 'u32')
    const actions = gpu.tensor('actions', [count], 'i32')
    const actionWeights = gpu.tensor('action weights', [count])
    const weights = lossWeightTensor(p)
    const logits = policyLogits(p, config, parameters, frames, policyContext(gpu, config, count))
    const losses = crossEntropy(p, logits, {
      targets: actions,
      weights: actionWeights,
      lossWeights: weights,
      term: WEIGHT_INDEX.crossEntropy,
    })
    const terms = [sumTerm(p, losses, ['crossEntropy', 'actionAccuracy'])]
    return { inputs: { frames, actions, actionWeights }, weights, terms }
  },
})

/** The principal components of patches in random frames, with which a policy's patch embedding begins. */
export function patchPca(
  { frame, patch, width }: PolicyConfig,
  frames: Examples['frames'],
  seed: number,
): PrincipalComponents {
  const size = frame.height * frame.width
  const random = new Random(seed, PCA_FRAMES)
  const pictures = new Uint32Array(PCA_FRAMES * size)
  for (let i = 0; i < PCA_FRAMES; i++) {
    const clip = frames[random.integer(frames.length)]!
    const t = random.integer(clip.length / size)
    pictures.set(clip.subarray(t * size, (t + 1) * size), i * size)
  }
  return principalComponents(patchesOf(pictures, frame, patch), 3 * patch ** 2, width, random)
}

/** Initial weights: an embedding onto the principal components, and blocks near the identity. */
function initWeights(config: PolicyConfig, components: PrincipalComponents, random: Random): InitialWeights {
  const m = new InitialWeights(policyTensors(config), random)
  initPatchEmbedding(m, 'patch', components, embeddingScales(components, config.width))
  scaleResidualOutputs(m, 0.3)
  return m
}

/**
 * Trains a policy by cross-entropy on the actions of clips. Returns the tensors of its file.
 * @param gpu of precision f32
 * @throws TrainingError when a step is not finite
 */
export async function clone(
  gpu: Gpu,
  config: PolicyConfig,
  examples: Examples,
  components: PrincipalComponents,
  { batch, seed, progress, onReport }: Cloning,
): Promise<Record<string, HostTensor>> {
  const size = config.frame.height * config.frame.width
  // Weights are 1 / √frequency: most frames show running, but levels are lost by not jumping.
  const times = new Array<number>(config.actions).fill(0)
  for (const actions of examples.actions) for (const action of actions) times[action]!++
  const all = times.reduce((a, b) => a + b)
  const rarity = times.map(n => 1 / Math.sqrt(Math.max(n, all / RAREST)))
  /** Random frames with the action that was taken in each. */
  const draw = (random: Random, count: number) => {
    const frames = new Uint32Array(count * size)
    const actions = new Int32Array(count)
    for (let i = 0; i < count; i++) {
      const clip = random.integer(examples.actions.length)
      const t = random.integer(examples.actions[clip]!.length)
      frames.set(examples.frames[clip]!.subarray(t * size, (t + 1) * size), i * size)
      actions[i] = examples.actions[clip]![t]!
    }
    const weights = Float32Array.from(actions, action => rarity[action]!)
    const sum = weights.reduce((a, b) => a + b)
    return { frames, actions, actionWeights: weights.map(weight => weight / sum) }
  }
  const initial = initWeights(config, components, new Random(seed, 0))
  const source = bytesSource('policy', joined(writeSafetensors(initial.toTensors())))
  const training = await TrainingStep.create(gpu, trainablePolicy(config, batch), source)
  const hooks = {
    learningRate: RATE,
    batch: async (_: RunProgress, random: Random) => ({ batch: draw(random, batch), lossWeights: BASE_WEIGHTS }),
  }
  await trainLoop(
    training,
    hooks,
    { step: 0, progress: progress(0) },
    {
      seed,
      warmUp: WARM_UP,
      progress,
      wantsReport: step => step % REPORT_EVERY === 0,
      onReport,
      wantsCheckpoint: () => false,
      onCheckpoint: async () => undefined,
    },
  )
  await training.read()
  return training.weights()
}
