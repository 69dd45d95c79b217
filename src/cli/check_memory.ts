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
  const { limits } = gpu.device
  const limit = Math.min(limits.maxBufferSize, limits.maxStorageBufferBindingSize)
  // WebGPU does not report a GPU's free memory. A software adapter uses this machine's memory.
  const budget = gpu.isSoftwareAdapter ? freemem() : Number.POSITIVE_INFINITY
  const { total, largest } = await trainingMemory(component, config, shape)
  console.log(`${gpu.adapterName}: a step of ${shape.clips} clips of ${shape.frames} frames takes ${mebibytes(total)}`)
  if (total <= budget && largest <= limit) return
  const fits = await clipsThatFit(component, config, shape, { budget, limit })
  const reason =
    largest > limit
      ? `a buffer of ${mebibytes(largest)}, this adapter allows ${mebibytes(limit)}`
      : `${mebibytes(total)}, ${mebibytes(budget)} are free`
  throw new Error(
    `--clips ${shape.clips} needs ${reason}: ${fits > 0 ? `the most that fits is --clips ${fits}` : 'not one clip fits'}`,
  )
}

const mebibytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(0)} MiB`
