import { testInBrowser } from '../helpers/kernel_tests.ts'
import { spatialAttentionCases, spatialAttentionPlainCases } from './cases/spatial_attention.ts'

await testInBrowser('spatial_attention', spatialAttentionCases)
await testInBrowser('spatial_attention_plain', spatialAttentionPlainCases)
