// The tensors of a component as training keeps them: all on the GPU in 32 bits, matrices as linear wants them, and what play
// computes from them once (unit codes, tables) left to be computed anew in every step.

import type { Gpu } from '../gpu/gpu.ts'
import type { Tensor } from '../gpu/tensor.ts'
import type { Config } from '../model/config.ts'
import { dynamicsTensors } from '../model/dynamics.ts'
import { latentActionTensors } from '../model/latent_action.ts'
import { tokenizerTensors } from '../model/tokenizer.ts'
import { type ParameterSpec, transpose } from '../weights/load.ts'

/** In the order in which they are trained. */
export const COMPONENTS = ['tokenizer', 'latent_action', 'dynamics'] as const
export type Component = (typeof COMPONENTS)[number]

const TENSORS = { tokenizer: tokenizerTensors, latent_action: latentActionTensors, dynamics: dynamicsTensors }

/** Every tensor of the component's file, with the layout that training keeps it in. */
export function trainingTensors(component: Component, config: Config): ParameterSpec[] {
  return TENSORS[component](config).map(spec => {
    if (spec.layout !== 'host') return spec
    const isTable = spec.shape.length < 2 || /(token\.weight|codebook)$/.test(spec.name)
    return { ...spec, layout: isTable ? 'table' : 'linear' }
  })
}

/** Whether training may change it: the dynamics' copy of the latent actions' codebook stays as it is. */
export const isTrained = ({ name }: ParameterSpec): boolean => name !== 'action_codebook'

/** A tensor's values, or its gradient's, as a file has them. */
export async function readAsStored(
  gpu: Gpu,
  { shape, layout }: ParameterSpec,
  t: Tensor,
): Promise<Float32Array<ArrayBuffer>> {
  const values = new Float32Array(await gpu.read(t)).slice(0, t.length)
  return layout === 'linear' ? transpose(values, shape.toReversed()) : values
}
