// The duration of a training step on this machine, from a few steps whose result is discarded.

import type { Gpu } from '../gpu/gpu.ts'
import type { InitialWeights } from '../training/init/initial_weights.ts'
import type { Recipe } from '../training/loop.ts'
import { Random } from '../training/random.ts'
import { TrainingStep } from '../training/step.ts'
import type { Trainable } from '../training/trainable.ts'
import { bytesSource, joined, writeSafetensors } from '../weights/safetensors.ts'

const TIMED_STEPS = 3

/** Seconds per step, including its batch. The first step, which warms up, does not count. */
export async function measureStepSeconds(
  gpu: Gpu,
  trainable: Trainable,
  recipe: Recipe,
  initial: InitialWeights,
  seed: number,
  onProgress: (share: number) => void,
): Promise<number> {
  return gpu.withScope(async scope => {
    const source = bytesSource('initial weights', joined(writeSafetensors(initial.toTensors())))
    const training = await TrainingStep.create(scope, trainable, source)
    training.write(recipe.constants ?? {})
    onProgress(1 / (2 + TIMED_STEPS))
    let began = 0
    for (let step = 1; step <= 1 + TIMED_STEPS; step++) {
      if (step === 2) began = performance.now()
      const { batch, lossWeights } = await recipe.batch({ step, progress: 0 }, new Random(seed, 1))
      training.write(batch)
      training.configure({ step, learningRate: 0, lossWeights })
      training.run()
      await training.done()
      onProgress((1 + step) / (2 + TIMED_STEPS))
    }
    return (performance.now() - began) / 1000 / TIMED_STEPS
  })
}
