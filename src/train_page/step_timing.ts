// The duration of a training step on this machine, from a few steps whose result is discarded.

import type { Gpu } from '../gpu/gpu.ts'
import type { Config } from '../model/config.ts'
import type { Recipe } from '../training/loop.ts'
import { Random } from '../training/random.ts'
import { TrainingStep } from '../training/step.ts'
import { bytesSource, joined, writeSafetensors } from '../weights/safetensors.ts'

const TIMED_STEPS = 3

/** Seconds per step, batch included. The first step warms up and does not count. */
export async function measureStepSeconds(gpu: Gpu, config: Config, recipe: Recipe, seed: number): Promise<number> {
  return gpu.withScope(async scope => {
    const weights = (await recipe.initWeights(new Random(seed, 0), gpu)).toTensors()
    const source = bytesSource('initial weights', joined(writeSafetensors(weights)))
    const training = await TrainingStep.create(scope, recipe.component, config, source, recipe.shape)
    await recipe.prepare?.(training)
    let began = 0
    for (let step = 1; step <= 1 + TIMED_STEPS; step++) {
      if (step === 2) began = performance.now()
      const { batch, terms } = await recipe.batch(step, 0, new Random(seed, 1))
      training.write(batch)
      training.configure({ step, learningRate: 0, terms })
      training.run()
      await training.done()
    }
    return (performance.now() - began) / 1000 / TIMED_STEPS
  })
}
