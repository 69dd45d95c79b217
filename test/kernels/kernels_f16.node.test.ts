// Every kernel in 16-bit floats, which the browser's software adapter lacks: under Node, on lavapipe.
import { test } from 'vitest'
import { nodeGpu, vulkanDrivers } from '../../src/cli/vulkan.ts'
import { Gpu } from '../../src/gpu/gpu.ts'
import { defineTests } from '../helpers/kernel_tests.ts'
import { casesByKernel } from './cases/index.ts'

const lavapipe = vulkanDrivers().find(driver => /lvp_icd/.test(driver))

if (lavapipe) {
  process.env.VK_DRIVER_FILES = process.env.VK_ICD_FILENAMES = lavapipe
  for (const [kernel, cases] of Object.entries(casesByKernel))
    defineTests(`${kernel} in f16`, cases, async () => Gpu.create({ adapter: await nodeGpu(), precision: 'f16' }))
} else {
  const missing = 'NOT TESTED in 16-bit floats: lavapipe is not installed (Debian: mesa-vulkan-drivers 25 or newer)'
  console.warn(`kernels: ${missing}`)
  test.skip(missing)
}
