// jasmine (github.com/p-doom/jasmine): Genie in JAX and Flax, with MaskGIT dynamics. Pre-norm blocks with LayerNorm and GELU; cosine VQ; the
// action is a token before the patches; sinusoidal positions of frame and token that are absolute in the window. Its window is therefore
// recomputed for every frame. jasmine/names.ts maps its parameters to the engine's; docs/bring-your-own-model.md says what is supported.

import type { Family } from './family.ts'
import { actionSection, tokenizerSection } from './jasmine/sizes.ts'
import { dynamicsSection, samplingSection } from './window/sizes.ts'

export const jasmine: Family = {
  name: 'jasmine',
  sections: { tokenizer: tokenizerSection, latent_action: actionSection, dynamics: dynamicsSection },
  sampling: samplingSection,
  load: async () => (await import('./jasmine/models.ts')).models,
}
