import { testInBrowser } from '../helpers/kernel_tests.ts'
import { addActionCases } from './cases/embedding.ts'

await testInBrowser('add_action', addActionCases)
