#!/usr/bin/env python3
"""Finds the actions in raw video: hard expectation-maximisation over linear operators that predict the next frame. No label, no search for shifts.

    python3 reference/action_codes.py CLIP.safetensors --out CODES.safetensors [--actions 8 --seed 1]

An operator is a kernel [D, D] (D = 2·radius + 1): it predicts the change of a pixel from the pixels around it, everywhere alike. Operators start as noise and are
fitted by least squares to the transitions they predict best; that they come to move the picture is what the video teaches them. The algorithm:

1. A step draws 8 clips × 8 transitions. Each pair of frames becomes one channel: colours are less 0.5 and projected onto a random unit vector of the pair's own.
   Frames are cut into blocks of 4×4 pixels. Up to 256 blocks are drawn, never those at the border; in each the same 4 pixels are looked at.
2. The error of operator k on a block is e = √(mean square of what it mispredicts + 0.02²) - 0.02. A block weighs 4 if it changes (mean square above 1e-4), else 1.
   The error of a transition is the weighted mean over its blocks.
3. Layer 1, 16 operators of radius 8. For the first 40 steps one operator explains a transition: the winner has the least error. In the first 80 % of these the errors
   are centred (by row, then per operator within each clip) and assigned evenly: Sinkhorn. For the next 120 steps a pair of operators explains it, each block by the better of
   the two: all pairs are tried. Of the pair, a is the one that explains more blocks: the picture; b is the other: something in the picture that moves on its own.
4. The winner learns: A_k += Σ g·w·wᵀ, r_k += Σ g·w·d over blocks and the first 2 of their pixels; w: the window, d: the true change, g = weight · share / (e + 0.02). Shares of a pair:
   e_other² / (e_a² + e_b²). Both sums decay by 0.95 a step. Every second step, λ = 1e-3 · mean diagonal of ΣA: shared = (ΣA + λI)⁻¹ Σr, and from the sixth step on
   kernel_k = shared + (A_k + 3λ/K·I)⁻¹ (r_k - A_k·shared); before, shared + 0.9 × its deviation.
5. Layers 2 and 3, 8 operators each of radius 4 and 3, 60 steps each, in the same way but without pairs: they act on the frame as predicted so far, and explain what is left of the
   blocks of a (weight × share of a). Assigned evenly for the first 30 %, 5 % of the winners random for the first 60 %. They make the parts of a pixel known.
6. A transition has four coordinates: the sums of the first moments (down, across) of a and of its operators in layers 2 and 3; and the moments of b. A moment is the
   sum of a kernel times the position in it, the kernel's own centre being 0: 0 for an operator that leaves the picture as it is.
7. The coordinates are looked at twice, from two disjoint halves of the blocks, for 2 048 transitions. With A actions, the n = ⌈log₃ A⌉ (4 at most) coordinates are kept that both
   halves agree on best (correlation of -1, 0, 1 for below, within, above ±0.1 of the root mean square). Their 3ⁿ patterns are counted, and the A commonest are the codes, by falling
   count; any other pattern takes the code nearest to it (squared difference; the rarer of equals).
"""
import argparse
import math

import numpy as np
import torch
from torch.nn import functional as F

import safetensors

BLOCK, BLOCKS = 4, 256  # pixels a side; blocks a transition
PIXELS, LEARNT = (4, 8, 8), (2, 4, 4)  # of a block, for each layer: predicted, and learnt from
CLIPS, TRANSITIONS = 8, 8  # a step
LAYERS = [(16, 8), (8, 4), (8, 3)]  # operators, radius
SINGLE, PAIRED, RESIDUAL = 40, 200, 60  # steps
EVEN, EVEN_RESIDUAL, RANDOM, RANDOM_UNTIL = 0.8, 0.3, 0.05, 0.6
SOFT = 0.02  # errors below it count by their square
CHANGED, CHANGES = 4.0, 1e-4
DECAY, RIDGE, PULL = 0.95, 1e-3, 3.0
WORTH = 0.25  # of the error, that a second operator must take away: else nothing moves on its own
DEAD = 0.1  # of a coordinate's root mean square
JUDGED, CAREFUL = 2048, 12  # transitions; pixels a block, once nothing is learnt any more


def penalty(misses):
    """[..., P] -> [...]"""
    return (misses.square().mean(-1) + SOFT**2).sqrt() - SOFT


def centred(errors, clips):
    """[N, K], N transitions of `clips` clips in order: less the mean of the row, then of the operator within the clip."""
    errors = (errors - errors.mean(1, keepdim=True)).unflatten(0, (clips, -1))
    return (errors - errors.mean(1, keepdim=True)).flatten(0, 1)


def assign_evenly(errors, rounds=8, temperature=0.1):
    """Sinkhorn: errors [N, K] -> [N], each of the K taken about equally often."""
    excess = errors - errors.amin(1, keepdim=True)
    shares = torch.exp(-excess / (temperature * excess.mean() + 1e-9))
    for _ in range(rounds):
        shares = shares / shares.sum(0, keepdim=True).clamp(min=1e-12)
        shares = shares / shares.sum(1, keepdim=True).clamp(min=1e-12)
    return shares.argmax(1)


def choose_pairs(errors, weights, worth=0.0):
    """errors [N, M, K] of blocks, weights [N, M] -> (a [N], b [N], shares of a [N, M]): the pair whose better one explains the blocks best.

    Where it takes away no more than `worth` of the error of the best single operator, that one is a and b, and its shares are 1.
    """
    count = errors.shape[2]
    table = torch.stack([(torch.minimum(errors, errors[:, :, k:k + 1]) * weights[..., None]).sum(1) for k in range(count)], 1)  # [N, K, K]
    best, alone = table.flatten(1).argmin(1), table.diagonal(dim1=1, dim2=2)
    single = table.flatten(1).amin(1) >= (1 - worth) * alone.amin(1)
    best = torch.where(single, alone.argmin(1) * (count + 1), best)
    one, other = (errors.gather(2, index[:, None, None].expand(-1, errors.shape[1], 1))[..., 0] for index in (best // count, best % count))
    first = ((other - one) / SOFT).clamp(-1, 1).sum(1) >= 0  # one explains more blocks
    share = torch.where(first[:, None], other, one).square() / (one.square() + other.square() + 1e-10)
    share = torch.where(single[:, None], torch.ones_like(share), share)
    return torch.where(first, best // count, best % count), torch.where(first, best % count, best // count), share


class Operators:
    """K linear operators and the sums that their least squares need."""

    def __init__(self, count, radius, rng=None):
        self.radius, self.side, size = radius, 2 * radius + 1, (2 * radius + 1)**2
        self.weight = torch.zeros(count, size)
        if rng is not None:
            self.weight += torch.from_numpy(rng.standard_normal((count, size)).astype(np.float32)) * 0.02 / math.sqrt(size)
        self.squares, self.products, self.updates = torch.zeros(count, size, size), torch.zeros(count, size), 0

    def windows(self, pictures, rows, columns):
        """pictures [N, H, W], pixels [N, M, P] -> [N, M, P, D²]"""
        r, (height, width) = self.radius, pictures.shape[1:]
        padded = F.pad(pictures[:, None], (r, r, r, r), mode='replicate')[:, 0]
        step = padded.stride()
        windows = padded.as_strided((len(pictures), height, width, self.side, self.side), (step[0], step[1], 1, step[1], 1))
        return windows[torch.arange(len(pictures))[:, None, None], rows, columns].flatten(3)

    def errors(self, windows, changes):
        """-> [N, M, K]"""
        predicted = (windows.flatten(0, 2) @ self.weight.T).view(*windows.shape[:3], -1)
        return penalty((predicted - changes[..., None]).transpose(2, 3))

    def learn(self, windows, changes, gains):
        """gains [N, M, K]: what each block is to teach each operator"""
        self.squares *= DECAY
        self.products *= DECAY
        for k in range(len(self.weight)):
            taught = gains[..., k] > 1e-3
            gain = gains[..., k][taught].sqrt()[:, None]
            seen, wanted = (windows[taught] * gain[..., None]).flatten(0, 1), (changes[taught] * gain).flatten()
            self.squares[k] += seen.T @ seen
            self.products[k] += seen.T @ wanted
        self.updates += 1
        if self.updates % 2 == 0:
            self.solve()

    def solve(self):
        count, size = self.weight.shape
        total, eye = self.squares.sum(0), torch.eye(size)
        ridge = RIDGE * total.diagonal().mean() * eye
        shared = torch.linalg.solve(total + ridge, self.products.sum(0))
        if self.updates < 6:
            self.weight = shared + 0.9 * self.weight
            return
        left = self.products - (self.squares @ shared[:, None])[..., 0]
        self.weight = shared + torch.linalg.solve(self.squares + PULL / count * ridge, left[..., None])[..., 0]

    def apply(self, pictures, chosen):
        """pictures [N, H, W], operators [N] -> the pictures they predict"""
        kernels = self.weight[chosen].view(-1, 1, self.side, self.side)
        padded = F.pad(pictures[None], (self.radius,) * 4, mode='replicate')
        return pictures + F.conv2d(padded, kernels, groups=len(pictures))[0]

    def moments(self):
        """-> [K, 2]: down, across"""
        kernels, along = self.weight.view(-1, self.side, self.side), torch.arange(-self.radius, self.radius + 1.0)
        return torch.stack([kernels.sum(2) @ along, kernels.sum(1) @ along], 1)


def one_channel(before, after, rng):
    """u8 [N, H, W, 3] twice -> f32 [N, H, W] twice"""
    colour = rng.standard_normal((len(before), 1, 1, 3)).astype(np.float32)
    colour /= np.linalg.norm(colour, axis=-1, keepdims=True)
    return [torch.from_numpy(((part.astype(np.float32) / 255 - 0.5) * colour).sum(-1)) for part in (before, after)]


def draw_blocks(count, height, width, rng, looked_at):
    """-> rows, columns [N, M, P] of the pixels looked at: M random blocks that are not at the border, the same P pixels of each"""
    rows, columns = height // BLOCK - 2, width // BLOCK - 2
    chosen = rng.random((count, rows * columns)).argsort(1)[:, :BLOCKS, None]
    pixels = rng.permutation(BLOCK**2)[:looked_at]
    return [torch.from_numpy(part) for part in ((chosen // columns + 1) * BLOCK + pixels // BLOCK, (chosen % columns + 1) * BLOCK + pixels % BLOCK)]


def look(pictures, after, pixels, operators):
    """-> windows, true changes, errors, at `pixels` = (rows, columns)"""
    where = (torch.arange(len(after))[:, None, None], *pixels)
    windows, changes = operators.windows(pictures, *pixels), after[where] - pictures[where]
    return windows, changes, operators.errors(windows, changes)


def weigh(changes):
    return 1 + (CHANGED - 1) * (changes.square().mean(-1) > CHANGES).float()


class ActionCodes:
    """The layers, the coordinates that are kept, what each counts for, and the patterns that are codes."""

    def __init__(self, layers, kept=(), scale=None, patterns=None):
        self.layers, self.kept, self.scale, self.patterns = layers, list(kept), scale, patterns

    def peel(self, before, pixels, after, depth):
        """Explains transitions [N, H, W] by layer 1 and `depth` more -> (frame predicted, weights of blocks for a [N, M], a and those below it, b)"""
        _, changes, errors = look(before, after, pixels, self.layers[0])
        weights = weigh(changes)
        a, b, share = choose_pairs(errors, weights, WORTH)
        weights, chosen, predicted = weights * share, [a], self.layers[0].apply(before, a)
        for layer in self.layers[1:1 + depth]:
            errors = look(predicted, after, pixels, layer)[2]
            chosen.append(((errors * weights[..., None]).sum(1)).argmin(1))
            predicted = layer.apply(predicted, chosen[-1])
        return predicted, weights, chosen, b

    def train(self, frames, seed, say=print, only=(0, 1, 2)):
        """frames u8 [N, T, H, W, 3]"""
        if frames.shape[1] < 2 or min(frames.shape[2:4]) < 4 * BLOCK:
            raise ValueError(f'frames is {list(frames.shape)}, expected clips of 2 frames or more, of {4 * BLOCK} pixels a side or more')
        for depth, layer in enumerate(self.layers):
            if depth not in only: continue
            steps = RESIDUAL if depth else SINGLE + PAIRED
            for step in range(steps):
                rng = np.random.default_rng([seed, depth, step])
                before, after, _ = draw(frames, CLIPS, TRANSITIONS, rng)
                before, after = one_channel(before, after, rng)
                pixels = draw_blocks(len(before), *before.shape[1:], rng, PIXELS[depth])
                if depth:
                    before, weights, *_ = self.peel(before, pixels, after, depth - 1)
                windows, changes, errors = look(before, after, pixels, layer)
                if not depth:
                    weights = weigh(changes)
                gains = torch.zeros_like(errors)
                if depth or step < SINGLE:
                    winners = self.winners((errors * weights[..., None]).sum(1) / weights.sum(1, keepdim=True), depth, step / (steps if depth else SINGLE), rng)
                    teach(gains, errors, winners, weights)
                else:
                    a, b, share = choose_pairs(errors, weights)
                    teach(gains, errors, a, weights * share)
                    teach(gains, errors, b, weights * (1 - share))
                layer.learn(windows[:, :, :LEARNT[depth]], changes[:, :, :LEARNT[depth]], gains)
            say(f'layer {depth + 1}: moments {np.round(layer.moments().numpy(), 1).tolist()}')

    @staticmethod
    def winners(errors, residual, progress, rng):
        until = EVEN_RESIDUAL if residual else EVEN
        winners = assign_evenly(centred(errors, len(errors) // TRANSITIONS)) if progress < until else errors.argmin(1)
        if residual and progress < RANDOM_UNTIL:
            anyone = torch.from_numpy(rng.integers(errors.shape[1], size=len(winners)))
            winners = torch.where(torch.from_numpy(rng.random(len(winners)) < RANDOM), anyone, winners)
        return winners

    def coordinates(self, before, after, rng, halves=False):
        """u8 [N, H, W, 3] twice -> [N, 4], or from each half of the blocks [2, N, 4]"""
        before, after = one_channel(before, after, rng)
        pixels = draw_blocks(len(before), *before.shape[1:], rng, CAREFUL)
        half = pixels[0].shape[1] // 2
        parts = [[part[:, :half] for part in pixels], [part[:, half:] for part in pixels]] if halves else [pixels]
        found = []
        for part in parts:
            *_, chosen, b = self.peel(before, part, after, len(self.layers) - 1)
            whole = sum(layer.moments()[index] for layer, index in zip(self.layers, chosen))
            own = self.layers[0].moments()[b] * (chosen[0] != b)[:, None]
            found.append(torch.cat([whole, own], 1))
        return torch.stack(found) if halves else found[0]

    def choose_codes(self, frames, actions, seed, say=print):
        rng = np.random.default_rng([seed, len(self.layers)])
        sample = [draw(frames, CLIPS, TRANSITIONS, rng)[:2] for _ in range(JUDGED // (CLIPS * TRANSITIONS))]
        halves = torch.cat([self.coordinates(*part, rng, halves=True) for part in sample], 1).numpy()
        whole = torch.cat([self.coordinates(*part, rng) for part in sample]).numpy()
        self.scale = np.sqrt((whole**2).mean(0)) + 1e-6
        agreement = [agree(*signs(halves[:, :, d], self.scale[d])) for d in range(4)]
        count = min(4, math.ceil(math.log(actions, 3) - 1e-9))
        self.kept = sorted(np.argsort(agreement)[::-1][:count].tolist())
        found, times = np.unique(signs(whole[:, self.kept], self.scale[self.kept]), axis=0, return_counts=True)
        order = np.argsort(-times, kind='stable')[:actions]
        self.patterns = found[order]
        say(f'coordinates (root mean square, agreement): {[(round(float(s), 2), round(a, 2)) for s, a in zip(self.scale, agreement)]}; kept {self.kept}; '
            f'codes {self.patterns.tolist()}, shares {np.round(times[order] / times.sum(), 3).tolist()}')

    def encode(self, frames, seed=0):
        """u8 [B, T, H, W, 3] -> codes [B, T-1]; the same for the same frames"""
        rng = np.random.default_rng(seed)
        before, after = (frames[:, part].reshape(-1, *frames.shape[2:]) for part in (slice(None, -1), slice(1, None)))
        parts = [self.coordinates(before[i:i + 64], after[i:i + 64], rng).numpy() for i in range(0, len(before), 64)]
        pattern = signs(np.concatenate(parts)[:, self.kept], self.scale[self.kept])
        nearest = ((pattern[:, None] - self.patterns[::-1])**2).sum(-1).argmin(1)  # the rarer of equals
        return (len(self.patterns) - 1 - nearest).reshape(len(frames), -1)

    def save(self, path):
        tensors = {f'layer{i}.weight': layer.weight.numpy() for i, layer in enumerate(self.layers)}
        tensors |= {'kept': np.array(self.kept, np.int32), 'scale': self.scale.astype(np.float32), 'patterns': self.patterns.astype(np.int32)}
        safetensors.save(path, tensors, {})

    @classmethod
    def load(cls, path):
        tensors, _ = safetensors.load(path)
        layers = []
        while f'layer{len(layers)}.weight' in tensors:
            weight = torch.from_numpy(np.array(tensors[f'layer{len(layers)}.weight']))
            layers.append(Operators(len(weight), (math.isqrt(weight.shape[1]) - 1) // 2))
            layers[-1].weight = weight
        return cls(layers, tensors['kept'].tolist(), tensors['scale'], tensors['patterns'])


def teach(gains, errors, chosen, weights):
    """In place: what blocks teach the operator chosen for their transition"""
    at = torch.arange(len(chosen))
    gains[at, :, chosen] += weights / (errors[at, :, chosen] + SOFT)


def signs(values, scale):
    """-> -1, 0, 1: below, within, above the dead zone"""
    return (values > DEAD * scale).astype(int) - (values < -DEAD * scale)


def agree(one, other):
    """Correlation; 0 where either does not vary"""
    return float(np.corrcoef(one, other)[0, 1]) if one.std() > 0 and other.std() > 0 else 0.0


def draw(frames, clips, transitions, rng):
    """-> u8 [N, H, W, 3] before, after, (clip, first frame) [N, 2]; clips may come twice where there are few"""
    chosen = rng.choice(len(frames), clips, replace=len(frames) < clips)
    places = np.array([(clip, t) for clip in chosen for t in rng.choice(frames.shape[1] - 1, transitions, replace=frames.shape[1] - 1 < transitions)])
    return np.stack([frames[c, t] for c, t in places]), np.stack([frames[c, t + 1] for c, t in places]), places


def discover(frames, actions, seed, say=print):
    """frames u8 [N, T, H, W, 3] -> ActionCodes"""
    codes = ActionCodes([Operators(count, radius, np.random.default_rng([seed, i])) for i, (count, radius) in enumerate(LAYERS)])
    codes.train(frames, seed, say)
    codes.choose_codes(frames, actions, seed, say)
    return codes


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('clips')
    parser.add_argument('--out', required=True)
    parser.add_argument('--actions', type=int, default=8)
    parser.add_argument('--seed', type=int, default=1)
    args = parser.parse_args()
    discover(safetensors.open_tensor(args.clips, 'frames'), args.actions, args.seed).save(args.out)


if __name__ == '__main__':
    main()
