// Every kernel in this browser: those of play in f32 and, where the adapter has it, in f16; those of training in f32.

import { Gpu } from '../../src/gpu/gpu.ts'
import { browserAdapter, defineTests, testInBrowser } from '../helpers/kernel_tests.ts'
import { casesByKernel } from './cases/index.ts'
import { trainingCases } from './cases/training.ts'

for (const [kernel, cases] of Object.entries(casesByKernel)) await testInBrowser(kernel, cases)
for (const [operation, cases] of Object.entries(trainingCases))
  defineTests(operation, cases, async () => Gpu.create({ adapter: await browserAdapter(), precision: 'f32' }))
