import { testInBrowser } from '../helpers/kernel_tests.ts'
import { casesByKernel } from './cases/index.ts'

for (const [kernel, cases] of Object.entries(casesByKernel))
  if (kernel.startsWith('linear_')) await testInBrowser(kernel, cases)
