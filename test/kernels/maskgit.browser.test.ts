// A whole frame: begin_frame, then sample, remask and advance for every step.
import { testInBrowser } from '../helpers/kernel_tests.ts'
import { frameCases } from './cases/maskgit.ts'

await testInBrowser('begin_frame, sample, remask and advance', frameCases)
