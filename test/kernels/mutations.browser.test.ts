// Mutation tests: every kernel is broken on purpose, one snippet of its text at a time, and its cases must notice.

import { expect, test } from 'vitest'
import { testMutations } from '../helpers/mutations.ts'
import { casesByKernel } from './cases/index.ts'
import { MUTATIONS } from './cases/mutations.ts'
import { trainingCases } from './cases/training.ts'
import { OPERATION_OF, TRAINING_MUTATIONS } from './cases/training_mutations.ts'

// The cases of layer_norm run both variants.
testMutations(MUTATIONS, kernel => casesByKernel[kernel === 'layer_norm_thread_per_row' ? 'layer_norm' : kernel])
testMutations(TRAINING_MUTATIONS, kernel => trainingCases[OPERATION_OF[kernel] ?? kernel])

test('every kernel has a mutation', () => {
  const texts: Record<string, string> = import.meta.glob('../../kernels/**/*.wgsl', {
    query: '?raw',
    import: 'default',
    eager: true,
  })
  const kernels = Object.entries(texts).filter(([, wgsl]) => /@compute|@fragment/.test(wgsl))
  const names = kernels.map(([path]) => path.replace(/.*\/|\.wgsl$/g, ''))
  expect(names.length).toBeGreaterThan(50)
  // Mutated under Node, on lavapipe: SwiftShader's subgroups have four threads.
  expect(names.filter(name => !(name in MUTATIONS || name in TRAINING_MUTATIONS))).toEqual(['linear_subgroup8'])
})
