import { testInBrowser } from '../helpers/kernel_tests.ts'
import { advanceCases } from './cases/maskgit.ts'

await testInBrowser('advance', advanceCases)
