import { testInBrowser } from '../helpers/kernel_tests.ts'
import { noteStepCases } from './cases/maskgit.ts'

await testInBrowser('record_step', noteStepCases)
