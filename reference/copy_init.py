"""Initial weights with which a dynamics of N codebooks copies the picture's codes, shifted by one patch as the action says.

A position's vector begins as slots, groups of C channels: the code sum of the position itself, of its four neighbours and of the same place
a frame ago. Block 0 fills them (spatial heads attend to one neighbour each, temporal heads to the frame before), its feed-forward
lets the action choose which slot a masked position becomes, and the output heads compare that slot with the codes by distance.
The remaining blocks begin near the identity. Training is to use them for characters and for what comes into view.
"""
import numpy as np
import torch

from initialisation import POSITION_CHANNELS, set_constant_channels, attend_neighbours, scale_residual_outputs

SELF, LEFT, RIGHT, UP, DOWN, BEFORE = range(6)  # slots
STEPS = {LEFT: (0, -1), RIGHT: (0, 1), UP: (-1, 0), DOWN: (1, 0)}  # (rows, columns) from a position to the neighbour
# All large beside a step of Adam, because fine codes lie close together.
SCALE = 8.0  # of code vectors in the slots
FLAG = 32.0  # value of the channel that marks a masked position, and of each action's channel
CONSTANT = 512.0  # of the two channels, + and −, by which every norm divides about alike
SHARPNESS = 7.0  # of attention to a neighbour
CLOSED = 5.0  # how far below 0 a gate holds its hidden units
LEAST = 0.25  # share of the changed positions whose new first code a neighbour must have had
NATS = 2.5  # initial margin of a code over its nearest neighbour; a larger one would cost hundreds of nats where the initial weights are wrong

MOST_WEIGHT = 32768.0  # of a head, so that it can be kept in F16


def moved_from(tokens, actions, count, rows):
    """The slot that each action copies. Only positions whose first code changes count. The slot is the neighbour whose
    earlier first code is most often the new one, or SELF where no neighbour has it in LEAST of these positions.

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


def without_sum(codebooks):
    """Reflects the codes so that their channels sum to about 0, which norms preserve: the direction of least variance becomes that of the sum."""
    count = codebooks[0].shape[1]
    least = torch.linalg.eigh(codebooks[0].T @ codebooks[0])[1][:, 0]
    mirror = least - torch.full((count,), count**-0.5)
    mirror = mirror / mirror.norm()
    return [e - 2 * (e @ mirror)[:, None] * mirror for e in codebooks]


@torch.no_grad()
def init_copy(module, codebooks, moves, rows, sample):
    """Sets the tensors of `module`. codebooks: N tensors [K, C]; moves: moved_from; sample: (tokens, led into) to measure norms on."""
    width, block, codebooks = module.mask.shape[0], module.blocks[0], without_sum(codebooks)
    each = codebooks[0].shape[1]  # C, channels of a slot
    heads = block.spatial.heads
    d, flag = width // heads, 6 * each
    constant = flag + 1 + len(moves)
    if each > d or constant + 18 + POSITION_CHANNELS > width or heads < 5 or block.ffn['in'].out_features < 10 * each:
        raise ValueError(f'dynamics of width {width}, {heads} heads and ffn {block.ffn["in"].out_features} has no room for slots of {each} channels; '
                         f'it needs heads of {each} channels or more, 5 heads, width {constant + 18 + POSITION_CHANNELS} and ffn {10 * each}')
    slot = [slice(i * each, (i + 1) * each) for i in range(6)]
    eye = torch.eye(each)
    module.token.weight.zero_()[:, slot[SELF]] = SCALE * torch.cat(list(codebooks))
    module.mask.zero_()[flag] = FLAG
    module.position.zero_()
    set_constant_channels(module.position, constant, CONSTANT)
    # An action is a channel of its own: action.weight takes the unit code to it.
    units = torch.nn.functional.normalize(module.action_codebook, dim=-1)
    module.action.weight.zero_()[flag + 1:constant] = FLAG * torch.linalg.pinv(units.T)
    attend_neighbours(module.position, module.blocks, rows, len(module.position) // rows, POSITION_CHANNELS, SHARPNESS)
    module.position[:, width - POSITION_CHANNELS:] *= SCALE
    for values in (module.mask, module.position, module.action.weight.T):  # norms subtract the mean over channels, so it must be 0
        free = slice(constant + 2, width - POSITION_CHANNELS)
        values[..., free] = -values.sum(-1, keepdim=True) / (width - POSITION_CHANNELS - constant - 2)
    scale_residual_outputs(module.blocks, 0.1)
    for one in module.blocks:  # the constant channels are for the norms alone
        for layer in (one.spatial.qkv, one.temporal.qkv, one.ffn['in']):
            layer.weight[:, constant:constant + 2] = 0
    seen = {}
    tokens, led = sample
    sample = torch.where(torch.arange(tokens.shape[1]).view(1, -1, 1, 1) == tokens.shape[1] - 1, module.codes, tokens), led  # the last frame masked, as at play
    hooks = [layer.register_forward_hook(lambda _, inputs, out, name=name: seen.__setitem__(name, inputs[0].std(-1, unbiased=False).mean((0, 2))))
             for name, layer in (('spatial', block.spatial.norm), ('temporal', block.temporal.norm), ('ffn', block.ffn['norm']), ('out', module.norm))]

    def divisor(name, masked=False):
        """The norm's divisor: of finished frames, or of masked ones"""
        module.hidden(*sample)
        return seen[name][-1] if masked else seen[name][:-1].mean()

    def copy_slot(attention, head, source, target, scale):
        """A head whose values are one slot, and whose output goes to one slot"""
        rows = slice(head * d, (head + 1) * d)
        values = attention.qkv.weight[2 * width:][rows]
        values.zero_()[:each, slot[source]] = eye
        attention.out.weight[:, rows] = 0
        attention.out.weight[slot[target], head * d:head * d + each] = scale * eye

    neighbours = (LEFT, RIGHT, UP, DOWN)
    scale = divisor('spatial')
    for head, target in enumerate(neighbours):
        query, key = (block.spatial.qkv.weight[part * width + head * d:part * width + (head + 1) * d] for part in (0, 1))
        query[:, :width - POSITION_CHANNELS] = 0
        key[:, :width - POSITION_CHANNELS] = 0
        copy_slot(block.spatial, head, SELF, target, scale)
    scale = divisor('temporal')
    block.temporal.q_norm.weight.fill_(0.2)
    block.temporal.bias.zero_()
    for head, (source, target) in enumerate([*zip(neighbours, neighbours), (SELF, BEFORE)]):
        copy_slot(block.temporal, head, source, target, scale)
        block.temporal.bias[head, 1] = 8
    scale = divisor('ffn', masked=True)
    gate_by_action(block.ffn, slot, flag, moves, scale)
    module.norm.weight.fill_(1.0)
    module.norm.weight[slot[SELF]] = divisor('out', masked=True)
    for hook in hooks:
        hook.remove()
    init_heads(module, codebooks, slot[SELF])


@torch.no_grad()
def gate_by_action(ffn, slot, flag, moves, scale):
    """A masked position becomes the slot of its action, or BEFORE without one.

    Hidden units come in pairs ±x: gelu(x) - gelu(-x) is x, but nothing where a gate adds a large negative number to both.
    """
    each, unit = slot[0].stop, CLOSED * scale / FLAG
    moving = sorted({move for move in moves if move != SELF})
    for group, source in enumerate([BEFORE, *moving]):
        rows = slice(2 * each * group, 2 * each * (group + 1))
        ffn['in'].weight[rows] = 0
        ffn['in'].weight[rows, flag] = unit
        for action, move in enumerate(moves):
            if source == BEFORE and move != SELF:
                ffn['in'].weight[rows, flag + 1 + action] = -unit
            elif move == source:
                ffn['in'].weight[rows, flag + 1 + action] = unit
        ffn['in'].bias[rows] = -CLOSED if source == BEFORE else -2 * CLOSED  # 0 where the flag, and the action where one is needed, are there
        for half, sign in ((0, 1), (1, -1)):
            these = slice(rows.start + half * each, rows.start + (half + 1) * each)
            ffn['in'].weight[these, slot[source]] = sign * torch.eye(each)
            ffn['out'].weight[:, these] = 0
            ffn['out'].weight[slot[SELF], these] = sign * scale * torch.eye(each)


@torch.no_grad()
def init_heads(module, codebooks, channels):
    """Logits are -β/2 times the squared distance of the chosen slot to the code, up to a term that all codes share."""
    module.head.weight.zero_()
    for n, e in enumerate(codebooks):
        rows = slice(n * len(e), (n + 1) * len(e))
        distance = torch.cdist(e, e).square() + torch.diag(torch.full((len(e),), torch.inf))
        # The mean: many of the codes that no patch has may lie in one place.
        beta = torch.minimum(2 * NATS / distance.amin(-1).mean(), MOST_WEIGHT * SCALE / e.abs().max())
        module.head.weight[rows, channels] = beta / SCALE * e
        module.head.bias[rows] = -beta / 2 * e.square().sum(-1)
