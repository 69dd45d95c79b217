import { testInBrowser } from '../helpers/kernel_tests.ts'
import { layerNormCases } from './cases/layer_norm.ts'

await testInBrowser('layer_norm', layerNormCases)
