// Under Node on lavapipe: what the browser's software adapter lacks, which is every kernel of play in f16 and, in f32, the one that
// needs subgroups of eight; and every kernel broken on purpose once more, because a defect may show on one adapter alone.

import { test } from 'vitest'
import { requestDawnAdapter, vulkanDrivers } from '../../src/cli/dawn.ts'
import { Gpu } from '../../src/gpu/gpu.ts'
import { defineTests } from '../helpers/kernel_tests.ts'
import { testMutations } from '../helpers/mutations.ts'
import { casesByKernel } from './cases/index.ts'
import { casesOf, HALF_MUTATIONS, MUTATIONS } from './cases/mutations.ts'
import { TRAINING_MUTATIONS, trainingCasesOf } from './cases/training_mutations.ts'

const lavapipe = vulkanDrivers().find(driver => /lvp_icd/.test(driver))

if (lavapipe) {
  process.env.VK_DRIVER_FILES = process.env.VK_ICD_FILENAMES = lavapipe
  for (const [kernel, cases] of Object.entries(casesByKernel))
    defineTests(`${kernel} in f16`, cases, async () =>
      Gpu.create({ adapter: await requestDawnAdapter(), precision: 'f16' }),
    )
  defineTests('linear_subgroup8 in f32', casesByKernel.linear_subgroup8!, async () =>
    Gpu.create({ adapter: await requestDawnAdapter(), precision: 'f32' }),
  )
  const adapter = requestDawnAdapter
  testMutations(MUTATIONS, casesOf, { adapter })
  testMutations(TRAINING_MUTATIONS, trainingCasesOf, { adapter })
  testMutations(HALF_MUTATIONS, casesOf, { adapter, precision: 'f16' })
} else {
  const missing = 'not tested here, f16: lavapipe is not installed (Debian: mesa-vulkan-drivers 25 or newer)'
  console.warn(`kernels: ${missing}`)
  test.skip(missing)
}
