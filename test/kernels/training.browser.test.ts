import { Gpu } from '../../src/gpu/gpu.ts'
import { browserAdapter, defineTests } from '../helpers/kernel_tests.ts'
import { trainingCases } from './cases/training.ts'

for (const [operation, cases] of Object.entries(trainingCases))
  defineTests(operation, cases, async () => Gpu.create({ adapter: await browserAdapter(), precision: 'f32' }))
