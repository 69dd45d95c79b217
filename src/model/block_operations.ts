// The norms and activations of blocks that Djinn's own models do not have. A family whose blocks have them imports this file.

import { filmNorm } from '../../kernels/layer_norm/film_norm.ts'
import { rmsNorm } from '../../kernels/layer_norm/rms_norm.ts'
import { swiglu } from '../../kernels/linear/swiglu.ts'
import { blockOperations } from './block.ts'

Object.assign(blockOperations.norm, {
  rms: (p, y, w, name) => rmsNorm(p, y, w(`${name}.weight`)),
  film: (p, y, w, name, ctx) => filmNorm(p, y, w(`${name}.film`), ctx.conditions!),
} satisfies typeof blockOperations.norm)

Object.assign(blockOperations.activation, {
  swiglu: (p, hidden) => swiglu(p, hidden),
} satisfies typeof blockOperations.activation)
