// Every kernel in 16-bit floats, and those that need subgroups of eight lanes, both of which the browser's software adapter lacks: under
// Node, on lavapipe.
import { test } from 'vitest'
import { nodeGpu, vulkanDrivers } from '../../src/cli/dawn.ts'
import { Gpu } from '../../src/gpu/gpu.ts'
import { defineTests } from '../helpers/kernel_tests.ts'
import { testMutations } from '../helpers/mutations.ts'
import { casesByKernel } from './cases/index.ts'

const NEAREST = 'what is kept is the nearest element, of two the even one'
const lavapipe = vulkanDrivers().find(driver => /lvp_icd/.test(driver))

if (lavapipe) {
  process.env.VK_DRIVER_FILES = process.env.VK_ICD_FILENAMES = lavapipe
  for (const [kernel, cases] of Object.entries(casesByKernel))
    defineTests(`${kernel} in f16`, cases, async () => Gpu.create({ adapter: await nodeGpu(), precision: 'f16' }))
  testMutations(
    {
      linear_rows4: [
        ['ties rounded up', NEAREST, '((size >> vec4u(13u)) & vec4u(1u))', 'vec4u(1u)'],
        ['digits lost below 2⁻¹⁴', NEAREST, 'select(normal, tiny, size < vec4u(0x38800000u))', 'normal'],
        ['two elements of a word in each other’s place', NEAREST, 'half.xz | (half.yw', 'half.yw | (half.xz'],
      ],
      linear_octet: [
        [
          "another lane's row",
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
    { adapter: nodeGpu, precision: 'f16' },
  )
} else {
  const missing = 'NOT TESTED in 16-bit floats: lavapipe is not installed (Debian: mesa-vulkan-drivers 25 or newer)'
  console.warn(`kernels: ${missing}`)
  test.skip(missing)
}
