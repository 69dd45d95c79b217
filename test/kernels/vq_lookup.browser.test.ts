import { testInBrowser } from '../helpers/kernel_tests.ts'
import { vqLookupCases } from './cases/vq_lookup.ts'

await testInBrowser('vq_lookup', vqLookupCases)
