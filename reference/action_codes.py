#!/usr/bin/env python3
"""Finds the actions in raw video: hard expectation-maximisation over linear operators that predict the next frame. No label, no search for shifts.

    python3 reference/action_codes.py CLIP.safetensors --out CODES.safetensors [--actions 8 --seed 1]

An operator is a kernel [D, D] (D = 2·radius + 1): it predicts the change of a pixel from the pixels around it, everywhere alike. Operators start as noise and are
fitted by least squares to the transitions they predict best. Nothing but the video makes them shift the picture. The algorithm:

1. A step samples 8 transitions of each of 8 clips. Each pair of frames is reduced to one channel: colours minus 0.5, projected onto a random unit vector per pair
   or, after learning, onto the direction in which the two frames differ most.
   Frames are cut into blocks of 4×4 pixels. Up to 256 blocks are drawn, never those at the border; in each the same random pixels are used:
   4 for operators, 8 for generators, 12 after learning.
2. The error of operator k on a block is e = √(mean square of what it mispredicts + 0.02²) - 0.02. A block weighs 4 if it changes (mean square above 1e-4), else 1.
   The error of a transition is the weighted mean over its blocks. Its saturated error is the weighted mean of e / (e + 0.04), about the share of blocks that are not explained.
3. 16 operators of radius 8. For the first 40 steps one operator explains a transition: the winner has the least error. In the first 80 % of these the errors are centred
   (by row, then per operator within each clip) and assigned evenly: Sinkhorn. For the next 200 steps two explain it: a, of least saturated error, is the picture; b removes the
   most of the remaining error, if each block takes the better of the two. It is something in the picture that moves on its own.
4. The winner is updated: A_k += Σ g·w·wᵀ, r_k += Σ g·w·d over blocks and the first 2 of their pixels; w: the window, d: the true change, g = weight · share / (e + 0.02). The share of
   one of two is e_other² / (e_one² + e_other² + 1e-10). Both sums decay by 0.95 per step. Every second step, λ = 1e-3 · mean diagonal of ΣA: shared = (ΣA + λI)⁻¹ Σr, and from the sixth step on
   kernel_k = shared + (A_k + 3λ/K·I)⁻¹ (r_k - A_k·shared); before, shared + 0.9 × its deviation.
5. What a leaves unexplained is a small motion. 4 generators, kernels of radius 3, model it, each multiplied by a real amount per transition. For 120 steps the amounts are solved for
   by least squares weighted by weight · share of a / (e + 0.02), twice, then the generators by least squares over all transitions, in which amounts have a root mean square of 1.
6. To explain a transition, the 3 operators of least saturated error (at the first 4 pixels of each block) are each refined by 3 rounds of generators (the amounts, shortened to a moment of 1 pixel, then the frame so predicted);
   the one of least saturated error is a. b must remove a quarter of the error that is left (both at the first 4 pixels), or it is nothing.
7. A transition has four coordinates: the first moments (down, across) of a plus those of the generators times their amounts; and the moments of b (0 if it is nothing). A moment is the
   sum of a kernel times the position in it, the kernel's own centre being 0: 0 for an operator that leaves the picture as it is.
8. The coordinates are computed twice, from two disjoint halves of the blocks, for 2 048 transitions. With A actions, the n = ⌈log₃ A⌉ (4 at most) coordinates are kept whose signs both
   halves share most (mutual information). A sign is -1, 0, 1: below, within, above a dead zone. Each coordinate has the narrowest dead zone of 0.15 to 1 pixel that shares
   at most 0.03 bit less than the best. The 3ⁿ patterns are counted, and the A commonest are the codes, by falling count; any other pattern takes the code nearest to it (squared difference; the rarer of equals).
"""
import argparse
import math

import numpy as np
import torch

import safetensors
from linear_operators import (Generators, Operators, add_fit_weights, assign_evenly, block_weights, centred, changes_at, changing_colours, charbonnier, choose_two, draw_blocks,
                              one_channel, own_motion, pixels_of, random_colours, saturated_errors)

CLIPS, TRANSITIONS = 8, 8  # per step
OPERATORS, GENERATORS = (16, 8), (4, 3)  # how many, radius
PIXELS, LEARNT, PIXELS_GENERATORS, PIXELS_EXPLAINED = 4, 2, 8, 12  # of a block: predicted by operators, and learnt from; for generators; after learning
SINGLE, TWO, SMALL = 40, 200, 120  # steps
EVEN = 0.8
CANDIDATES, ROUNDS, RANKED = 3, 3, 4  # operators that are refined, rounds, pixels of a block by which all operators are compared
LEAST_SHARE = 0.25  # of the error, that a second operator must remove: else nothing moves on its own
DEAD = (0.15, 0.2, 0.3, 0.4, 0.6, 0.8, 1.0)  # dead zones that are tried, in pixels
SLACK = 0.03  # bits: the narrowest dead zone is taken that shares at most so many less than the best
JUDGED = 2048  # transitions
SMALLEST = 16  # pixels per side


class ActionCodes:
    """Operators and generators, the coordinates that are kept, the dead zone of each, and the patterns that are codes."""

    def __init__(self, operators, generators, kept=(), dead=None, patterns=None):
        self.operators, self.generators, self.kept, self.dead, self.patterns = operators, generators, list(kept), dead, patterns

    def train(self, frames, seed, say=print):
        """Fits operators and generators to frames u8 [N, T, H, W, 3]. ValueError for clips or frames that are too small."""
        if frames.shape[1] < 2 or min(frames.shape[2:4]) < SMALLEST:
            raise ValueError(f'frames is {list(frames.shape)}, expected clips of 2 frames or more, of {SMALLEST} pixels per side or more')
        for step in range(SINGLE + TWO):
            before, after, pixels = batch(frames, PIXELS, [seed, 0, step])
            windows, changes, errors = self.operators.samples(before, after, pixels)
            weights, fit_weights = block_weights(changes), torch.zeros_like(errors)
            if step < SINGLE:
                means = (errors * weights[..., None]).sum(1) / weights.sum(1, keepdim=True)
                winners = assign_evenly(centred(means, CLIPS)) if step < EVEN * SINGLE else means.argmin(1)
                add_fit_weights(fit_weights, errors, winners, weights)
            else:
                a, b, share = choose_two(errors, weights)
                add_fit_weights(fit_weights, errors, a, weights * share)
                add_fit_weights(fit_weights, errors, b, weights * (1 - share))
            self.operators.learn(windows[:, :, :LEARNT], changes[:, :, :LEARNT], fit_weights)
        say(f'operators: moments {np.round(self.operators.moments().numpy(), 1).tolist()}')
        for step in range(SMALL):
            before, after, pixels = batch(frames, PIXELS_GENERATORS, [seed, 1, step])
            _, changes, errors = self.operators.samples(before, after, pixels)
            a, _, share = choose_two(errors, block_weights(changes))
            windows, residuals = self.generators.samples(self.operators.apply(before, a), after, pixels)
            self.generators.learn(windows, residuals, *self.generators.amounts(windows, residuals, block_weights(changes) * share))
        say(f'generators: moments {np.round(self.generators.moments().numpy(), 2).tolist()}')

    def explain(self, before, pixels, after):
        """Transitions [N, H, W], at pixels [N, M, P] -> moments of the picture [N, 2], b [N], whether b is anything [N]"""
        weights = block_weights(changes_at(pixels, before, after))
        ranked = [part[:, :, :RANKED] for part in pixels]
        _, _, errors = self.operators.samples(before, after, ranked)
        saturated, found = saturated_errors(errors, weights), []
        for a in saturated.sort(stable=True, dim=1).indices[:, :CANDIDATES].T:
            predicted, moved = self.operators.apply(before, a), self.operators.moments()[a]
            for _ in range(ROUNDS):
                windows, residuals = self.generators.samples(predicted, after, pixels)
                amounts, _ = self.generators.amounts(windows, residuals, weights)
                amounts = self.generators.at_most_a_pixel(amounts)
                predicted = self.generators.apply(predicted, amounts)
                moved = moved + amounts @ self.generators.moments()
            found.append((moved, *(charbonnier(changes_at(part, predicted, after)) for part in (pixels, ranked))))
        moved, refined, refined_ranked = (torch.stack(part) for part in zip(*found))
        best = saturated_errors(refined.permute(1, 2, 0), weights).argmin(1), torch.arange(len(before))
        return moved[best], *own_motion(refined_ranked[best], errors, weights, LEAST_SHARE)

    def coordinates(self, before, after, rng, halves=False):
        """u8 [N, H, W, 3] twice -> [N, 4], or from each half of the blocks [2, N, 4]"""
        before, after = pixels_of(before), pixels_of(after)
        colours = changing_colours(after - before)
        before, after = one_channel(before, colours), one_channel(after, colours)
        pixels = draw_blocks(len(before), *before.shape[1:], rng, PIXELS_EXPLAINED)
        half = pixels[0].shape[1] // 2
        found = []
        for part in ([[p[:, :half] for p in pixels], [p[:, half:] for p in pixels]] if halves else [pixels]):
            moved, b, own = self.explain(before, part, after)
            found.append(torch.cat([moved, self.operators.moments()[b] * own[:, None]], 1))
        return torch.stack(found) if halves else found[0]

    def choose_codes(self, frames, actions, seed, say=print):
        rng = np.random.default_rng([seed, 2])
        sample = [draw(frames, CLIPS, TRANSITIONS, rng)[:2] for _ in range(JUDGED // (CLIPS * TRANSITIONS))]
        halves = torch.cat([self.coordinates(*part, rng, halves=True) for part in sample], 1).numpy()
        whole = torch.cat([self.coordinates(*part, rng) for part in sample]).numpy()
        tried = np.array([[shared_information(*signs(halves[:, :, d], zone)) for zone in DEAD] for d in range(4)])
        chosen = (tried >= tried.max(1, keepdims=True) - SLACK).argmax(1)
        self.dead, shared = np.array(DEAD)[chosen], tried[range(4), chosen]
        count = min(4, math.ceil(math.log(actions, 3) - 1e-9))
        self.kept = sorted(np.argsort(shared)[::-1][:count].tolist())
        found, times = np.unique(signs(whole[:, self.kept], self.dead[self.kept]), axis=0, return_counts=True)
        order = np.argsort(-times, kind='stable')[:actions]
        self.patterns = found[order]
        say(f'coordinates (dead zone, bits that both halves share): {[(zone, round(b, 2)) for zone, b in zip(self.dead.tolist(), shared.tolist())]}; kept {self.kept}; '
            f'codes {self.patterns.tolist()}, shares {np.round(times[order] / times.sum(), 3).tolist()}')

    def encode(self, frames, seed=0):
        """u8 [B, T, H, W, 3] -> codes [B, T-1]; the same for the same frames"""
        rng = np.random.default_rng(seed)
        before, after = (frames[:, part].reshape(-1, *frames.shape[2:]) for part in (slice(None, -1), slice(1, None)))
        parts = [self.coordinates(before[i:i + 64], after[i:i + 64], rng).numpy() for i in range(0, len(before), 64)]
        pattern = signs(np.concatenate(parts)[:, self.kept], self.dead[self.kept])
        nearest = ((pattern[:, None] - self.patterns[::-1])**2).sum(-1).argmin(1)  # the rarer of equals
        return (len(self.patterns) - 1 - nearest).reshape(len(frames), -1)

    def save(self, path):
        tensors = {'operators.weight': self.operators.weight.numpy(), 'generators.weight': self.generators.weight.numpy()}
        tensors |= {'kept': np.array(self.kept, np.int32), 'dead': self.dead.astype(np.float32), 'patterns': self.patterns.astype(np.int32)}
        safetensors.save(path, tensors, {})

    @classmethod
    def load(cls, path):
        tensors, _ = safetensors.load(path)
        if 'dead' not in tensors:
            raise ValueError(f'{path} is of an earlier search: delete it')
        parts = []
        for kind, name in ((Operators, 'operators'), (Generators, 'generators')):
            weight = torch.from_numpy(np.array(tensors[f'{name}.weight']))
            parts.append(kind(len(weight), (math.isqrt(weight.shape[1]) - 1) // 2))
            parts[-1].weight = weight
        return cls(*parts, tensors['kept'].tolist(), tensors['dead'], tensors['patterns'])


def batch(frames, per_block, seed):
    """-> before, after [N, H, W], pixels (rows, columns) [N, M, P]"""
    rng = np.random.default_rng(seed)
    before, after = (pixels_of(part) for part in draw(frames, CLIPS, TRANSITIONS, rng)[:2])
    colours = random_colours(len(before), rng)
    before, after = one_channel(before, colours), one_channel(after, colours)
    return before, after, draw_blocks(len(before), *before.shape[1:], rng, per_block)


def signs(values, dead):
    """-> -1, 0, 1: below, within, above the dead zone"""
    return (values > dead).astype(int) - (values < -dead)


def shared_information(one, other):
    """Mutual information of two arrays of -1, 0, 1, in bits"""
    joint = np.zeros((3, 3))
    np.add.at(joint, (one + 1, other + 1), 1 / len(one))
    apart = joint.sum(1, keepdims=True) * joint.sum(0)
    return float((joint[joint > 0] * np.log2(joint[joint > 0] / apart[joint > 0])).sum())


def draw(frames, clips, transitions, rng):
    """-> u8 [N, H, W, 3] before, after, (clip, first frame) [N, 2]; clips may come twice where there are few"""
    chosen = rng.choice(len(frames), clips, replace=len(frames) < clips)
    places = np.array([(clip, t) for clip in chosen for t in rng.choice(frames.shape[1] - 1, transitions, replace=frames.shape[1] - 1 < transitions)])
    return np.stack([frames[c, t] for c, t in places]), np.stack([frames[c, t + 1] for c, t in places]), places


def discover(frames, actions, seed, say=print):
    """frames u8 [N, T, H, W, 3] -> ActionCodes"""
    codes = ActionCodes(Operators(*OPERATORS, np.random.default_rng([seed, 0])), Generators(*GENERATORS, np.random.default_rng([seed, 1])))
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
