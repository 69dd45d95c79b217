// The parameters of the usual layers, by the names that their files use, with the distribution of their values before training.

import type { ParameterSpec } from '../weights/load.ts'

/** A fresh value: uniform within ± a bound, normal with mean 0 and a deviation, or constant. */
export type Init = { uniform: number } | { normal: number } | { constant: number }

/** A parameter of a model. */
export interface ModelParameter extends ParameterSpec {
  init: Init
}

/** The weight [outputs, inputs] of a linear layer, initialised as in PyTorch. */
export const weight = (name: string, [outputs, inputs]: [number, number]): ModelParameter => ({
  name: `${name}.weight`,
  shape: [outputs, inputs],
  layout: 'linear',
  init: { uniform: 1 / Math.sqrt(inputs) },
})

/** The weight [outputs, inputs] and the bias [outputs] of a linear layer, initialised as in PyTorch. */
export const linearLayer = (name: string, shape: [number, number]): ModelParameter[] => [
  weight(name, shape),
  vector(`${name}.bias`, [shape[0]], { uniform: 1 / Math.sqrt(shape[1]) }),
]

/** Gain and bias [width] of a layer norm. */
export const norm = (name: string, width: number): ModelParameter[] => [
  vector(`${name}.weight`, [width], { constant: 1 }),
  vector(`${name}.bias`, [width], { constant: 0 }),
]

/** Embeddings [rows, width]. */
export const table = (name: string, shape: [number, number], init: Init = { normal: 1 }): ModelParameter => ({
  name,
  shape,
  layout: 'table',
  init,
})

/** What a kernel reads as it is, in f32. */
export const vector = (name: string, shape: number[], init: Init): ModelParameter => ({
  name,
  shape,
  layout: 'vector',
  init,
})

/** Fresh position embeddings and single learned tokens. */
export const SMALL: Init = { normal: 0.02 }

/** The same parameters, kept on the host in play: tables are computed from them once, when the model is loaded. */
export const onHost = (...parameters: ModelParameter[]): ModelParameter[] =>
  parameters.map(parameter => ({ ...parameter, host: true }))
