// The duration of a training step on this machine, from a few steps whose result is discarded.

import type { Gpu } from '../gpu/gpu.ts'
import type { ComponentName } from '../model/component_names.ts'
import type { Config } from '../model/config.ts'
import { bytesSource, joined, writeSafetensors } from '../weights/safetensors.ts'
import { trainableOf } from './components/spec.ts'
import { COMPONENTS } from './components.ts'
import { InitialWeights } from './init/initial_weights.ts'
import type { Recipe } from './loop.ts'
import type { BatchShape } from './losses.ts'
import { Random } from './random.ts'
import { TrainingStep } from './step.ts'
import type { Trainable } from './trainable.ts'

const TIMED_STEPS = 3
/** For a proposal, no step is timed after this many seconds of timed steps. */
const ENOUGH_SECONDS = 1

/**
 * Seconds per step, including its batch. The first step, which warms up, does not count.
 * @param enough seconds of timed steps after which no other is timed
 */
export async function measureStepSeconds(
  gpu: Gpu,
  trainable: Trainable,
  recipe: Pick<Recipe, 'batch' | 'constants'>,
  initial: InitialWeights,
  seed: number,
  onProgress: (share: number) => void,
  enough = Number.POSITIVE_INFINITY,
): Promise<number> {
  return gpu.withScope(async scope => {
    const source = bytesSource('initial weights', joined(writeSafetensors(initial.toTensors())))
    const training = await TrainingStep.create(scope, trainable, source)
    training.write(recipe.constants ?? {})
    onProgress(1 / (2 + TIMED_STEPS))
    let [began, seconds, timed] = [0, 0, 0]
    for (let step = 1; timed < TIMED_STEPS && seconds < enough; step++) {
      const { batch, lossWeights } = await recipe.batch({ step, progress: 0 }, new Random(seed, 1))
      training.write(batch)
      training.configure({ step, learningRate: 0, lossWeights })
      training.run()
      await training.done()
      if (step === 1) began = performance.now()
      else {
        seconds = (performance.now() - began) / 1000
        timed++
      }
      onProgress((1 + step) / (2 + TIMED_STEPS))
    }
    return seconds / timed
  })
}

/** Seconds of a training step, by component. */
export type StepSeconds = Record<ComponentName, number>

/**
 * Times a step of every component before there are clips: on random weights and synthetic batches.
 * @param onProgress may throw, which ends it
 */
export async function timeSteps(
  gpu: Gpu,
  config: Config,
  batches: Record<ComponentName, BatchShape>,
  onProgress: (share: number) => void,
): Promise<StepSeconds> {
  const seconds: Partial<StepSeconds> = {}
  for (const [i, component] of COMPONENTS.entries()) {
    const shape = batches[component.name]
    const synthetic = { batch: component.syntheticBatch(config, shape), lossWeights: component.lossWeights.train }
    const weights = new InitialWeights(component.parameters(config), new Random(0))
    seconds[component.name] = await measureStepSeconds(
      gpu,
      trainableOf(component, config, shape),
      { batch: async () => synthetic },
      weights,
      0,
      share => onProgress((i + share) / COMPONENTS.length),
      ENOUGH_SECONDS,
    )
  }
  return seconds as StepSeconds
}
