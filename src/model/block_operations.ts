// The norms and activations of blocks that Djinn's own models do not have. Only families whose blocks have them import this file.

import { filmNorm } from '../../kernels/layer_norm/film_norm.ts'
import { flaxLayerNorm } from '../../kernels/layer_norm/flax_layer_norm.ts'
import { rmsNorm } from '../../kernels/layer_norm/rms_norm.ts'
import { swiglu } from '../../kernels/linear/swiglu.ts'
import type { BlockOperations } from './block.ts'

export const OTHER_OPERATIONS: BlockOperations = {
  norm: {
    'layer_eps_1e-6': (p, y, w, name) => flaxLayerNorm(p, y, w(`${name}.weight`), w(`${name}.bias`)),
    rms: (p, y, w, name) => rmsNorm(p, y, w(`${name}.weight`)),
    film: (p, y, w, name, ctx) => filmNorm(p, y, w(`${name}.film`), ctx.conditions!),
  },
  activation: { gelu: (_, hidden) => hidden, swiglu: (p, hidden) => swiglu(p, hidden) },
}
