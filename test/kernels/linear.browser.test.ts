import { testInBrowser } from '../helpers/kernel_tests.ts'
import { linearCases } from './cases/linear.ts'

await testInBrowser('linear', linearCases)
