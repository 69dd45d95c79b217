import { testInBrowser } from '../helpers/kernel_tests.ts'
import { unpatchifyCases } from './cases/patches.ts'

await testInBrowser('unpatchify', unpatchifyCases)
