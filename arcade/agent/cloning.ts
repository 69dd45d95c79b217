// Behavioural cloning: a policy learns to name, from a frame, the action that an expert's clip took there. Whether actions are the
// keys that were pressed or the latent actions that a model inferred from the frames, the training is the same.

import { crossEntropy } from '../../kernels/losses/cross_entropy.ts'
import type { Gpu } from '../../src/gpu/gpu.ts'
import { InitialWeights, scaleResidualOutputs } from '../../src/training/init/initial_weights.ts'
import {
  initPatchEmbedding,
  type PrincipalComponents,
  patchesOf,
  principalComponents,
} from '../../src/training/init/pca.ts'
import { trainLoop } from '../../src/training/loop.ts'
import { SPEC_WEIGHTS, sumTerm, WEIGHT_INDEX } from '../../src/training/losses.ts'
import { Random } from '../../src/training/random.ts'
import { type StepReport, TrainingStep } from '../../src/training/step.ts'
import type { Trainable } from '../../src/training/trainable.ts'
import { bytesSource, type HostTensor, joined, writeSafetensors } from '../../src/weights/safetensors.ts'
import { type PolicyConfig, policyLogits, policyPassage, policyTensors } from './policy.ts'

/** Clips that a policy is cloned from. */
export interface Examples {
  /** By clip, its frames as the policy sees them. */
  frames: readonly Uint32Array[]
  /** By clip, the action that led from each frame to the next. */
  actions: readonly Int32Array[]
}

export interface Cloning {
  /** Frames a step. */
  batch: number
  seed: number
  /** 0 … 1 after a step: how much of the training is done. */
  progress(step: number): number
  onReport(step: number, report: StepReport): void
}

const RATE = 1.5e-3
const WARM_UP = 20
const REPORT_EVERY = 25 // steps
/** An action that is rarer than one in so many counts as if it were not. */
const RAREST = 10
/** Frames that the embedding of patches is begun with. */
const SURVEYED = 500

/** Inputs: frames u32 [F, H, W] RGBA8, actions i32 [F], weights f32 of them. Parts: naming, right. */
export const policyTrainee = (config: PolicyConfig, count: number): Trainable => ({
  name: 'policy',
  tensors: policyTensors(config),
  clipGroups: [{ name: '', limit: 1 }],
  record(p, weights) {
    const { gpu } = p
    const frames = gpu.tensor('frames', [count, config.frame.height, config.frame.width], 'u32')
    const actions = gpu.tensor('actions', [count], 'i32')
    const counted = gpu.tensor('action weights', [count])
    const terms = gpu.tensor('loss terms', [6])
    const logits = policyLogits(p, config, weights, frames, policyPassage(gpu, config, count))
    const losses = crossEntropy(p, logits, {
      targets: actions,
      weights: counted,
      terms,
      term: WEIGHT_INDEX.crossEntropy,
    })
    return { inputs: { frames, actions, weights: counted }, terms, sums: [sumTerm(p, losses, ['naming', 'right'])] }
  },
})

/** What a policy's embedding of patches begins with: their principal components in frames by chance. */
export function patchPca(
  { frame, patch, width }: PolicyConfig,
  frames: Examples['frames'],
  seed: number,
): PrincipalComponents {
  const size = frame.height * frame.width
  const random = new Random(seed, SURVEYED)
  const pictures = new Uint32Array(SURVEYED * size)
  for (let i = 0; i < SURVEYED; i++) {
    const clip = frames[random.integer(frames.length)]!
    const t = random.integer(clip.length / size)
    pictures.set(clip.subarray(t * size, (t + 1) * size), i * size)
  }
  return principalComponents(patchesOf(pictures, frame, patch), 3 * patch ** 2, width, random)
}

/** Weights before the first step: the components, and blocks near the identity. */
function startOf(config: PolicyConfig, survey: PrincipalComponents, random: Random): InitialWeights {
  const m = new InitialWeights(policyTensors(config), random)
  initPatchEmbedding(m, 'patch', survey)
  scaleResidualOutputs(m, 0.3)
  return m
}

/**
 * Trains a policy by cross-entropy on the actions of clips → the tensors of its file.
 * @param gpu of precision f32
 * @throws TrainingError when a step is not finite
 */
export async function clone(
  gpu: Gpu,
  config: PolicyConfig,
  examples: Examples,
  survey: PrincipalComponents,
  { batch, seed, progress, onReport }: Cloning,
): Promise<Record<string, HostTensor>> {
  const size = config.frame.height * config.frame.width
  // A rare action counts for more, by the root of its rarity: most frames are of running, and levels are lost by not jumping.
  const times = new Array<number>(config.actions).fill(0)
  for (const actions of examples.actions) for (const action of actions) times[action]!++
  const all = times.reduce((a, b) => a + b)
  const rarity = times.map(n => 1 / Math.sqrt(Math.max(n, all / RAREST)))
  /** Frames by chance, and the action that leads on from each. */
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
    return { frames, actions, weights: weights.map(weight => weight / sum) }
  }
  const initial = startOf(config, survey, new Random(seed, 0))
  const source = bytesSource('policy', joined(writeSafetensors(initial.toTensors())))
  const training = await TrainingStep.of(gpu, policyTrainee(config, batch), source)
  const hooks = {
    learningRate: RATE,
    batch: async (_: number, __: number, random: Random) => ({ batch: draw(random, batch), terms: SPEC_WEIGHTS }),
  }
  await trainLoop(training, hooks, 0, {
    seed,
    warmUp: WARM_UP,
    progress,
    wantsReport: step => step % REPORT_EVERY === 0,
    onReport,
    wantsCheckpoint: () => false,
    onCheckpoint: async () => undefined,
  })
  await training.read()
  return training.weights()
}
