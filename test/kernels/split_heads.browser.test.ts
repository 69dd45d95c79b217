import { testInBrowser } from '../helpers/kernel_tests.ts'
import { splitHeadsCases, splitHeadsWholeCases } from './cases/split_heads.ts'

await testInBrowser('split_heads', splitHeadsCases)
await testInBrowser('split_heads_vec4', splitHeadsWholeCases)
