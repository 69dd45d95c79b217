// What a training will take of a GPU's memory, without a GPU: the step is built as it always is, from weights that are all zero, on
// a device that does nothing but note what buffers are asked of it.

import { dryRunDevice } from '../gpu/dry_run.ts'
import { Gpu } from '../gpu/gpu.ts'
import type { Config } from '../model/config.ts'
import { zeroWeights } from '../weights/zero_weights.ts'
import { type Component, trainingTensors } from './component.ts'
import type { BatchShape } from './losses.ts'
import { TrainingStep } from './step.ts'

/** Makes what a training needs beside its step. */
export type ExtraAllocations = (training: TrainingStep, shape: BatchShape) => Promise<unknown>

/** Bytes on the GPU of a component's step and of what is beside it, to the last one, and of the largest buffer. */
export async function trainingMemory(
  component: Component,
  config: Config,
  shape: BatchShape,
  beside?: ExtraAllocations,
): Promise<{ total: number; largest: number }> {
  const buffers = new Set<GPUBuffer>()
  const gpu = await Gpu.create({ device: dryRunDevice(buffers, 'f32'), precision: 'f32' })
  const source = zeroWeights(`${component}.safetensors`, trainingTensors(component, config))
  const training = await TrainingStep.create(gpu, component, config, source, shape)
  await beside?.(training, shape)
  const sizes = [...buffers].map(({ size }) => size)
  return { total: sizes.reduce((a, b) => a + b, 0), largest: Math.max(...sizes) }
}

/**
 * The most clips of `frames` frames a step can take within `budget` bytes in all and `limit` bytes a buffer; 0 when not one.
 */
export async function clipsThatFit(
  component: Component,
  config: Config,
  shape: BatchShape,
  { budget, limit }: { budget: number; limit: number },
  beside?: ExtraAllocations,
): Promise<number> {
  let [fits, fails] = [0, shape.clips + 1]
  while (fails - fits > 1) {
    const clips = Math.floor((fits + fails) / 2)
    const drawn = shape.decoderClips && Math.min(shape.decoderClips, clips)
    const { total, largest } = await trainingMemory(component, config, { ...shape, clips, decoderClips: drawn }, beside)
    if (total <= budget && largest <= limit) fits = clips
    else fails = clips
  }
  return fits
}
