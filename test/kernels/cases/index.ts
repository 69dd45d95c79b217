// Every kernel and what must hold of it.

import type { Cases } from '../../helpers/kernel_tests.ts'
import { drawCases } from './blit.ts'
import { addActionCases, embedCases, prependTokenCases } from './embedding.ts'
import { layerNormCases } from './layer_norm.ts'
import {
  linearHalfCases,
  linearNaiveCases,
  linearOctetCases,
  linearQuadCases,
  linearRows4Cases,
  linearRows8Cases,
  linearRows8x2Cases,
  linearWorkgroup8x8Cases,
  linearWorkgroupCases,
} from './linear.ts'
import { advanceCases, beginFrameCases, frameCases, noteStepCases, remaskCases } from './maskgit.ts'
import { patchifyCases, unpatchifyCases } from './patches.ts'
import { sampleCases } from './sample.ts'
import { spatialAttentionCases, spatialAttentionPlainCases, spatialAttentionQuadCases } from './spatial_attention.ts'
import { splitHeadsCases, splitHeadsWholeCases } from './split_heads.ts'
import { temporalAttentionCases } from './temporal_attention.ts'
import { vqLookupCases } from './vq_lookup.ts'

/** By the names of the .wgsl files; `frame` is all that a MaskGIT step takes, together. */
export const casesByKernel: Record<string, Cases> = {
  add_action: addActionCases,
  advance: advanceCases,
  begin_frame: beginFrameCases,
  draw: drawCases,
  embed: embedCases,
  layer_norm: layerNormCases,
  linear_half: linearHalfCases,
  linear_naive: linearNaiveCases,
  linear_rows4: linearRows4Cases,
  linear_rows8: linearRows8Cases,
  linear_rows8x2: linearRows8x2Cases,
  linear_workgroup8x8: linearWorkgroup8x8Cases,
  linear_octet: linearOctetCases,
  linear_quad: linearQuadCases,
  linear_workgroup: linearWorkgroupCases,
  note_step: noteStepCases,
  patchify: patchifyCases,
  prepend_token: prependTokenCases,
  remask: remaskCases,
  sample: sampleCases,
  spatial_attention: spatialAttentionCases,
  spatial_attention_plain: spatialAttentionPlainCases,
  spatial_attention_quad: spatialAttentionQuadCases,
  split_heads: splitHeadsCases,
  split_heads_whole: splitHeadsWholeCases,
  temporal_attention: temporalAttentionCases,
  unpatchify: unpatchifyCases,
  vq_lookup: vqLookupCases,
  frame: frameCases,
}
