// Uploads initial weights to the GPU, for what is computed with them before the first step.

import type { Gpu } from '../../gpu/gpu.ts'
import type { ModelParameter } from '../../model/parameters.ts'
import { loadWeights, type Weights } from '../../weights/load.ts'
import { bytesSource, joined, writeSafetensors } from '../../weights/safetensors.ts'
import type { InitialWeights } from './initial_weights.ts'

/** @param zeroed the parameters whose names match are 0 */
export function uploadWeights(
  gpu: Gpu,
  m: InitialWeights,
  parameters: readonly ModelParameter[],
  zeroed?: RegExp,
): Promise<Weights> {
  const tensors = m.toTensors()
  for (const name of zeroed ? m.names(zeroed) : [])
    tensors[name] = { ...tensors[name]!, data: tensors[name]!.data.map(() => 0) }
  const source = bytesSource('initial weights', joined(writeSafetensors(tensors)))
  return loadWeights(
    gpu,
    source,
    parameters.map(parameter => ({ ...parameter, host: false })),
  )
}
