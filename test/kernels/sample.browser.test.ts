import { testInBrowser } from '../helpers/kernel_tests.ts'
import { sampleCases } from './cases/sample.ts'

await testInBrowser('sample', sampleCases)
