// The GPU memory that a training step takes, computed without a GPU: the step is built as always, from weights of zero, on a device
// that only records the buffers that are created.

import { dryRunDevice } from '../gpu/dry_run.ts'
import { Gpu } from '../gpu/gpu.ts'
import type { Config } from '../model/config.ts'
import { zeroWeights } from '../weights/zero_weights.ts'
import { type ComponentSpec, trainableOf } from './components/spec.ts'
import type { BatchShape } from './losses.ts'
import { TrainingStep } from './step.ts'

/** Bytes on the GPU of a component's step, and of its largest buffer. */
export async function trainingMemory(
  component: ComponentSpec,
  config: Config,
  shape: BatchShape,
): Promise<{ total: number; largest: number }> {
  const buffers = new Set<GPUBuffer>()
  const gpu = await Gpu.create({ device: dryRunDevice(buffers, 'f32'), precision: 'f32' })
  const trainable = trainableOf(component, config, shape)
  const source = zeroWeights(`${component.name}.safetensors`, trainable.parameters)
  await TrainingStep.create(gpu, trainable, source)
  const sizes = [...buffers].map(({ size }) => size)
  return { total: sizes.reduce((a, b) => a + b, 0), largest: Math.max(...sizes) }
}

/** The most clips, up to those of `shape`, whose step takes at most `budget` bytes in all and `limit` per buffer; 0 if none. */
export async function clipsThatFit(
  component: ComponentSpec,
  config: Config,
  shape: BatchShape,
  { budget, limit }: { budget: number; limit: number },
): Promise<number> {
  let [fits, fails] = [0, shape.clips + 1]
  while (fails - fits > 1) {
    const clips = Math.floor((fits + fails) / 2)
    const { total, largest } = await trainingMemory(component, config, { ...shape, clips })
    if (total <= budget && largest <= limit) fits = clips
    else fails = clips
  }
  return fits
}
