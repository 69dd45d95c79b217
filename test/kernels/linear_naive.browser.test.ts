import { testInBrowser } from '../helpers/kernel_tests.ts'
import { linearNaiveCases } from './cases/linear.ts'

await testInBrowser('linear_naive', linearNaiveCases)
