// Defects put into the kernels of training on purpose. The case named beside each must then find other numbers.

import type { Cases } from '../../helpers/kernel_tests.ts'
import type { Mutation } from '../../helpers/mutations.ts'
import { trainingCases } from './training.ts'

const CLIPS = 'temporal, 2 clips of 5 frames, a window of 3, heads of 10'
const DECODED = 'temporal, 2 clips of 5 frames, decoded from finished ones'
const SUMMED = 'rows of 3 codebooks added up, of masked positions the mask once, less rows of the first two'
const CODEBOOKS = '3 codebooks, each pulled to the residuals of those before it'
const SECOND_CODEBOOK = 'a dead code of the second of 2 codebooks moves to a residual of the first'
const ADAMW = 'three tensors in two groups, one clipped, one decaying'
const NOT_FINITE = 'a gradient that is not finite changes nothing, and its step and tensor are recorded'
const LOOKUP = 'tokens, positions and the actions of 4 frames, one of them null, one twice'
const NEAREST = 'the nearest codes, straight through, with both code terms'
const FORCED = 'forced codes, every third the nearest, and nothing straight through'
const DEAD = 'codes unused for more than 30 steps move to the farthest of 16 random latents'

const ONLINE = 'spatial, online, 35 tokens, heads of 10'
const QUAD = 'spatial, quad, 35 tokens, heads of 10'

/** By the names of the .wgsl files. */
export const TRAINING_MUTATIONS: Record<string, Mutation[]> = {
  adamw: [
    ['one rate for all', ADAMW, 'params.slow != 0u', 'false'],
    ['decay of what does not decay', ADAMW, 'if (params.decays != 0u)', 'if (true)'],
    ['another β', ADAMW, 'mix(g * g, old.y, beta2)', 'mix(g * g, old.y, beta1)'],
    ['a step that is not finite let in', NOT_FINITE, '|| scale < 0.0', ''],
  ],
  attention_backward_dkv: [
    ['queries of the next clip', CLIPS, 'params.frames_per_clip - id.z % params.frames_per_clip', 'params.window'],
    ['no scale', ONLINE, 'dk_sum[i] * scale', 'dk_sum[i]'],
    ['finished frames that no decoded one sees', DECODED, 'select(1u, 2u, id.z < params.finished_frames)', '1u'],
    ['decoded frames that later ones see', DECODED, '1u, is_decoded)', '1u, false)'],
    ['a decoded frame that sees its own finished one', DECODED, 'age = decoded;', 'age = 0u;'],
    ['every chunk the first', 'spatial, online, 2 frames of 5 tokens, heads of 130', '(y % chunks) * CHUNK', '0u'],
  ],
  attention_backward_dkv_quad: [
    ['queries past the last', QUAD, 'vec4u(params.positions)', 'vec4u(params.positions + 1u)'],
    ['no deltas', QUAD, '(dp2 - t2[1])', 'dp2'],
    ['every chunk the first', 'spatial, quad, 2 frames of 5 tokens, heads of 130', '(y % chunks) * CHUNK', '0u'],
  ],
  attention_backward_dq: [
    [
      'decoded frames that see decoded ones',
      DECODED,
      'select(0u, params.finished_frames, age > 0u',
      'select(0u, 0u, age > 0u',
    ],
    ['keys of the clip before', CLIPS, 'age <= id.z % params.frames_per_clip', 'age <= id.z'],
    [
      'ages in reverse',
      CLIPS,
      '[at * params.window + age] = d_score',
      '[(at + 1u) * params.window - 1u - age] = d_score',
    ],
    [
      'only its own position',
      'temporal, to all tokens of the frames',
      'vec2u(0u, params.positions),',
      'vec2u(0u, token + 1u),',
    ],
  ],
  attention_backward_dq_quad: [
    ["another thread's key", QUAD, 'quadBroadcast(v, 2u)', 'quadBroadcast(v, 1u)'],
    ['no scale', QUAD, 'sum[i] * scale', 'sum[i]'],
  ],
  attention_backward_delta: [['no delta', CLIPS, 'delta.x + delta.y + delta.z + delta.w', 'delta.x']],
  clip_gradients: [
    ['all in one group', ADAMW, 'group_of[i] == group', 'true'],
    ['one thread for all', ADAMW, 'for (var i = 1u; i < LANES; i++) { sum += sums[i]; }', ''],
    ['a step that is always finite', NOT_FINITE, '== 0x7f800000u', '== 0x7f800001u'],
  ],
  cross_entropy: [
    ['the targets of another codebook', 'targets of the second of 3 codebooks', '+ params.codebook_index]', ']'],
    ['no target', '9 rows of 97, some without weight', 'select(0.0, 1.0, k == target_code)', '0.0'],
    ['rows of no weight left as they were', '9 rows of 97, some without weight', 'losses[row] = vec2f(); }', '}'],
  ],
  drop_first_token: [
    ['the wrong row left out', 'blocks of 5 without their first row', 'params.positions + 1u', 'params.positions'],
  ],
  embedding_backward: [
    ['one row only', LOOKUP, 'sum += vec4f', 'sum = vec4f'],
    ['what is subtracted added', SUMMED, 'params.negative != 0u', 'false'],
    ['one of the two uses of a row', SUMMED, 'params.accumulate != 0u', 'false'],
    ['an entry for a row', SUMMED, 'u32(i) / params.codebooks', 'u32(i)'],
    ['every action that of the first token', LOOKUP, '+ j) * params.width', ') * params.width'],
  ],
  embedding_backward_lists: [
    ['the first index left out', LOOKUP, 'i >= 0; i--', 'i > 0; i--'],
    ['the first codebook for all', SUMMED, '+ n;', ';'],
    ['the mask without positions', SUMMED, 'params.codes, is_mask)', 'params.codes, false)'],
    ['rows that were not subtracted', SUMMED, 'row >= params.first_row && row < params.end_row', 'true'],
  ],
  gelu: [['another GELU', 'GELU, 12 → 36', '= 0.044715', '= 0.144715']],
  gelu_backward: [['another slope', 'GELU, 12 → 36', '3.0 * GELU_CUBIC', 'GELU_CUBIC']],
  clip_gradients_partials: [
    ['the last elements left out', ADAMW, 'params.length)', 'params.length - 1u)'],
    ['the first elements again', ADAMW, 'group.x * elements_per_partial + lane', 'lane'],
    ['all partial sums in one place', ADAMW, 'params.first + group.x', 'params.first'],
  ],
  concat_rows: [['the second table shifted', 'two tables as one', 'at - params.a_length', 'at - params.a_length + 1u']],
  layer_norm_backward: [
    ['the mean not taken out', '7 rows of 50, and 33 of 129 and of 132', '- means.x', ''],
    [
      'the accumulated gradient left out',
      'one row in 5, of an x of width 10 that continues past it',
      'scale + gradient_before(from_x + i)',
      'scale',
    ],
    [
      'rows between left as they were',
      'one row in 5, of an x of width 10 that continues past it',
      'dx[from_x + i] = gradient_before(',
      'dx[from_x + i] = 0.0 * gradient_before(',
    ],
  ],
  layer_norm_backward_thread_per_row: [
    ['the mean not taken out', '7 rows of 50, and 33 of 129 and of 132', '- mean_g -', '-'],
    [
      'the accumulated gradient left out',
      'one row in 5, of an x of width 12 that continues past it',
      'scale + gradient_before(from_x + i)',
      'scale',
    ],
  ],
  layer_norm_backward_weight: [
    ['the first rows of x', 'one row in 5, of an x of width 10 that continues past it', 'r * params.row_stride', 'r'],
    [
      'a bias without its last thread',
      '7 rows of 50, and 33 of 129 and of 132',
      'i < LANES; i++) { sum',
      'i < LANES - 1u; i++) { sum',
    ],
  ],
  linear_backward_weight: [['the last row left out', '33 rows, 10 → 7', 'row < params.rows', 'row < params.rows - 1u']],
  vq_straight_through: [
    ['forced codes ignored', FORCED, 'forced_codes[at] < 0', 'true'],
    ['quantisation not bypassed', 'a plain autoencoder', 'loss_weights[0] != 0.0', 'false'],
    ['all codes at once', 'the distance that is left after each of 3 codes', 'index + 1u, i)', 'params.codebooks, i)'],
  ],
  vq_straight_through_backward: [
    ['a decoder gradient that passes through', FORCED, 'loss_weights[1] * dy[at]', 'dy[at]'],
    ['the first code alone', CODEBOOKS, 'code_sum(row, params.codebooks, id.x)', 'code_sum(row, 1u, id.x)'],
    ['latents pushed away', NEAREST, 'loss_weights[2] * 2.0', 'loss_weights[2] * -2.0'],
  ],
  vq_straight_through_backward_codebook: [
    ['a term of the wrong weight', NEAREST, 'loss_weights[3]', 'loss_weights[2]'],
    ['whole latents for later codebooks', CODEBOOKS, 'code_sum(row, index, id.x)', 'code_sum(row, 0u, id.x)'],
    [
      'the first codebook for all',
      CODEBOOKS,
      'row * params.codebooks + index] == i32',
      'row * params.codebooks] == i32',
    ],
  ],
  reset_dead_codes: [
    ['codes moved a step early', DEAD, 'steps <= settings[0]', 'steps < settings[0]'],
    ['whole latents for later codebooks', SECOND_CODEBOOK, 'code_sum(farthest, index, i)', 'code_sum(farthest, 0u, i)'],
    [
      'errors of the first codebook',
      SECOND_CODEBOOK,
      'errors[row * params.codebooks + index]',
      'errors[row * params.codebooks]',
    ],
    ['the nearest latent', DEAD, 'error > distance', 'error < distance || i == 0u'],
  ],
  reconstruction_loss: [
    ['padding that counts', 'frames that they do not fill', 'at.x < params.width)', 'at.x < params.width + 1u)'],
    ['a gradient without the slope', 'frames that patches fill', 'd = d * v * (1.0 - v);', ''],
    ['the slope of a sigmoid', 'colours, without a sigmoid', '{ d = d * v * (1.0 - v); }', '{} d = d * v * (1.0 - v);'],
    ['all pixels alike', 'frames that patches fill', 'weights[pixel] * 2.0', '2.0'],
  ],
  split_heads_backward: [
    ['the radial part left in', 'heads of 7, with QK-norm', '- x * radial', ''],
    [
      'k with the weight of q',
      'heads of 7, with QK-norm',
      'r * (select(k_norm[i], q_norm[i]',
      'r * (select(q_norm[i], q_norm[i]',
    ],
    ['another padding', 'heads of 10, without', '(d + 3u) / 4u * 4u', 'd'],
  ],
  split_heads_backward_vec4: [
    ['the radial part left in', 'heads of 12, with QK-norm', '- x * radial_q', ''],
    ['k with the weight of q', 'heads of 12, with QK-norm', 'r_k * (k_norm[i]', 'r_k * (q_norm[i]'],
    ['v as k', 'heads of 8, without', 'dqkv[v + i] = dv', 'dqkv[v + i] = dk'],
  ],
  reduce_rows: [
    ['one thread lost', '33 rows, 12 → 36', 'i < lanes', 'i < lanes - 1u'],
    ['the first rows for all', 'an addend, and one that repeats every 7 rows', 'params.first + row)', 'params.first)'],
  ],
  temporal_attention: [
    [
      'decoded frames that see decoded ones',
      DECODED,
      'select(0u, params.finished_frames, age > 0u',
      'select(0u, 0u, age > 0u',
    ],
  ],
  transpose: [
    ['rows of another length', '33 rows, 10 → 7', '(column + 1u) * params.rows', '(column + 1u) * params.width'],
    ['the last column left out', '36 rows, 10 → 68', 'column + 3u < params.width', 'column + 4u < params.width'],
    ['the fourth row left out', '36 rows, 10 → 68', 'count > 3u', 'count > 4u'],
  ],
  l2_normalize: [
    [
      'no root',
      'unit rows of 10, of lengths from a hundredth to a hundred',
      'max(sqrt(squares), 1e-12)',
      'max(squares, 1e-12)',
    ],
  ],
  l2_normalize_backward: [
    ['the radial part left in', 'unit rows of 10, of lengths from a hundredth to a hundred', '- x[i] * radial', ''],
  ],
}

/** The operation in `trainingCases` that tests a kernel of another name. */
const OPERATION_OF: Record<string, string> = {
  attention_backward_dkv: 'attention_backward',
  attention_backward_dkv_quad: 'attention_backward',
  attention_backward_dq: 'attention_backward',
  attention_backward_dq_quad: 'attention_backward',
  attention_backward_delta: 'attention_backward',
  clip_gradients: 'adamw',
  drop_first_token: 'rows',
  embedding_backward_lists: 'embedding_backward',
  gelu: 'linear_backward',
  gelu_backward: 'linear_backward',
  clip_gradients_partials: 'adamw',
  concat_rows: 'rows',
  layer_norm_backward_thread_per_row: 'layer_norm_backward',
  layer_norm_backward_weight: 'layer_norm_backward',
  linear_backward_weight: 'linear_backward',
  vq_straight_through_backward: 'vq_straight_through',
  vq_straight_through_backward_codebook: 'vq_straight_through',
  split_heads_backward_vec4: 'split_heads_backward',
  reduce_rows: 'linear_backward',
  temporal_attention: 'attention_backward',
  transpose: 'linear_backward',
  l2_normalize: 'rows',
  l2_normalize_backward: 'rows',
}

/** The cases that hold a kernel of training. */
export const trainingCasesOf = (kernel: string): Cases | undefined => trainingCases[OPERATION_OF[kernel] ?? kernel]
