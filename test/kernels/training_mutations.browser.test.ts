// The kernels of training, broken on purpose one by one: the case that is there to notice must then find other numbers.

import { expect, test } from 'vitest'
import { type Mutation, testMutations } from '../helpers/mutations.ts'
import { trainingCases } from './cases/training.ts'

const CLIPS = 'temporal, 2 clips of 5 frames, a window of 3, heads of 10'
const ADAMW = 'three tensors in two groups, one clipped, one decaying'
const BROKEN = 'a gradient that is not finite changes nothing, and is told by step and tensor'
const GATHER = 'tokens, positions and the actions of 4 frames, one of them null, one twice'
const NEAREST = 'the nearest codes, straight through, with both code terms'
const GIVEN = 'codes that are given, every third by nearness, and nothing straight through'
const IDLE = 'codes idle for more than 30 steps move to the farthest of 16 latents drawn'

/** By the names of the .wgsl files. */
const MUTATIONS: Record<string, Mutation[]> = {
  adamw: [
    ['decay of what does not decay', ADAMW, 'if (params.decays != 0u)', 'if (true)'],
    ['another β', ADAMW, 'old.y, 0.99', 'old.y, 0.999'],
    ['a broken step let in', BROKEN, '|| scale < 0.0', ''],
  ],
  attention_backward_dkv: [
    ['queries of the next clip', CLIPS, 'params.clip - id.z % params.clip', 'params.window'],
    ['no scale', 'spatial without quads, 35 tokens, heads of 10', 'key_sum[i] * scale', 'key_sum[i]'],
    [
      'every chunk the first',
      'spatial without quads, 2 frames of 5 tokens, heads of 130',
      '(id.y % chunks) * CHUNK',
      '0u',
    ],
  ],
  attention_backward_dkv_quad: [
    [
      'queries that there are not',
      'spatial, 35 tokens, heads of 10',
      'vec4u(params.tokens)',
      'vec4u(params.tokens + 1u)',
    ],
    ['no deltas', 'spatial, 35 tokens, heads of 10', '(g2 - t2[1])', 'g2'],
    ['every chunk the first', 'spatial, 2 frames of 5 tokens, heads of 130', '(group.y % chunks) * CHUNK', '0u'],
  ],
  attention_backward_dq: [
    ['keys of the clip before', CLIPS, 'age <= id.z % params.clip', 'age <= id.z'],
    ['ages backwards', CLIPS, '[at * params.window + age] = dscore', '[(at + 1u) * params.window - 1u - age] = dscore'],
    [
      'only its own position',
      'temporal, to all tokens of the frames',
      'select(token + 1u, params.tokens,',
      'select(token + 1u, token + 1u,',
    ],
  ],
  attention_backward_dq_quad: [
    ["another lane's key", 'spatial, 35 tokens, heads of 10', 'quadBroadcast(v, 2u)', 'quadBroadcast(v, 1u)'],
    ['no scale', 'spatial, 35 tokens, heads of 10', 'sum[i] * scale', 'sum[i]'],
  ],
  attention_delta: [['no delta', CLIPS, 'delta.x + delta.y + delta.z + delta.w', 'delta.x']],
  clip_gradients: [
    ['all in one group', ADAMW, 'group_of[i] == group', 'true'],
    ['one lane for all', ADAMW, 'for (var i = 1u; i < LANES; i++) { sum += sums[i]; }', ''],
    ['a step that is never broken', BROKEN, '== 0x7f800000u', '== 0x7f800001u'],
  ],
  cross_entropy: [
    ['no target', '9 rows of 97, some without weight', 'select(0.0, 1.0, k == wanted)', '0.0'],
    ['rows of no weight left as they were', '9 rows of 97, some without weight', 'losses[row] = vec2f(); }', '}'],
  ],
  drop_first_token: [
    ['the wrong row left out', 'blocks of 5 without their first rows', 'params.tokens + 1u', 'params.tokens'],
  ],
  embedding_backward: [
    ['one row only', GATHER, 'sum += vec4f', 'sum = vec4f'],
    ['every action that of the first token', GATHER, '+ j) * params.width', ') * params.width'],
  ],
  embedding_index_lists: [['the first index left out', GATHER, 'i >= 0; i--', 'i > 0; i--']],
  gelu: [['another GELU', 'GELU, 12 → 36', '0.044715', '0.144715']],
  gelu_backward: [['half a slope', 'GELU, 12 → 36', '0.134145', '0.044715']],
  gradient_norm_partials: [
    ['the last elements left out', ADAMW, 'params.length)', 'params.length - 1u)'],
    ['the first share again', ADAMW, 'share.x * SHARE + lane', 'lane'],
    ['shares in one place', ADAMW, 'params.first + share.x', 'params.first'],
  ],
  concat_rows: [
    ['the second table shifted', 'two tables one under the other', 'at - params.first', 'at - params.first + 1u'],
  ],
  layer_norm_backward: [
    ['the mean not taken out', '7 rows of 50, and 33 of 129 and of 132', '- means.x', ''],
    [
      'what came before forgotten',
      'one row in 5, of an x of width 10 that goes on past it',
      'd + so_far[from_x + i]',
      'd',
    ],
    [
      'rows between left as they were',
      'one row in 5, of an x of width 10 that goes on past it',
      'select(0.0, so_far[from_x + i]',
      'select(0.0, 0.0 * so_far[from_x + i]',
    ],
  ],
  layer_norm_backward_thread_per_row: [
    ['the mean not taken out', '7 rows of 50, and 33 of 129 and of 132', '- mean_g -', '-'],
    [
      'what came before forgotten',
      'one row in 5, of an x of width 12 that goes on past it',
      'scale + before(from_x + i)',
      'scale',
    ],
  ],
  layer_norm_backward_weight: [
    ['the first rows of x', 'one row in 5, of an x of width 10 that goes on past it', 'r * params.row_stride', 'r'],
    [
      'a bias without its last lane',
      '7 rows of 50, and 33 of 129 and of 132',
      'i < LANES; i++) { sum',
      'i < LANES - 1u; i++) { sum',
    ],
  ],
  linear_backward_weight: [['the last row left out', '33 rows, 10 → 7', 'row < params.rows', 'row < params.rows - 1u']],
  vq_straight_through: [
    ['given codes ignored', GIVEN, 'given[row] < 0', 'true'],
    ['a plain autoencoder quantised', 'a plain autoencoder', 'terms[0] != 0.0', 'false'],
  ],
  vq_straight_through_backward: [
    ['a decoder that drives the codes', GIVEN, 'terms[1] * dy[at]', 'dy[at]'],
    ['latents drawn away', NEAREST, 'terms[2] * 2.0', 'terms[2] * -2.0'],
  ],
  vq_codebook_backward: [['a term of the wrong weight', NEAREST, 'terms[3]', 'terms[2]']],
  reset_dead_codes: [
    ['codes moved a step early', IDLE, 'steps <= settings[0]', 'steps < settings[0]'],
    ['the nearest latent', IDLE, 'errors[row] > distance', 'errors[row] < distance || i == 0u'],
  ],
  sigmoid_mse: [
    ['padding that counts', 'frames that they do not', 'x < params.width)', 'x < params.width + 1u)'],
    ['a gradient without the slope', 'frames that patches fill', '* v * (1.0 - v)', ''],
    ['all pixels alike', 'frames that patches fill', 'weights[at] * 2.0', '2.0'],
  ],
  split_heads_backward: [
    ['no pull to the sphere', 'heads of 7, with QK-norm', '- x * pull', ''],
    [
      'k with the weight of q',
      'heads of 7, with QK-norm',
      'r * (select(k_norm[i], q_norm[i]',
      'r * (select(q_norm[i], q_norm[i]',
    ],
    ['another padding', 'heads of 10, without', '(d + 3u) / 4u * 4u', 'd'],
  ],
  split_heads_backward_vec4: [
    ['no pull to the sphere', 'heads of 12, with QK-norm', '- x * pull_q', ''],
    ['k with the weight of q', 'heads of 12, with QK-norm', 'r_k * (k_norm[i]', 'r_k * (q_norm[i]'],
    ['v as k', 'heads of 8, without', 'dqkv[v + i] = dv', 'dqkv[v + i] = dk'],
  ],
  reduce_rows: [
    ['one lane lost', '33 rows, 12 → 36', 'i < lanes', 'i < lanes - 1u'],
    ['the first rows for all', 'a residual, and one that repeats every 7 rows', 'params.first + row)', 'params.first)'],
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
    ['off the sphere', 'unit rows of 10, of lengths from a hundredth to a hundred', '- x[i] * along', ''],
  ],
}

/** Whose cases hold a kernel that has none by its own name. */
const CASES_OF: Record<string, string> = {
  attention_backward_dkv: 'attention_backward',
  attention_backward_dkv_quad: 'attention_backward',
  attention_backward_dq: 'attention_backward',
  attention_backward_dq_quad: 'attention_backward',
  attention_delta: 'attention_backward',
  clip_gradients: 'adamw',
  drop_first_token: 'tables',
  embedding_index_lists: 'embedding_backward',
  gelu: 'linear_backward',
  gelu_backward: 'linear_backward',
  gradient_norm_partials: 'adamw',
  concat_rows: 'tables',
  layer_norm_backward_thread_per_row: 'layer_norm_backward',
  layer_norm_backward_weight: 'layer_norm_backward',
  linear_backward_weight: 'linear_backward',
  vq_straight_through_backward: 'vq_straight_through',
  vq_codebook_backward: 'vq_straight_through',
  split_heads_backward_vec4: 'split_heads_backward',
  reduce_rows: 'linear_backward',
  transpose: 'linear_backward',
  l2_normalize: 'tables',
  l2_normalize_backward: 'tables',
}

testMutations(MUTATIONS, kernel => trainingCases[CASES_OF[kernel] ?? kernel])

test('every operation of the cases is broken here', () => {
  const broken = new Set(Object.keys(MUTATIONS).map(kernel => CASES_OF[kernel] ?? kernel))
  expect(Object.keys(trainingCases).filter(operation => !broken.has(operation))).toEqual([])
})
