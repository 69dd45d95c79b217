// The kernels of play, each broken on purpose: the case that is there to notice must then find other numbers.

import type { Mutation } from '../../helpers/mutations.ts'

/** By the names of the .wgsl files. */
export const MUTATIONS: Record<string, Mutation[]> = {
  linear_register8x4: [
    ['no bias', '12 → 36: a bias', 'return bias[column]', 'return vec4f()'],
    ['another GELU', '12 → 36: GELU after the bias', '0.044715', '0.044'],
    [
      'a residual that does not repeat',
      '12 → 36: a residual that repeats every 7 rows',
      'row % max(params.residual_rows, 1u)',
      'min(row, params.residual_rows - 1u)',
    ],
    ['the last row of a tile left out', '12 → 36: a residual', 'store(a7,', 'store(a6,'],
    ['the last inputs left out', '132 → 68: a bias', 'i < inner4', 'i < inner4 - 1u'],
  ],
  linear_register8x8: [['the left columns twice', '12 → 36: a bias', 'min(column + 1u,', 'min(column,']],
  linear_workgroup4x4: [
    ['a channel of x past the last', '132 → 68: a bias', 'i + at_x < inner4', 'true'],
    ['the next row of the tile', '12 → 36: a residual', 'product(tile_x[at],', 'product(tile_x[at + DEPTH],'],
  ],
  linear_workgroup8x8: [
    ['a channel of x past the last', '132 → 68: a bias', 'at < inner4', 'true'],
    [
      'the next channel of the tile',
      '12 → 36: a residual',
      'tile_w[k * 32u + local.x]',
      'tile_w[(k + 1u) % 16u * 32u + local.x]',
    ],
    ['a round begun before the last is read', '132 → 68: a bias', 'i + 16u', 'i'],
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
    ['another eps', 'small numbers, where eps matters', '1e-5)', '1e-4)'],
    ['the variance of a sample', 'rows 33 and 7, widths from 1 to 129', 'variance / width', 'variance / (width - 1.0)'],
    ['rows one after another', 'one row in 5 of x', 'row * params.row_stride', 'row'],
    [
      'mean(x²) without the mean',
      'a mean ten thousand times the deviation',
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
    ['blue for red', 'frames that patches fill', '8u * channel', '16u - 8u * channel'],
  ],
  unpatchify: [
    ['1 - sigmoid', 'frames that patches fill', 'exp(-clamp', 'exp(clamp'],
    [
      'a patch column too few',
      'frames that they do not fill',
      '(params.width + params.patch_size - 1u)',
      'params.width',
    ],
  ],
  split_heads: [
    [
      'the next slot',
      'a frame goes to its slot of the ring, the other slots stay',
      '(frame_info[0] + block)',
      '(frame_info[0] + block + 1u)',
    ],
    [
      'a ring that does not wrap',
      'a chunk of 3 frames wraps around the ring',
      '% params.slots,',
      '% (2u * params.slots),',
    ],
    [
      'both guidance passes in one slot',
      'with two guidance passes the second goes to the slot past the ring',
      'params.guidance_passes == 2u',
      'false',
    ],
    ['k not normed', 'QK-norm of q and k, not of v', 'part < 2u', 'part < 1u'],
    ['another eps', 'QK-norm of numbers so small that eps matters, and of zeros', '1e-6', '1e-5'],
    ['padding that is not zero', 'heads of 10, 70, 130 channels, padded with zeros', 'var v = 0.0', 'var v = 1.0'],
  ],
  split_heads_vec4: [
    [
      'a ring that does not wrap',
      'a chunk of 3 frames wraps around the ring',
      '% params.slots,',
      '% (2u * params.slots),',
    ],
    [
      'both guidance passes in one slot',
      'with two guidance passes the second goes to the slot past the ring',
      'params.guidance_passes == 2u',
      'false',
    ],
    [
      'the norm of k for q',
      'QK-norm of q and k, not of v',
      'unpack4(qkv[q + i]) * q_scale',
      'unpack4(qkv[q + i]) * k_scale',
    ],
    ['another eps', 'QK-norm of numbers so small that eps matters, and of zeros', '1e-6', '1e-5'],
    ['k for v', 'heads of 12 channels, padded with zeros', 'qkv[v + i]', 'qkv[k + i]'],
  ],
  spatial_attention: [
    ['no scale', '35 tokens, 2 frames, heads of 10', '1.0 / sqrt(f32(head_width))', '1.0'],
    ['one key too few', '35 tokens, 2 frames, heads of 10', 'params.tokens - 1u', 'params.tokens - 2u'],
    ['every chunk the first', '35 tokens, 2 frames, heads of 130', '(y % chunks) * CHUNK', '0u'],
    [
      'sums that keep their old maximum',
      'scores that rise by 1 from key to key, and fall',
      'let rescale = exp(max_score - new_max)',
      'let rescale = 1.0',
    ],
  ],
  spatial_attention_quad: [
    ["another thread's key", '35 tokens, 2 frames, heads of 10', 'quadBroadcast(v, 2u)', 'quadBroadcast(v, 1u)'],
    ['keys past the last', '35 tokens, 2 frames, heads of 10', 'vec4u(params.tokens)', 'vec4u(params.tokens + 1u)'],
    [
      'sums that keep their old maximum',
      'scores that rise by 1 from key to key, and fall',
      'let rescale = exp(max_score - new_max)',
      'let rescale = 1.0',
    ],
  ],
  spatial_attention_two_pass: [['no scale', '35 tokens, 2 frames, heads of 10', '/ sqrt(f32(head_width))', '']],
  temporal_attention: [
    ['the slot before', "past the ring's end, heads of 10", '(frame - age)', '(frame - age + 1u)'],
    [
      'ages in reverse',
      "past the ring's end, heads of 10",
      'params.window + age',
      'params.window + params.window - 1u - age',
    ],
    [
      'a past before the first frame',
      'frame 3 of a window of 5 sees what there is',
      'min(params.window, frames_before + 1u)',
      'params.window',
    ],
    [
      'a window too short',
      'streamed frame by frame it equals the whole sequence',
      'min(params.window,',
      'min(params.window - 1u,',
    ],
    [
      'one newest frame for both guidance passes',
      'two guidance passes, each with its own newest frame, before and after the ring wraps',
      'is_guided && id.z == 1u && age == 0u',
      'false',
    ],
    [
      'every frame of a chunk the first',
      'a chunk of 3 frames, each with its own past, over a ring that wraps',
      'select(id.z, 0u, is_guided)',
      '0u',
    ],
    [
      'the last token left out with all tokens',
      "with all tokens past the ring's end, heads of 10",
      'select(token + 1u, params.tokens, params.all_tokens != 0u)',
      'select(token + 1u, params.tokens - 1u, params.all_tokens != 0u)',
    ],
    [
      'the first token left out with all tokens',
      'with all tokens, the first frame sees all of its own',
      'select(token, 0u, params.all_tokens != 0u)',
      'select(token, 1u, params.all_tokens != 0u)',
    ],
    [
      "its own position in all the others' place",
      'with all tokens, streamed frame by frame it equals the whole sequence',
      '* params.tokens + other)',
      '* params.tokens + token)',
    ],
  ],
  vq_lookup: [
    [
      'the last of equals in a thread',
      'of equal codes the lowest, whichever threads find them',
      'product > best)',
      'product >= best)',
    ],
    [
      'the last of equals among threads',
      'of equal codes the lowest, whichever threads find them',
      'lane_code[i] < lane_code[best]',
      'lane_code[i] > lane_code[best]',
    ],
  ],
  embedding: [
    [
      "the first frame's action for all",
      'each frame of a chunk has its own',
      'frame_info[2u + block]',
      'frame_info[2u]',
    ],
    ['action 0 as null', 'each frame of a chunk has its own', 'action >= 0', 'action > 0'],
    [
      'an action for both guidance passes',
      'with two guidance passes the second has a null action',
      '!(params.guidance_passes == 2u && block == 1u)',
      'true',
    ],
    [
      'one position',
      'tokens, masked ones and positions, without actions',
      'position[s * params.width',
      'position[0u * params.width',
    ],
  ],
  add_action: [["the first frame's action for all", 'each frame gets its action', 'row / params.tokens', '0u']],
  prepend_token: [['one token further', 'one token before those of every frame', '+ s - 1u', '+ s']],
  begin_frame: [
    ['another id', 'all tokens are masked, and the step is 0', 'i32(params.mask)', 'i32(params.mask) - 1'],
    ['another step', 'all tokens are masked, and the step is 0', '= 0u; }', '= 1u; }'],
  ],
  sample: [
    [
      'log in place of log1p',
      'pcg to the bit, and gumbel noise within 2e-6, from the smallest v to the largest',
      '2.0 * artanh(v / (2.0 - v))',
      '-log(1.0 - v)',
    ],
    [
      'the last of equals in a thread',
      'temperature 0 takes the largest logit, of equals the lowest code, whichever threads find them',
      'score > best)',
      'score >= best)',
    ],
    [
      'the last of equals among threads',
      'temperature 0 takes the largest logit, of equals the lowest code, whichever threads find them',
      'lane_code[i] < lane_code[best]',
      'lane_code[i] > lane_code[best]',
    ],
    [
      'times the temperature',
      'a temperature divides the logits of the draw, not of the confidence',
      'logit / step.temperature',
      'logit * step.temperature',
    ],
    ['noise of code 0 for the confidence', '35 positions draw among 97 codes', '^ params.codes', '^ 0u'],
    ['the same draws at every step', '35 positions draw among 97 codes', '^ step_index[0]', '^ 0u'],
    ['the first step of the schedule', '35 positions draw among 97 codes', 'schedule[step_index[0]]', 'schedule[0]'],
    [
      'guided away from the action',
      'two guidance passes: null + g · (conditional - null)',
      'logit - null_logit',
      'null_logit - logit',
    ],
    [
      'unmasked positions of low confidence',
      'unmasked positions keep their token and have the largest confidence',
      'UNMASKED = 3.4e38',
      'UNMASKED = -3.4e38',
    ],
  ],
  remask: [
    ['the higher index first', 'of equally confident positions those of lower index stay masked', 'j < i)', 'j > i)'],
    ['one too many stays', 'the least confident stay masked, from none to all but one', 'rank >=', 'rank >'],
    [
      'unmasked tokens replaced',
      'unmasked tokens stay, whatever their candidates',
      '|| tokens[i] != i32(params.mask)',
      '',
    ],
  ],
  record_step: [
    [
      'every step in the first row',
      'tokens and confidence go to the row of their step',
      'step_index[0] * params.tokens + i',
      'i',
    ],
    [
      'the last position left out',
      'tokens and confidence go to the row of their step',
      '>= params.tokens',
      '>= params.tokens - 1u',
    ],
  ],
  advance: [['to step 1', 'the step goes on by one', '+=', '=']],
  blit: [
    ['upside down', "a texture of the frame's size", '1.0 - 2.0 * at.y', '2.0 * at.y - 1.0'],
    [
      'blue for red',
      "a texture of the frame's size",
      'pixels[i], pixels[i + 1u], pixels[i + 2u]',
      'pixels[i + 2u], pixels[i + 1u], pixels[i]',
    ],
  ],
  roofline_arithmetic: [
    [
      'half the rounds',
      'every multiply-add of 128 threads is made, 300 rounds',
      'i < params.rounds',
      'i < params.rounds / 2u',
    ],
    ['a sum left out', 'every multiply-add of 128 threads is made, 300 rounds', 'a6 + a7', 'a6 + a6'],
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
