import { testInBrowser } from '../helpers/kernel_tests.ts'
import { remaskCases } from './cases/maskgit.ts'

await testInBrowser('remask', remaskCases)
