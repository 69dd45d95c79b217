// What the browser's software adapter lacks, under Node on lavapipe: every kernel of play in f16, and in f32 the one that needs
// subgroups of eight.

import { test } from 'vitest'
import { requestDawnAdapter, vulkanDrivers } from '../../src/cli/dawn.ts'
import { Gpu } from '../../src/gpu/gpu.ts'
import { defineTests } from '../helpers/kernel_tests.ts'
import { testMutations } from '../helpers/mutations.ts'
import { casesByKernel } from './cases/index.ts'

const NEAREST = 'a result is stored as the nearest element, ties to even'
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
  testMutations(
    {
      linear_register8x4: [
        ['ties rounded up', NEAREST, '((magnitude >> vec4u(13u)) & vec4u(1u))', 'vec4u(1u)'],
        ['digits lost below 2⁻¹⁴', NEAREST, 'select(normal, subnormal, magnitude < vec4u(0x38800000u))', 'normal'],
        ['two elements of a word in each other’s place', NEAREST, 'half.xz | (half.yw', 'half.yw | (half.xz'],
      ],
      linear_subgroup8: [
        [
          "another thread's row",
          '132 → 68: 33 rows, 7, 1, and one more than a tile of 64',
          'subgroupBroadcast(rows1, 2u)',
          'subgroupBroadcast(rows1, 1u)',
        ],
        ['a row twice', '132 → 68: 33 rows, 7, 1, and one more than a tile of 64', 'a23 = a31', 'a23 = a30'],
        [
          'the seventh row for the eighth',
          '132 → 68: 33 rows, 7, 1, and one more than a tile of 64',
          'select(a6, a7, odd)',
          'a6',
        ],
      ],
    },
    kernel => casesByKernel[kernel],
    { adapter: requestDawnAdapter, precision: 'f16' },
  )
} else {
  const missing = 'not tested here, f16: lavapipe is not installed (Debian: mesa-vulkan-drivers 25 or newer)'
  console.warn(`kernels: ${missing}`)
  test.skip(missing)
}
