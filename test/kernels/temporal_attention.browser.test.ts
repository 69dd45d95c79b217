import { testInBrowser } from '../helpers/kernel_tests.ts'
import { temporalAttentionCases } from './cases/temporal_attention.ts'

await testInBrowser('temporal_attention', temporalAttentionCases)
