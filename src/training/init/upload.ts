// Uploads initial weights to the GPU, for what is computed with them before the first step.

import type { Gpu } from '../../gpu/gpu.ts'
import type { ModelParameter } from '../../model/parameters.ts'
import { loadWeights, type Weights } from '../../weights/load.ts'
import { bytesSource, joined, writeSafetensors } from '../../weights/safetensors.ts'
import type { InitialWeights } from './initial_weights.ts'

export function uploadWeights(gpu: Gpu, m: InitialWeights, parameters: readonly ModelParameter[]): Promise<Weights> {
  const source = bytesSource('initial weights', joined(writeSafetensors(m.toTensors())))
  return loadWeights(
    gpu,
    source,
    parameters.map(parameter => ({ ...parameter, host: false })),
  )
}
