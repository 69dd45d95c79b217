// Action codes that take no time to find: operators that change nothing, and one code for all transitions.

import { type HostTensor, hostTensor } from '../../src/weights/safetensors.ts'

export const emptyActionCodes = (): Record<string, HostTensor> => ({
  'operators.weight': hostTensor(new Float32Array(16 * 289), [16, 289]),
  'generators.weight': hostTensor(new Float32Array(2 * 49), [2, 49]),
  kept: hostTensor(Int32Array.of(0, 1), [2]),
  smoothing: hostTensor(Float32Array.of(1, 0, 1, 0, 1, 0, 1, 0), [4, 2]),
  dead: hostTensor(new Float32Array(4).fill(1), [4]),
  patterns: hostTensor(new Int32Array(2), [1, 2]),
})
