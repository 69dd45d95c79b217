// Times a whole training step of a component: forward and backward pass, gradient clipping and AdamW. The weights are a model's, and
// reference/step_time.py makes the same batch for PyTorch. Equal first losses show that both computed the same.

import type { Gpu } from '../gpu/gpu.ts'
import type { Config } from '../model/config.ts'
import { median } from '../statistics.ts'
import { type ComponentSpec, trainableOf } from '../training/components/spec.ts'
import type { BatchShape } from '../training/losses.ts'
import { TrainingStep } from '../training/step.ts'
import type { ByteSource } from '../weights/safetensors.ts'

interface StepTime {
  component: string
  shape: BatchShape
  /** Milliseconds of a step, from submit to done: the median. */
  ms: number
  /** Loss of the first step. */
  loss: number
}

/** More clips than this take too long on a CPU. */
const MOST_CLIPS = 8
const RATE = 1e-5
const ROUNDS = 5

/** @param open returns a component's weights */
export async function timeStep(
  gpu: Gpu,
  component: ComponentSpec,
  config: Config,
  open: (file: string) => Promise<ByteSource>,
): Promise<StepTime> {
  const { name, lossWeights, batch } = component
  const shape = { clips: Math.min(batch.clips, MOST_CLIPS), frames: batch.frames }
  const source = await open(`${name}.safetensors`)
  const step = await TrainingStep.create(gpu, trainableOf(component, config, shape), source)
  step.write(component.syntheticBatch(config, shape))
  const weights = { ...lossWeights.base, reconstruction: lossWeights.train.reconstruction }
  const times: number[] = []
  let loss = 0
  for (let t = 1; t <= ROUNDS + 1; t++) {
    step.configure({ step: t, learningRate: RATE, lossWeights: weights })
    const start = performance.now()
    step.run()
    await step.done()
    if (t > 1) times.push(performance.now() - start)
    else loss = (await step.read()).loss
  }
  return { component: name, shape, ms: median(times), loss }
}
