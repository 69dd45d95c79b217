// The cases of the kernels of play.

import type { Cases } from '../../helpers/kernel_tests.ts'
import { blitCases } from './blit.ts'
import {
  clampCases,
  drawCases,
  positionCases,
  residualLookupCases,
  subtractCodeCases,
  summedEmbeddingCases,
} from './codebooks.ts'
import { addActionCases, embeddingCases, prependTokenCases } from './embedding.ts'
import {
  filmNormCases,
  flaxLayerNormCases,
  framePairMeansCases,
  fsqCases,
  geluErfCases,
  patchifyChannelsFirstCases,
  pickTokensCases,
  rmsNormCases,
  shownPixelsCases,
  signedPixelsCases,
  swigluCases,
  unpatchifyChannelsFirstCases,
} from './families.ts'
import {
  frameTokensCases,
  pushWindowCases,
  sampleFramesCases,
  windowActionsCases,
  windowItemCases,
} from './family_play.ts'
import { framePairCases } from './frame_pair.ts'
import { layerNormCases } from './layer_norm.ts'
import {
  linearNaiveCases,
  linearQuadCases,
  linearRegister8x4Cases,
  linearSubgroup8Cases,
  linearWorkgroup4x4Cases,
} from './linear.ts'
import { beginFrameCases, frameCases, gateCases, recordStepCases, remaskCases } from './maskgit.ts'
import { patchifyCases, unpatchifyCases } from './patches.ts'
import { rooflineArithmeticCases, rooflineCopyCases } from './roofline.ts'
import { sampleCases } from './sample.ts'
import { spatialAttentionCases, spatialAttentionQuadCases } from './spatial_attention.ts'
import { splitHeadsCases, splitHeadsVec4Cases } from './split_heads.ts'
import { temporalAttentionCases } from './temporal_attention.ts'
import { temporalAttentionAppendCases } from './temporal_attention_append.ts'
import { vqLookupCases } from './vq_lookup.ts'

/** By the names of the .wgsl files. `frame` runs all kernels of MaskGIT decoding together. */
export const casesByKernel: Record<string, Cases> = {
  add_action: addActionCases,
  begin_frame: { ...beginFrameCases, ...positionCases },
  blit: blitCases,
  embedding: { ...embeddingCases, ...summedEmbeddingCases },
  frame_pair: framePairCases,
  gate: gateCases,
  layer_norm: layerNormCases,
  linear_naive: linearNaiveCases,
  linear_register8x4: linearRegister8x4Cases,
  linear_subgroup8: linearSubgroup8Cases,
  linear_quad: linearQuadCases,
  linear_workgroup4x4: linearWorkgroup4x4Cases,
  trace_step: { ...recordStepCases, ...positionCases },
  patchify: patchifyCases,
  prepend_token: prependTokenCases,
  remask: { ...remaskCases, ...positionCases },
  roofline_arithmetic: rooflineArithmeticCases,
  roofline_copy: rooflineCopyCases,
  sample: { ...sampleCases, ...drawCases },
  spatial_attention: spatialAttentionCases,
  spatial_attention_quad: spatialAttentionQuadCases,
  split_heads: splitHeadsCases,
  split_heads_vec4: splitHeadsVec4Cases,
  subtract_code: subtractCodeCases,
  temporal_attention: temporalAttentionCases,
  temporal_attention_append: temporalAttentionAppendCases,
  unpatchify: { ...unpatchifyCases, ...clampCases },
  vq_lookup: { ...vqLookupCases, ...residualLookupCases },
  frame: frameCases,
  film_norm: filmNormCases,
  frame_pair_means: framePairMeansCases,
  fsq: fsqCases,
  gelu_erf: geluErfCases,
  patchify_channels_first: patchifyChannelsFirstCases,
  push_window: pushWindowCases,
  rms_norm: rmsNormCases,
  frame_tokens: frameTokensCases,
  pick_tokens: pickTokensCases,
  flax_layer_norm: flaxLayerNormCases,
  sample_frames: sampleFramesCases,
  window_item: windowItemCases,
  shown_pixels: shownPixelsCases,
  signed_pixels: signedPixelsCases,
  swiglu: swigluCases,
  unpatchify_channels_first: unpatchifyChannelsFirstCases,
  window_actions: windowActionsCases,
}
