// The kernels that only other families use, each broken on purpose.

import type { Mutation } from '../../helpers/mutations.ts'

const WIDTHS = 'rows 33 and 7, widths from 1 to 129'
const CONDITIONS = 'each frame has the scale and shift of its condition'
const NONE = 'frames without a condition are normalised and nothing else'
const UNFILLED = 'frames that they do not'
const HALVES = 'halves round to even: 0 is digit 0 of 2, and 2 of 4'
const PICKED = 'one token of 7, or all but it, of 5 frames of width 50'
const DRAWN = 'with noise the probability of the candidate'
const LARGEST = 'with noise the largest probability, whatever is drawn'
const LED = 'actions lead to the frame after them, the first frame has none'

export const FAMILY_MUTATIONS: Record<string, Mutation[]> = {
  rms_norm: [
    ['another eps', 'small numbers, where eps counts', '1e-5', '1e-4'],
    ['no weight', WIDTHS, '* scale * weight[i]', '* scale'],
  ],
  film_norm: [
    ['γ alone, without 1', CONDITIONS, '1.0 + table', '0.0 + table'],
    ['β of another row', CONDITIONS, 'from_table + params.width + i', 'params.width + i'],
    ['the first condition for none', NONE, 'condition >= 0', 'true'],
  ],
  swiglu: [
    [
      'the halves the other way round',
      '33 rows of 33, and of 4',
      'i / params.width * 2u * params.width + i % params.width',
      'i',
    ],
    ['sigmoid for silu', '33 rows of 33, and of 4', 'elem(v /', 'elem(1.0 /'],
  ],
  gelu_erf: [['the error function of x', 'numbers from -6 to 6', '0.7071067811865476 * v', '0.7 * v']],
  patchify_channels_first: [
    ['channels last', UNFILLED, '+ id.x / pixels', '+ id.x % 3u'],
    ['padding from the next row', UNFILLED, 'vec2u(params.width - 1u, params.height - 1u)', 'vec2u(1000u)'],
  ],
  unpatchify_channels_first: [
    ['channels last', UNFILLED, '(id.x % 3u) * pixels', '(id.x % 3u)'],
    ['no tanh', 'values through tanh', 'v = tanh', 'v = 1.0 * '],
  ],
  signed_pixels: [['a scale of 0 … 1', 'every byte of every channel', '- 0.5) * 2.0', '- 0.0) * 1.0']],
  shown_pixels: [['no clamp', 'from -1 … 1 to 0 … 1, and no further', ', 0.0, 1.0)', ', -9.0, 9.0)']],
  fsq: [
    [
      'halves rounded up',
      HALVES,
      'round(0.5 * (tanh(z) + 1.0) * f32(params.levels - 1u))',
      'floor(0.5 * (tanh(z) + 1.0) * f32(params.levels - 1u) + 0.5)',
    ],
    ['the first codes overwritten', 'the first codes stay as they are', 'params.skip + row', 'row'],
  ],
  frame_pair_means: [['the same frame twice', '4 frames of 35 tokens of 50', 'pair + id.x / params.width', 'pair']],
  flax_layer_norm: [
    ['another eps', 'small numbers, where eps counts', '+ epsilon', '+ 1e-5'],
    ['no position', 'positions of 7 rows that repeat', 'params.positions > 0u', 'false'],
    [
      'a position for every row',
      'positions of 7 rows that repeat',
      'row % params.positions',
      'min(row, params.positions - 1u)',
    ],
  ],
  pick_tokens: [['the first tokens', PICKED, ' + params.first', '']],
  sample_frames: [
    ['the largest probability, whatever is drawn', DRAWN, 'exp(lane_scaled[winner] - total.largest)', '1.0'],
    ['the probability of the candidate', LARGEST, 'params.of_candidate != 0u', 'true'],
    [
      'noise that is always there',
      'without noise the largest logit, and its probability at the temperature',
      'fma(step.choice_noise, ',
      'fma(1.0, ',
    ],
    ['a confidence without temperature', DRAWN, 'code_scaled = s;', 'code_scaled = s * step.temperature;'],
    ['a draw without temperature', DRAWN, ' / step.temperature;', ';'],
    [
      'a code out of range at first',
      'logits of NaN and infinity still draw a token in range',
      'min(lane, params.codes - 1u)',
      'params.codes',
    ],
    ['one frame for all', 'positions of two frames have the noise of their own frame', '+ i / params.patches', ''],
  ],
  frame_tokens: [
    ['an action into the first frame', "a window's first frame has no action", 'params.begins != 0u', 'false'],
    ['none as an action', 'every frame after the token of its action', 'action < 0', 'false'],
  ],
  window_item: [
    [
      'an item beyond the window',
      'the item of a frame while it fits, then the last',
      'min(frame_info[0], params.count - 1u)',
      'frame_info[0]',
    ],
  ],
  push_window: [
    [
      'a window that never shifts',
      'a window that grows takes frame 1 as item 1, and shifts from frame 3 on',
      'frame_info[0] < params.count',
      'true',
    ],
    [
      'the window standing still',
      'items move on by one, and the last is the newest',
      '(c + 1u) * params.length + i]',
      'c * params.length + i]',
    ],
    ['every frame filling it', 'frame 0 fills a window that is to be filled', 'frame_info[0] == 0u', 'true'],
  ],
  window_actions: [
    ['actions of the frame itself', LED, 'given[t - 1u], given', 'given[t], given'],
    ['an action into the first frame', LED, 'past[0] = -1', 'past[0] = 0'],
  ],
}
