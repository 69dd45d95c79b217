import { testInBrowser } from '../helpers/kernel_tests.ts'
import { patchifyCases } from './cases/patches.ts'

await testInBrowser('patchify', patchifyCases)
