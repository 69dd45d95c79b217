// Action codes that take no time to find: operators that change nothing, and one code for all transitions.

import { type HostTensor, hostTensor } from '../../src/weights/safetensors.ts'

export const emptyActionCodes = (): Record<string, HostTensor> => ({
  'layer0.weight': hostTensor(new Float32Array(16 * 289), [16, 289]),
  'layer1.weight': hostTensor(new Float32Array(8 * 81), [8, 81]),
  'layer2.weight': hostTensor(new Float32Array(8 * 49), [8, 49]),
  kept: hostTensor(Int32Array.of(0, 1), [2]),
  scale: hostTensor(new Float32Array(4).fill(1), [4]),
  patterns: hostTensor(new Int32Array(2), [1, 2]),
})
