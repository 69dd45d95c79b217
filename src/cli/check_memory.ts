// Whether a training step fits into memory.

import { freemem } from 'node:os'
import type { Gpu } from '../gpu/gpu.ts'
import type { Config } from '../model/config.ts'
import type { ComponentSpec } from '../training/components/spec.ts'
import type { BatchShape } from '../training/losses.ts'
import { clipsThatFit, trainingMemory } from '../training/memory.ts'

/** @throws Error when the step does not fit, saying how many clips do */
export async function checkMemory(
  gpu: Gpu,
  component: ComponentSpec,
  config: Config,
  shape: BatchShape,
): Promise<void> {
  const { lack, most } = await saidRoom(gpu, component, config, shape)
  if (lack)
    throw new Error(
      `--clips ${shape.clips} needs ${lack}: ${most > 0 ? `the most that fits is --clips ${most}` : 'not one clip fits'}`,
    )
}

/**
 * A batch with as many of the clips as fit.
 * @throws Error when not one does
 */
export async function fittingBatch(
  gpu: Gpu,
  component: ComponentSpec,
  config: Config,
  shape: BatchShape,
): Promise<BatchShape> {
  const { lack, most } = await saidRoom(gpu, component, config, shape)
  if (!lack) return shape
  const needs = `${component.name}: a step of ${shape.clips} clips needs ${lack}`
  if (most === 0) throw new Error(`${needs}, and not one clip fits: give a smaller --size, and another --out`)
  console.log(`! ${needs}: it is trained with ${most === 1 ? '1 clip' : `${most} clips`} per step`)
  return { ...shape, clips: most }
}

/** `roomFor`, after a line with the memory of a step. */
async function saidRoom(gpu: Gpu, component: ComponentSpec, config: Config, shape: BatchShape) {
  const room = await roomFor(gpu, component, config, shape)
  const { clips, frames } = shape
  console.log(`${gpu.adapterName}: a step of ${clips} clips of ${frames} frames takes ${mebibytes(room.total)}`)
  return room
}

/** The bytes of a step, what it lacks, in words, if it does not fit, and the most clips that do. */
export async function roomFor(
  gpu: Gpu,
  component: ComponentSpec,
  config: Config,
  shape: BatchShape,
): Promise<{ total: number; lack?: string; most: number }> {
  const { limits } = gpu.device
  const limit = Math.min(limits.maxBufferSize, limits.maxStorageBufferBindingSize)
  // WebGPU does not report a GPU's free memory. A software adapter uses this machine's memory.
  const budget = gpu.isSoftwareAdapter ? freemem() : Number.POSITIVE_INFINITY
  const { total, largest } = await trainingMemory(component, config, shape)
  if (total <= budget && largest <= limit) return { total, most: shape.clips }
  const lack =
    largest > limit
      ? `a buffer of ${mebibytes(largest)}, this adapter allows ${mebibytes(limit)}`
      : `${mebibytes(total)}, ${mebibytes(budget)} are free`
  return { total, lack, most: await clipsThatFit(component, config, shape, { budget, limit }) }
}

const mebibytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(0)} MiB`
