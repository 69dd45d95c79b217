import { testInBrowser } from '../helpers/kernel_tests.ts'
import { splitHeadsCases } from './cases/split_heads.ts'

await testInBrowser('split_heads', splitHeadsCases)
