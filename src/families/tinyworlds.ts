// tinyworlds (github.com/AlmondGod/tinyworlds): an open reproduction of Genie in PyTorch. Post-norm blocks with RMSNorm, or with FiLM by
// action; SwiGLU; finite scalar quantisation; sinusoidal positions that are absolute in the window. Its window is therefore recomputed
// for every frame. tinyworlds/names.ts maps its checkpoints' tensors to the engine's; docs/bring-your-own-model.md says what is supported.

import type { Family } from './family.ts'
import { actionSection, samplingSection, tokenizerSection } from './tinyworlds/sizes.ts'
import { dynamicsSection } from './window/sizes.ts'

export const tinyworlds: Family = {
  name: 'tinyworlds',
  sections: { tokenizer: tokenizerSection, latent_action: actionSection, dynamics: dynamicsSection },
  sampling: samplingSection,
  load: async () => (await import('./tinyworlds/models.ts')).models,
}
