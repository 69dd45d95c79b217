import { testInBrowser } from '../helpers/kernel_tests.ts'
import { prependTokenCases } from './cases/embedding.ts'

await testInBrowser('prepend_token', prependTokenCases)
