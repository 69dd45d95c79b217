// Mutation tests: every kernel is broken on purpose, one snippet of its text at a time, and its cases must notice.
// kernels_lavapipe.node.test.ts does the same on lavapipe.

import { expect, test } from 'vitest'
import { testMutations } from '../helpers/mutations.ts'
import { casesOf, MUTATIONS } from './cases/mutations.ts'
import { TRAINING_MUTATIONS, trainingCasesOf } from './cases/training_mutations.ts'

testMutations(MUTATIONS, casesOf)
testMutations(TRAINING_MUTATIONS, trainingCasesOf)

test('every kernel has a mutation', () => {
  const texts: Record<string, string> = import.meta.glob('../../kernels/**/*.wgsl', {
    query: '?raw',
    import: 'default',
    eager: true,
  })
  const kernels = Object.entries(texts).filter(([, wgsl]) => /@compute|@fragment/.test(wgsl))
  const names = kernels.map(([path]) => path.replace(/.*\/|\.wgsl$/g, ''))
  expect(names.length).toBeGreaterThan(50)
  expect(names.filter(name => !(name in MUTATIONS || name in TRAINING_MUTATIONS))).toEqual([])
})
