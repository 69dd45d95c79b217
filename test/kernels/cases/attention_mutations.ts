// Defects put into split_heads and the attention kernels of play on purpose, as in mutations.ts.

import type { Mutation } from '../../helpers/mutations.ts'

const SLOT = 'a frame goes to its slot of the ring, the other slots stay'
const WRAP = 'a chunk of 3 frames wraps around the ring'
const GUIDED_SLOT = 'with two guidance passes the second goes to the slot past the ring'
const TINY_QK = 'QK-norm of numbers so small that eps matters, and of zeros'
const QKV = 'heads of 12 and 132 where a linear layer wrote them'
const QKV_NORMED = `${QKV}, with QK-norm`
const APPENDED = 'past the end of the ring, with QK-norm'
const PAIRS = 'pairs of frames in a ring of a window, past its end'
const HEADS_OF_10 = '35 tokens, 2 frames, heads of 10'
const RISING = 'scores that rise by 1 from key to key, and fall'
const PAST_END = "past the ring's end, heads of 10"
const SHORT_PAST = 'frame 3 of a window of 5 sees what there is'
const GUIDED_NEWEST = 'two guidance passes, each with its own newest frame, before and after the ring wraps'
const CHUNK = 'a chunk of 3 frames, each with its own past, over a ring that wraps'
const STREAMED = 'streamed frame by frame it equals the whole sequence'
const ALL_TOKENS = "with all tokens past the ring's end, heads of 10"
const ALL_TOKENS_FIRST = 'with all tokens, the first frame sees all of its own'
const ALL_TOKENS_STREAMED = 'with all tokens, streamed frame by frame it equals the whole sequence'

/** By the names of the .wgsl files. */
export const ATTENTION_MUTATIONS: Record<string, Mutation[]> = {
  split_heads: [
    ['the next slot', SLOT, 'slot_of(row / params.positions, 0u)', '(slot_of(row / params.positions, 0u) + 1u)'],
    ['a ring that does not wrap', WRAP, '% params.slots;', '% (2u * params.slots);'],
    ['both guidance passes in one slot', GUIDED_SLOT, 'params.guidance_passes == 2u', 'false'],
    ['k not normed', 'QK-norm of q and k, not of v', 'part < 2u', 'part < 1u'],
    ['another eps', TINY_QK, '1e-6', '1e-5'],
    ['padding that is not zero', 'heads of 10, 70, 130 channels, padded with zeros', 'var v = 0.0', 'var v = 1.0'],
  ],
  split_heads_vec4: [
    ['a ring that does not wrap', WRAP, '% params.slots;', '% (2u * params.slots);'],
    ['both guidance passes in one slot', GUIDED_SLOT, 'params.guidance_passes == 2u', 'false'],
    [
      'the norm of k for q',
      'QK-norm of q and k, not of v',
      'unpack4(qkv[q + i]) * q_scale',
      'unpack4(qkv[q + i]) * k_scale',
    ],
    ['another eps', TINY_QK, '1e-6', '1e-5'],
    ['k for v', 'heads of 12 channels, padded with zeros', 'qkv[v + i]', 'qkv[k + i]'],
  ],
  spatial_attention: [
    ['no scale', HEADS_OF_10, '1.0 / sqrt(f32(head_width));', '1.0;'],
    ["another key's norm", QKV_NORMED, 'dot(k2, k2), dot(k3, k3)', 'dot(k3, k3), dot(k2, k2)'],
    ['keys for values', QKV, '+ params.first_value', '+ params.first_key'],
    ['one key too few', HEADS_OF_10, 'params.positions - 1u', 'params.positions - 2u'],
    ['every chunk the first', '35 tokens, 2 frames, heads of 130', '(y % chunks) * CHUNK', '0u'],
    ['sums that keep their old maximum', RISING, 'let rescale = exp(max_score - new_max)', 'let rescale = 1.0'],
  ],
  spatial_attention_quad: [
    ["another thread's key", HEADS_OF_10, 'quadBroadcast(v, 2u)', 'quadBroadcast(v, 1u)'],
    ["another thread's norm", QKV_NORMED, 'norms[1].y, norms[2].y', 'norms[2].y, norms[1].y'],
    ['no norm of the query', QKV_NORMED, 'scale * inverse_rms(vec4f(squares), head_width).x', 'scale'],
    ['no weight of the keys', QKV_NORMED, '* (q_norm[i] * k_norm[i])', '* q_norm[i]'],
    ['keys past the last', HEADS_OF_10, 'vec4u(params.positions)', 'vec4u(params.positions + 1u)'],
    ['sums that keep their old maximum', RISING, 'let rescale = exp(max_score - new_max)', 'let rescale = 1.0'],
  ],
  temporal_attention_append: [
    ['the past of the first frame for both', PAIRS, '+ select(slice, 0u, params.guidance_passes == 2u) + 1u', '+ 1u'],
    ['the first frame in place of the last', PAIRS, 'slice - params.first_result', 'slice'],
    ['keys that are not written', APPENDED, 'keys[own + i] = key', 'keys[own + i] = elem4()'],
    ['no norm of the keys', APPENDED, 'unpack4(key) * k_scale', 'unpack4(key)'],
    ['no weight of the query', APPENDED, 'query[i] *= q_norm[i]', 'query[i] *= 1.0'],
    ['a past before the first frame', 'the first frame sees itself', 'min(params.window, frames)', 'params.window'],
    ['a window too short', APPENDED, 'min(params.window, frames)', 'min(params.window - 1u, frames)'],
    [
      'one newest frame for both guidance passes',
      'two guidance passes, each with its own newest frame',
      'is_guided && slice == 1u && age == 0u',
      'false',
    ],
  ],
  temporal_attention: [
    ['the slot before', PAST_END, 'is_guided) - age)', 'is_guided) - age + 1u)'],
    ['ages in reverse', PAST_END, 'params.window + age', 'params.window + params.window - 1u - age'],
    ['a past before the first frame', SHORT_PAST, 'min(params.window, frames_before + 1u)', 'params.window'],
    [
      'a window too short',
      STREAMED,
      'min(params.window, frames_before + 1u)',
      'min(params.window - 1u, frames_before + 1u)',
    ],
    ['one newest frame for both guidance passes', GUIDED_NEWEST, 'is_guided && slice == 1u && age == 0u', 'false'],
    ['every frame of a chunk the first', CHUNK, 'select(slice, 0u, is_guided)', '0u'],
    [
      'the last token left out with all tokens',
      ALL_TOKENS,
      'select(token + 1u, params.positions, params.all_tokens != 0u)',
      'select(token + 1u, params.positions - 1u, params.all_tokens != 0u)',
    ],
    [
      'the first token left out with all tokens',
      ALL_TOKENS_FIRST,
      'select(token, 0u, params.all_tokens != 0u)',
      'select(token, 1u, params.all_tokens != 0u)',
    ],
    [
      "its own position in all the others' place",
      ALL_TOKENS_STREAMED,
      'cached_head(slot, other, chunk.head)',
      'cached_head(slot, token, chunk.head)',
    ],
  ],
}
