// Batches that do not fit into an adapter's buffers: `djinn train` refuses them, `djinn learn` takes fewer clips.
import { expect, test, vi } from 'vitest'
import { checkMemory, fittingBatch } from '../../src/cli/check_memory.ts'
import { installWebGpuGlobals } from '../../src/cli/dawn.ts'
import type { Gpu } from '../../src/gpu/gpu.ts'
import { dynamicsSpec as dynamics } from '../../src/training/components/dynamics.ts'
import { trainingMemory } from '../../src/training/memory.ts'
import { PRESETS } from '../../src/training/presets.ts'

const { config } = PRESETS.nano
const shape = { clips: 8, frames: 4 }
await installWebGpuGlobals()

const adapter = (limit: number) =>
  ({
    adapterName: 'an adapter',
    isSoftwareAdapter: false,
    device: { limits: { maxBufferSize: limit, maxStorageBufferBindingSize: limit } },
  }) as unknown as Gpu
const { largest } = await trainingMemory(dynamics, config, { ...shape, clips: 3 })

test('learn takes the clips that fit, says so, and changes nothing where all fit', async () => {
  const said = vi.spyOn(console, 'log').mockImplementation(() => undefined)
  expect(await fittingBatch(adapter(largest), dynamics, config, shape)).toEqual({ clips: 3, frames: 4 })
  expect(said).toHaveBeenLastCalledWith(
    expect.stringMatching(/^! dynamics: a step of 8 clips needs a buffer of .* it is trained with 3 clips per step$/),
  )
  expect(await fittingBatch(adapter(Number.POSITIVE_INFINITY), dynamics, config, shape)).toBe(shape)
  said.mockRestore()
})

test('where not one clip fits, learn names an option that it has', async () => {
  await expect(fittingBatch(adapter(1000), dynamics, config, shape)).rejects.toThrow(
    /^dynamics: a step of 8 clips needs .* not one clip fits: give a smaller --size, and another --out$/,
  )
})

test('train names the clips that fit', async () => {
  await expect(checkMemory(adapter(largest), dynamics, config, shape)).rejects.toThrow(
    /^--clips 8 needs a buffer of .* the most that fits is --clips 3$/,
  )
})
