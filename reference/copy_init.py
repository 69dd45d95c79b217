"""Initial weights with which a dynamics of N codebooks copies the picture, shifted by one patch as the action says.

A position's vector has four parts: content channels, 24 target channels, one channel per action, 24 position channels. Every code is a vector of
unit length of random Fourier features, alike for codes that are alike, so the codes of a position are found again in their sum.
A masked position copies the frame before in two steps:

1. In block 0 temporal attention fetches what was in the same place, written into the next channels and small, so that it is not yet its content.
   The feed-forward, gated by the action, turns the target channels to the sinusoids of the position to copy from.
2. In block 1 spatial attention takes what was fetched there: queries are the target channels, keys the position channels.

The heads compare the content with the codes. Training can point elsewhere, by several patches, and add what a shift lacks.
"""
import math

import numpy as np
import torch

from initialisation import POSITION_CHANNELS, attend_neighbours, rotation, scale_residual_outputs, sinusoids

SELF, LEFT, RIGHT, UP, DOWN = range(5)
STEPS = {LEFT: (0, -1), RIGHT: (0, 1), UP: (-1, 0), DOWN: (1, 0)}  # (rows, columns) from a position to the neighbour
CODE, FINER = 8.0, 0.75  # length of a first code's vector, and of each next codebook's relative to the one before: what is not known yet disturbs little
POSITION, ACTION = 2.0, 4.0  # size of the sinusoids, value of an action's channel
FETCHED = 0.25  # size of what was fetched, relative to content
LENGTH = 0.8  # over which features change, in distances of a code to its nearest
SHARPNESS = 8.0  # of attention to the position to copy from
CLOSED = 5.0  # how far below 0 a gate holds its hidden units
LOGIT = 6.0  # of the code that is copied
LEAST = 0.25  # share of the changed positions whose new first code a neighbour must have had


def moved_from(tokens, actions, count, rows):
    """Where each action copies from. Only positions whose first code changes count. It is the neighbour whose earlier first
    code is most often the new one, or SELF where no neighbour has it in LEAST of these positions.

    tokens [n, T, S] first codes, actions [n, T-1], `rows` of the S positions -> [count] of SELF (nothing moves) or a neighbour
    """
    grid = tokens.reshape(*tokens.shape[:2], rows, -1)
    before, after = grid[:, :-1], grid[:, 1:]
    changed = before != after
    given = {slot: changed & (np.roll(before, (-down, -right), (2, 3)) == after) for slot, (down, right) in STEPS.items()}
    total, given = (part[:, :, 1:-1, 1:-1].sum((2, 3)) for part in (changed, np.stack([*given.values()], -1)))
    moves = []
    for action in range(count):
        most = given[actions == action].sum(0)
        moves.append(list(STEPS)[most.argmax()] if most.max() > LEAST * total[actions == action].sum() else SELF)
    return moves


def fourier_features(codes, channels):
    """codes [K, C] -> [K, channels] of unit length: cosines of random projections, without their mean"""
    distance = torch.cdist(codes, codes) + torch.diag(torch.full((len(codes),), torch.inf))
    length = (LENGTH * distance.amin(-1).median()).clamp(min=1e-4)
    features = (codes @ (torch.randn(codes.shape[1], channels) / length) + 2 * math.pi * torch.rand(channels)).cos()
    return torch.nn.functional.normalize(features - features.mean(0), dim=-1)


@torch.no_grad()
def init_copy(module, codebooks, moves, rows, sample):
    """Sets the tensors of `module`. codebooks: N tensors [K, C]; moves: moved_from; sample: (tokens, led into) to measure norms on."""
    width, first, second = module.mask.shape[0], module.blocks[0], module.blocks[1] if len(module.blocks) > 1 else None
    d, count = width // first.spatial.heads, len(module.position)
    content = width - 2 * POSITION_CHANNELS - len(moves)
    moving = sorted({move for move in moves if move != SELF})
    hidden = 2 * POSITION_CHANNELS * len(STEPS)
    if not hasattr(first.temporal, 'q_norm'):
        raise ValueError('a dynamics with qk_norm false cannot copy; it needs qk_norm')
    if second is None or content < 32 or first.ffn['in'].out_features < hidden or first.temporal.bias.shape[1] < 2:
        raise ValueError(f'a dynamics of width {width}, {len(module.blocks)} layers, ffn {first.ffn["in"].out_features} and window {first.temporal.bias.shape[1]} cannot copy; '
                         f'it needs width {32 + 2 * POSITION_CHANNELS + len(moves)}, 2 layers, ffn {hidden} and window 2')
    target, position = slice(content, content + POSITION_CHANNELS), slice(width - POSITION_CHANNELS, width)
    actions = slice(target.stop, position.start)
    eye = torch.eye(content)

    features = [fourier_features(e, content) for e in codebooks]
    module.token.weight.zero_()[:, :content] = torch.cat([CODE * FINER**n * one for n, one in enumerate(features)])
    module.head.weight.zero_()[:, :content] = torch.cat([LOGIT / (CODE * FINER**n) * one for n, one in enumerate(features)])
    module.head.bias.zero_()
    module.mask.zero_()
    # An action is a channel of its own: action.weight takes the unit code to it.
    units = torch.nn.functional.normalize(module.action_codebook, dim=-1)
    module.action.weight.zero_()[actions] = ACTION * torch.linalg.pinv(units.T)
    scale_residual_outputs(module.blocks, 0)  # at first the blocks do nothing else
    attend_neighbours(module.position, module.blocks, rows, count // rows, POSITION_CHANNELS)
    module.position.zero_()
    module.position[:, target] = module.position[:, position] = POSITION * sinusoids(rows, count // rows, POSITION_CHANNELS)

    seen = {}
    tokens, led = sample
    sample = torch.where(torch.arange(tokens.shape[1]).view(1, -1, 1, 1) == tokens.shape[1] - 1, module.codes, tokens), led  # the last frame masked, as at play
    hooks = [layer.register_forward_hook(lambda _, inputs, out, name=name: seen.__setitem__(name, inputs[0].std(-1, unbiased=False).mean((0, 2))))
             for name, layer in (('temporal', first.temporal.norm), ('ffn', first.ffn['norm']), ('spatial', second.spatial.norm), ('out', module.norm))]

    def divisor(name, masked=True):
        """The norm's divisor: of masked frames, or of finished ones"""
        module.hidden(*sample)
        return seen[name][-1] if masked else seen[name][:-1].mean()

    copy_content(first.temporal, eye, FETCHED * divisor('temporal', masked=False) * eye.roll(1, 0))
    first.temporal.q_norm.weight.fill_(0.2)
    first.temporal.bias.zero_()[:, 1] = 8
    point_by_action(first.ffn, target, actions, position, moves, moving, divisor('ffn'))
    copy_content(second.spatial, eye.roll(-1, 0), divisor('spatial') / FETCHED * eye)
    used = min(POSITION_CHANNELS, d)
    for head in range(-(-content // d)):
        query, key = (second.spatial.qkv.weight[part * width + head * d:part * width + (head + 1) * d].zero_() for part in (0, 1))
        query[:used, target] = key[:used, position] = torch.eye(POSITION_CHANNELS)[:used]
    second.spatial.q_norm.weight.fill_(SHARPNESS)
    module.norm.weight.fill_(divisor('out'))
    for hook in hooks:
        hook.remove()


def copy_content(attention, taken, given):
    """Values are the content times `taken`, and the output is those values times `given`, both [content, content]."""
    width, content = len(attention.out.weight), len(taken)
    attention.qkv.weight[2 * width:2 * width + content] = 0
    attention.qkv.weight[2 * width:2 * width + content, :content] = taken
    attention.out.weight.zero_()[:content, :content] = given


def point_by_action(ffn, target, actions, position, moves, moving, scale):
    """The target channels become the sinusoids of the neighbour that the action copies from.

    Hidden units come in pairs ±x: gelu(x) - gelu(-x) is x, but nothing where a gate adds a large negative number to both.
    """
    size = 0.5 / POSITION  # of x, so that it stays small beside a closed gate
    ffn['in'].bias.zero_()
    for group, move in enumerate(moving):
        turn = rotation(POSITION_CHANNELS, *STEPS[move]) - torch.eye(POSITION_CHANNELS)
        for half, sign in ((0, 1), (1, -1)):
            start = (2 * group + half) * POSITION_CHANNELS
            units = slice(start, start + POSITION_CHANNELS)
            ffn['in'].weight[units] = 0
            ffn['in'].weight[units, position] = sign * size * scale * torch.eye(POSITION_CHANNELS)
            for action in range(len(moves)):
                ffn['in'].weight[units, actions.start + action] = CLOSED * scale / ACTION if moves[action] == move else 0.0
            ffn['in'].bias[units] = -CLOSED
            ffn['out'].weight[:, units] = 0
            ffn['out'].weight[target, units] = sign / size * turn
