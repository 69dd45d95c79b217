#!/usr/bin/env python3
"""Finds the actions in raw video: hard expectation-maximisation over linear operators that predict the next frame. No label, no search for shifts.

    python3 reference/action_codes.py CLIP.safetensors --out CODES.safetensors [--actions 8 --seed 1]

An operator is a kernel [D, D] (D = 2·radius + 1): it predicts the change of a pixel from the pixels around it, everywhere alike. Operators start as noise and are
fitted by least squares to the transitions they predict best; that they come to move the picture is what the video teaches them. The algorithm:

1. A step draws 8 clips × 8 transitions. Each pair of frames becomes one channel: colours are less 0.5 and projected onto a random unit vector of the pair's own.
   Frames are cut into blocks of 4×4 pixels. Up to 128 blocks are drawn, never those at the border; in each the same random pixels are looked at:
   4 for layer 1, 8 for the others, 6 once nothing is learnt any more.
2. The error of operator k on a block is e = √(mean square of what it mispredicts + 0.02²) - 0.02. A block weighs 4 if it changes (mean square above 1e-4), else 1.
   The error of a transition is the weighted mean over its blocks.
3. Layer 1, 16 operators of radius 8. For the first 40 steps one operator explains a transition: the winner has the least error. In the first 80 % of these the errors
   are centred (by row, then per operator within each clip) and assigned evenly: Sinkhorn. For the next 200 steps a pair of operators explains it, each block by the better of
   the two: all pairs are tried. Of the pair, a is the one that explains more blocks: the picture; b is the other: something in the picture that moves on its own.
4. The winner learns: A_k += Σ g·w·wᵀ, r_k += Σ g·w·d over blocks and the first of their pixels (the first 4 in layers 2 and 3); w: the window, d: the true change, g = weight · share / (e + 0.02). Shares
   below 0.1 count as 0. The share of one of a pair is e_other² / (e_one² + e_other² + 1e-10). Both sums decay by 0.95 a step. Every second step, λ = 1e-3 · mean diagonal of ΣA: shared = (ΣA + λI)⁻¹ Σr, and from the sixth step on
   kernel_k = shared + (A_k + 3λ/K·I)⁻¹ (r_k - A_k·shared); before, shared + 0.9 × its deviation.
5. Layers 2 and 3, 8 operators each of radius 4 and 3, 60 steps each, in the same way but without pairs: they act on the frame as predicted so far, and explain what is left of the
   blocks of a (weight × share of a). From here on a pair that takes away no more than a quarter of the error of the best single operator is none: that operator is a, and b is nothing. Assigned evenly for the first 30 %, 5 % of the winners random for the first 60 %. They make the parts of a pixel known.
6. A transition has four coordinates: the sums of the first moments (down, across) of a and of its operators in layers 2 and 3; and the moments of b (0 if it is nothing). A moment is the
   sum of a kernel times the position in it, the kernel's own centre being 0: 0 for an operator that leaves the picture as it is.
7. The coordinates are looked at twice, from two disjoint halves of the blocks, for 1 024 transitions. With A actions, the n = ⌈log₃ A⌉ (4 at most) coordinates are kept that both
   halves agree on best (correlation of -1, 0, 1 for below, within, above ±0.1 of the root mean square). Their 3ⁿ patterns are counted, and the A commonest are the codes, by falling
   count; any other pattern takes the code nearest to it (squared difference; the rarer of equals).
"""
import argparse
import math

import numpy as np
import torch

import safetensors
from linear_operators import Operators, assign_evenly, centred, choose_pairs, draw_blocks, look, one_channel, teach, weigh

CLIPS, TRANSITIONS = 8, 8  # a step
LAYERS = [(16, 8), (8, 4), (8, 3)]  # operators, radius
PIXELS, LEARNT, CAREFUL = (4, 8, 8), (1, 4, 4), 6  # of a block, for each layer: predicted, and learnt from; once nothing is learnt any more
SINGLE, PAIRED, RESIDUAL = 40, 200, 60  # steps
EVEN, EVEN_RESIDUAL, RANDOM, RANDOM_UNTIL = 0.8, 0.3, 0.05, 0.6
LEAST_SHARE = 0.1  # of a block: an operator that explains less of it learns nothing from it
WORTH = 0.25  # of the error, that a second operator must take away: else nothing moves on its own
DEAD = 0.1  # of a coordinate's root mean square
JUDGED = 1024  # transitions
SMALLEST = 16  # pixels a side


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

    def train(self, frames, seed, say=print):
        """frames u8 [N, T, H, W, 3]"""
        if frames.shape[1] < 2 or min(frames.shape[2:4]) < SMALLEST:
            raise ValueError(f'frames is {list(frames.shape)}, expected clips of 2 frames or more, of {SMALLEST} pixels a side or more')
        for depth, layer in enumerate(self.layers):
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
                    for operator, part in (a, share), (b, 1 - share):
                        teach(gains, errors, operator, weights * part * (part >= LEAST_SHARE))
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
