import { testInBrowser } from '../helpers/kernel_tests.ts'
import { embedCases } from './cases/embedding.ts'

await testInBrowser('embedding', embedCases)
