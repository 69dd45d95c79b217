// Defects put into the kernels of play on purpose. The case named beside each must then find other numbers.

import type { Cases } from '../../helpers/kernel_tests.ts'
import type { Mutation } from '../../helpers/mutations.ts'
import { ATTENTION_MUTATIONS } from './attention_mutations.ts'
import { FAMILY_MUTATIONS } from './family_mutations.ts'
import { casesByKernel } from './index.ts'

const PAIR = 'the newest frame, then masks; the action into it is the last one of the pair before'
const NEAREST = 'the nearest row by distance to the residual of the codes before'
const SUMMED = 'the rows of 3 codes are added up, masked positions have the mask once'
const IN_TURN = '3 codebooks draw with noise of their own, and their log-probabilities add up'
const EQUAL_CODES = 'of equal codes the lowest, whichever threads find them'
const OWN_ACTION = 'each frame of a chunk has its own'
const NULL_ACTION = 'with two guidance passes the second has a null action'
const NOISE = 'pcg to the bit, and gumbel noise within 2e-6, from the smallest v to the largest'
const EQUAL_LOGITS = 'temperature 0 takes the largest logit, of equals the lowest code, whichever threads find them'
const TEMPERATURE = 'a temperature divides the logits of the draw, not of the confidence'
const GUIDANCE = 'two guidance passes: null + g · (conditional - null)'
const UNMASKED = 'unmasked positions keep their token and have the largest confidence'
const TRACE = 'tokens and confidence go to the row of their step'
const ROUNDS = 'every multiply-add of 128 threads is made, 300 rounds'
const WIDTHS = 'rows 33 and 7, widths from 1 to 129'
const LARGE_MEAN = 'a mean ten thousand times the deviation'
const REPEATED = '12 → 36: an addend that repeats every 7 rows'
const SUBGROUP8 = '132 → 68: 33 rows, 7, 1, and one more than a tile of 64'
const ROUNDED = 'a result is stored as the nearest element, ties to even'
const BEGUN = 'all tokens are masked, and the step is 0'
const DRAWS = '35 positions draw among 97 codes'
const NO_ACTIONS = 'tokens, masked ones and positions, without actions'
const TEXTURE = "a texture of the frame's size"

/** By the names of the .wgsl files. */
export const MUTATIONS: Record<string, Mutation[]> = {
  ...FAMILY_MUTATIONS,
  ...ATTENTION_MUTATIONS,
  linear_register8x4: [
    ['no bias', '12 → 36: a bias', 'return bias[column]', 'return vec4f()'],
    ['another GELU', '12 → 36: GELU after the bias', '0.044715', '0.044'],
    [
      'an addend that does not repeat',
      REPEATED,
      '(row + params.addend_from) % max(params.addend_rows, 1u)',
      'min(row, params.addend_rows - 1u)',
    ],
    ['the first of more rows', '12 → 36: of an addend with more rows the last', 'row + params.addend_from', 'row'],
    ['the last row of a tile left out', '12 → 36: an addend', 'store(a7,', 'store(a6,'],
    ['the last inputs left out', '132 → 68: a bias', 'i < inner4', 'i < inner4 - 1u'],
  ],
  linear_subgroup8: [
    ["another thread's row", SUBGROUP8, 'subgroupBroadcast(rows1, 2u)', 'subgroupBroadcast(rows1, 1u)'],
    ['a row twice', SUBGROUP8, 'a23 = a31', 'a23 = a30'],
    ['the seventh row for the eighth', SUBGROUP8, 'select(a6, a7, odd)', 'a6'],
  ],
  linear_workgroup4x4: [
    ['a channel of x past the last', '132 → 68: a bias', 'i + at_x < inner4', 'true'],
    ['the next row of the tile', '12 → 36: an addend', 'product(tile_x[at],', 'product(tile_x[at + DEPTH],'],
  ],

  linear_quad: [
    ["another thread's row", '12 → 36: a bias', 'quadBroadcast(rows1, 2u)', 'quadBroadcast(rows1, 1u)'],
    ['the left columns twice', '132 → 68: a bias', 'let right = left + 8u', 'let right = left'],
  ],
  linear_naive: [
    ['no bias', '50 → 10: a bias', 'sum += bias[column]', 'sum += 0.0 * bias[column]'],
    ['the last input left out', '12 → 7: a bias', 'i < params.inner', 'i < params.inner - 1u'],
  ],
  layer_norm: [
    ['another eps', 'small numbers, where eps matters', '= 1e-5', '= 1e-4'],
    ['the variance of a sample', WIDTHS, 'variance / width', 'variance / (width - 1.0)'],
    ['rows one after another', 'one row in 5 of x', 'row * params.row_stride', 'row'],
    [
      'mean(x²) without the mean',
      LARGE_MEAN,
      'square = fma(d, d, square)',
      'square = fma(d + mean, d + mean, square) - mean * mean',
    ],
  ],
  layer_norm_thread_per_row: [
    ['another eps', 'small numbers, where eps matters', '1e-5)', '1e-4)'],
    ['rows one after another', 'one row in 5 of x', 'row * params.row_stride', 'row'],
  ],
  patchify: [
    ['padding from another row', 'frames that they do not fill', 'params.height - 1u)', 'params.height - 2u)'],
    ['blue for red', 'frames that patches fill', '8u * (id.x % 3u)', '16u - 8u * (id.x % 3u)'],
    ['the edge pixel for 0', 'padding of 0, in frames that patches do not fill', 'params.zero_padding != 0u', 'false'],
    ['padding that is always 0', 'frames that they do not fill', 'params.zero_padding != 0u', 'true'],
  ],
  unpatchify: [
    ['1 - sigmoid', 'frames that patches fill', 'exp(-clamp', 'exp(clamp'],
    ['no clamp', 'values that are not logits are clamped', 'clamp(v, 0.0, 1.0)', 'v'],
    [
      'a patch column too few',
      'frames that they do not fill',
      '(params.width + params.patch_size - 1u)',
      'params.width',
    ],
  ],
  subtract_code: [
    [
      'the first codebook for all',
      '33 rows of 50, codes of 3 codebooks',
      'params.codebook_index * params.codes + code',
      'code',
    ],
    [
      'codes past the last',
      'two guidance passes have the same codes',
      'row % params.code_rows',
      'min(row, params.code_rows - 1u)',
    ],
  ],
  vq_lookup: [
    ['half the distance', NEAREST, '0.5, params.by_distance', '0.25, params.by_distance'],
    ['the first codebook for all', NEAREST, '(params.codebook_index * params.codes + k)', 'k'],
    ['the last of equals in a thread', EQUAL_CODES, 'product > best)', 'product >= best)'],
    [
      'the last of equals among threads',
      EQUAL_CODES,
      'lane_code[i] < lane_code[best]',
      'lane_code[i] > lane_code[best]',
    ],
  ],
  embedding: [
    ["the first frame's action for all", OWN_ACTION, 'frame_info[2u + slice]', 'frame_info[2u]'],
    ['action 0 as null', OWN_ACTION, 'added >= 0', 'added > 0'],
    ['an action for both guidance passes', NULL_ACTION, '!(params.guidance_passes == 2u && slice == 1u)', 'true'],
    ['the first code alone', SUMMED, 'n < params.codebooks &&', 'n < 1u &&'],
    ['the mask of the first codebook', SUMMED, 'params.codebooks * params.codes, is_masked', 'params.codes, is_masked'],
    ['one position', NO_ACTIONS, 'position[s * params.width', 'position[0u * params.width'],
  ],
  add_action: [["the first frame's action for all", 'each frame gets its action', 'row / params.positions', '0u']],
  prepend_token: [['one token further', 'one token before those of every frame', '+ s - 1u', '+ s']],
  begin_frame: [
    ['another id', BEGUN, 'i32(params.mask)', 'i32(params.mask) - 1'],
    ['another step', BEGUN, '= 0u; }', '= 1u; }'],
    [
      'codes counted',
      'a frame begins with all codes masked',
      'select(0u, params.positions',
      'select(0u, params.tokens',
    ],
  ],
  sample: [
    ['log in place of log1p', NOISE, '2.0 * artanh(v / (2.0 - v))', '-log(1.0 - v)'],
    ['the last of equals in a thread', EQUAL_LOGITS, 'score > best)', 'score >= best)'],
    [
      'the last of equals among threads',
      EQUAL_LOGITS,
      'lane_code[i] < lane_code[best]',
      'lane_code[i] > lane_code[best]',
    ],
    [
      'a code out of range at first',
      'logits of NaN and infinity still draw a token in range',
      'min(lane, params.codes - 1u)',
      'params.codes',
    ],
    ['the same noise for all codebooks', IN_TURN, 'params.codebook_index * (params.codes + 1u) + k', 'k'],
    [
      'the confidence of the last codebook alone',
      IN_TURN,
      'log_probability += confidence[i]',
      'log_probability += 0.0',
    ],
    ['times the temperature', TEMPERATURE, 'logit / step.temperature', 'logit * step.temperature'],
    ['noise of code 0 for the confidence', DRAWS, '^ params.codes', '^ 0u'],
    ['the same draws at every step', DRAWS, '^ step_index[0]', '^ 0u'],
    ['the first step of the schedule', DRAWS, 'schedule[step_index[0]]', 'schedule[0]'],
    ['guided away from the action', GUIDANCE, 'logit - null_logit', 'null_logit - logit'],
    ['unmasked positions of low confidence', UNMASKED, 'UNMASKED = 3.4e38', 'UNMASKED = -3.4e38'],
  ],
  gate: [
    ['a gate that never closes', 'Params pass while positions are masked, and zeros after', '> 0u', '>= 0u'],
    [
      'the count after the next step',
      'Params pass while positions are masked, and zeros after',
      'masked_count[step_index[0]]',
      'masked_count[step_index[0] + 1u]',
    ],
  ],
  remask: [
    [
      'certain candidates ranked like others',
      'certain candidates are taken, whatever their rank, and one position at least',
      ' || mine == CERTAIN',
      '',
    ],
    [
      'no position unmasked at least',
      'certain candidates are taken, whatever their rank, and one position at least',
      'atomicLoad(&masked_count[step]) - 1u',
      'atomicLoad(&masked_count[step])',
    ],
    [
      'the first code alone',
      'a position takes all its candidates or none',
      'at < (i + 1u) * params.codebooks',
      'at < i * params.codebooks + 1u',
    ],
    ['the higher index first', 'of equally confident positions those of lower index stay masked', 'j < i)', 'j > i)'],
    ['one too many stays', 'the least confident stay masked, from none to all but one', 'rank >=', 'rank >'],
    [
      'unmasked tokens replaced',
      'unmasked tokens stay, whatever their candidates',
      'if (tokens[i * params.codebooks] != i32(params.mask)) { continue; }',
      '',
    ],
    ['positions past the threads left out', 'more positions than threads', 'i += LANES', 'i += params.positions'],
    ['the same step again', 'the least confident stay masked, from none to all but one', 'step + 1u; }', 'step; }'],
  ],
  trace_step: [
    ['every step in the first row', TRACE, '(step_index[0] - 1u) * params.positions + i', 'i'],
    ['the last position left out', TRACE, '>= params.positions', '>= params.positions - 1u'],
    ['codes one after another', "a trace holds every position's first code", 'i * params.codebooks', 'i'],
  ],
  frame_pair: [
    ['the next action for both frames', PAIR, 'pair_info[2] = pair_info[3]', 'pair_info[2] = frame_info[2]'],
    ['the index of the next frame', PAIR, 'frame_info[0] - 1', 'frame_info[0]'],
    ['no masks in the pair', PAIR, 'pair[params.tokens + id.x] = i32(params.mask)', 'pair[params.tokens + id.x] = 0'],
    ['tokens counted', PAIR, 'select(0u, params.positions', 'select(0u, params.tokens'],
  ],
  blit: [
    ['upside down', TEXTURE, '1.0 - 2.0 * at.y', '2.0 * at.y - 1.0'],
    ['blue for red', TEXTURE, 'pixels[i], pixels[i + 1u], pixels[i + 2u]', 'pixels[i + 2u], pixels[i + 1u], pixels[i]'],
  ],
  roofline_arithmetic: [
    ['half the rounds', ROUNDS, 'i < params.rounds', 'i < params.rounds / 2u'],
    ['a sum left out', ROUNDS, 'a6 + a7', 'a6 + a6'],
  ],
  roofline_copy: [
    [
      'the last vec4 left out',
      'every vec4 is copied, more than one dimension of a grid',
      'i < params.vectors',
      'i < params.vectors - 1u',
    ],
  ],
}

/** What only 16-bit floats do. */
export const HALF_MUTATIONS: Record<string, Mutation[]> = {
  linear_register8x4: [
    ['ties rounded up', ROUNDED, '((magnitude >> vec4u(13u)) & vec4u(1u))', 'vec4u(1u)'],
    ['digits lost below 2⁻¹⁴', ROUNDED, 'select(normal, subnormal, magnitude < vec4u(0x38800000u))', 'normal'],
    ['two elements of a word in each other’s place', ROUNDED, 'half.xz | (half.yw', 'half.yw | (half.xz'],
  ],
}

/** The cases that hold a kernel. Those of layer_norm run both variants. */
export const casesOf = (kernel: string): Cases | undefined =>
  casesByKernel[kernel === 'layer_norm_thread_per_row' ? 'layer_norm' : kernel]
