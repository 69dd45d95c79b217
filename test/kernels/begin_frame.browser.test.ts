import { testInBrowser } from '../helpers/kernel_tests.ts'
import { beginFrameCases } from './cases/maskgit.ts'

await testInBrowser('begin_frame', beginFrameCases)
