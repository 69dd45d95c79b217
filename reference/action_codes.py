#!/usr/bin/env python3
"""Finds the actions in raw video: hard expectation-maximisation over linear operators that predict the next frame. No label, no search for shifts.

    python3 reference/action_codes.py CLIP.safetensors --out CODES.safetensors [--actions 8 --seed 1]

The algorithm, with its constants: docs/latent-actions-spec.md, whose names are used here. TransitionCoder.train fits operators and generators (Batch … Schedule there),
`explain` and `coordinates` are its Explaining, `choose_codes` and `encode` its Codes; linear_operators.py has the steps.
"""
import argparse
import math

import numpy as np
import torch

import safetensors
from linear_operators import (Generators, Operators, add_fit_weights, assign_evenly, block_weights, centred, changes_at, changing_colours, charbonnier, choose_two, draw_blocks,
                              one_channel, object_motion, pixels_of, random_colours, saturated_errors)

CLIPS, TRANSITIONS = 8, 8  # per step
OPERATORS, GENERATORS = (16, 8), (4, 3)  # how many, radius
PIXELS, FITTED_PIXELS, PIXELS_GENERATORS, PIXELS_EXPLAINED = 4, 2, 8, 12  # of a block: predicted by operators, and learnt from; for generators; after learning
ONE_OPERATOR_STEPS, TWO_OPERATOR_STEPS, GENERATOR_STEPS = 40, 200, 120
EVEN = 0.8
CANDIDATES, ROUNDS, RANKED = 3, 3, 4  # operators that are refined, rounds, pixels of a block by which all operators are compared
LEAST_SHARE = 0.25  # of the error, that a second operator must remove: else there is no object's motion
DEAD_ZONES = (0.15, 0.2, 0.3, 0.4, 0.6, 0.8, 1.0)  # dead zones that are tried, in pixels
TOLERANCE = 0.05  # bits: the narrowest dead zone is taken that shares at most so many less than the best
CODE_TRANSITIONS = 2048  # from which the codes are chosen
LAGS = 5  # of the autocovariance by which a coordinate's smoothing is fitted
SMALLEST = 16  # pixels per side


class TransitionCoder:
    """Operators and generators, the smoothing and the dead zone of each coordinate, the coordinates that are kept, and the patterns that are codes."""

    def __init__(self, operators, generators, kept=(), dead_zones=None, patterns=None, smoothing=None):
        self.operators, self.generators, self.kept, self.dead_zones, self.patterns = operators, generators, list(kept), dead_zones, patterns
        self.smoothing = np.tile([1.0, 0.0], (4, 1)) if smoothing is None else smoothing

    def train(self, frames, seed, say=print):
        """Fits operators and generators to frames u8 [N, T, H, W, 3]. ValueError for clips or frames that are too small."""
        if frames.shape[1] < 2 or min(frames.shape[2:4]) < SMALLEST:
            raise ValueError(f'frames is {list(frames.shape)}, expected clips of 2 frames or more, of {SMALLEST} pixels per side or more')
        for step in range(ONE_OPERATOR_STEPS + TWO_OPERATOR_STEPS):
            before, after, pixels = batch(frames, PIXELS, [seed, 0, step])
            neighbourhoods, changes, errors = self.operators.samples(before, after, pixels)
            weights, fit_weights = block_weights(changes), torch.zeros_like(errors)
            if step < ONE_OPERATOR_STEPS:
                means = (errors * weights[..., None]).sum(1) / weights.sum(1, keepdim=True)
                winners = assign_evenly(centred(means, CLIPS)) if step < EVEN * ONE_OPERATOR_STEPS else means.argmin(1)
                add_fit_weights(fit_weights, errors, winners, weights)
            else:
                a, b, share = choose_two(errors, weights)
                add_fit_weights(fit_weights, errors, a, weights * share)
                add_fit_weights(fit_weights, errors, b, weights * (1 - share))
            self.operators.learn(neighbourhoods[:, :, :FITTED_PIXELS], changes[:, :, :FITTED_PIXELS], fit_weights)
        say(f'operators: moments {np.round(self.operators.moments().numpy(), 1).tolist()}')
        for step in range(GENERATOR_STEPS):
            before, after, pixels = batch(frames, PIXELS_GENERATORS, [seed, 1, step])
            _, changes, errors = self.operators.samples(before, after, pixels)
            a, _, share = choose_two(errors, block_weights(changes))
            neighbourhoods, residuals = self.generators.samples(self.operators.apply(before, a), after, pixels)
            self.generators.learn(neighbourhoods, residuals, *self.generators.coefficients(neighbourhoods, residuals, block_weights(changes) * share))
        say(f'generators: moments {np.round(self.generators.moments().numpy(), 2).tolist()}')

    def explain(self, before, pixels, after):
        """Transitions [N, H, W], at pixels [N, M, P] -> moments of the global motion [N, 2], b [N], whether b is an object's motion [N]"""
        weights = block_weights(changes_at(pixels, before, after))
        ranked = [part[:, :, :RANKED] for part in pixels]
        _, _, errors = self.operators.samples(before, after, ranked)
        saturated, found = saturated_errors(errors, weights), []
        for a in saturated.sort(stable=True, dim=1).indices[:, :CANDIDATES].T:
            predicted, moved = self.operators.apply(before, a), self.operators.moments()[a]
            for _ in range(ROUNDS):
                neighbourhoods, residuals = self.generators.samples(predicted, after, pixels)
                coefficients, _ = self.generators.coefficients(neighbourhoods, residuals, weights)
                coefficients = self.generators.at_most_a_pixel(coefficients)
                predicted = self.generators.apply(predicted, coefficients)
                moved = moved + coefficients @ self.generators.moments()
            found.append((moved, *(charbonnier(changes_at(part, predicted, after)) for part in (pixels, ranked))))
        moved, refined, refined_ranked = (torch.stack(part) for part in zip(*found))
        best = saturated_errors(refined.permute(1, 2, 0), weights).argmin(1), torch.arange(len(before))
        return moved[best], *object_motion(refined_ranked[best], errors, weights, LEAST_SHARE)

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
        sample = [draw(frames, CLIPS, TRANSITIONS, rng, runs=True)[:2] for _ in range(CODE_TRANSITIONS // (CLIPS * TRANSITIONS))]
        halves = torch.cat([self.coordinates(*part, rng, halves=True) for part in sample], 1).numpy()
        whole = torch.cat([self.coordinates(*part, rng) for part in sample]).numpy()
        if frames.shape[1] > TRANSITIONS:
            # An object's motion is 0 where there is no object, which is no rounding.
            self.smoothing[:2] = [smoothing_of(whole[:, d].reshape(-1, TRANSITIONS)) for d in range(2)]
        whole, halves = (smooth(part.reshape(*part.shape[:-2], -1, TRANSITIONS, 4), self.smoothing).reshape(part.shape) for part in (whole, halves))
        tried = np.array([[shared_information(*signs(halves[:, :, d], zone)) for zone in DEAD_ZONES] for d in range(4)])
        chosen = (tried >= tried.max(1, keepdims=True) - TOLERANCE).argmax(1)
        self.dead_zones, shared = np.array(DEAD_ZONES)[chosen], tried[range(4), chosen]
        count = min(4, math.ceil(math.log(actions, 3) - 1e-9))
        self.kept = sorted(np.argsort(shared)[::-1][:count].tolist())
        found, times = np.unique(signs(whole[:, self.kept], self.dead_zones[self.kept]), axis=0, return_counts=True)
        order = np.argsort(-times, kind='stable')[:actions]
        self.patterns = found[order]
        say(f'coordinates (dead zone, bits that both halves share, smoothing): {[(zone, round(b, 2), np.round(w, 2).tolist()) for zone, b, w in zip(self.dead_zones.tolist(), shared.tolist(), self.smoothing)]}; kept {self.kept}; '
            f'codes {self.patterns.tolist()}, shares {np.round(times[order] / times.sum(), 3).tolist()}')

    def encode(self, frames, seed=0):
        """u8 [B, T, H, W, 3] -> codes [B, T-1]; the same for the same frames"""
        rng = np.random.default_rng(seed)
        before, after = (frames[:, part].reshape(-1, *frames.shape[2:]) for part in (slice(None, -1), slice(1, None)))
        parts = [self.coordinates(before[i:i + 64], after[i:i + 64], rng).numpy() for i in range(0, len(before), 64)]
        coordinates = smooth(np.concatenate(parts).reshape(len(frames), -1, 4), self.smoothing).reshape(-1, 4)
        pattern = signs(coordinates[:, self.kept], self.dead_zones[self.kept])
        nearest = ((pattern[:, None] - self.patterns[::-1])**2).sum(-1).argmin(1)  # on ties the rarer
        return (len(self.patterns) - 1 - nearest).reshape(len(frames), -1)

    def save(self, path):
        tensors = {'operators.weight': self.operators.weight.numpy(), 'generators.weight': self.generators.weight.numpy()}
        tensors |= {'smoothing': self.smoothing.astype(np.float32), 'kept': np.array(self.kept, np.int32), 'dead': self.dead_zones.astype(np.float32), 'patterns': self.patterns.astype(np.int32)}
        safetensors.save(path, tensors, {})

    @classmethod
    def load(cls, path):
        tensors, _ = safetensors.load(path)
        if 'smoothing' not in tensors:
            raise ValueError(f'{path} was written by an earlier version: delete it')
        parts = []
        for kind, name in ((Operators, 'operators'), (Generators, 'generators')):
            weight = torch.from_numpy(np.array(tensors[f'{name}.weight']))
            parts.append(kind(len(weight), (math.isqrt(weight.shape[1]) - 1) // 2))
            parts[-1].weight = weight
        return cls(*parts, tensors['kept'].tolist(), tensors['dead'], tensors['patterns'], tensors['smoothing'])


def batch(frames, per_block, seed):
    """-> before, after [N, H, W], pixels (rows, columns) [N, M, P]"""
    rng = np.random.default_rng(seed)
    before, after = (pixels_of(part) for part in draw(frames, CLIPS, TRANSITIONS, rng)[:2])
    colours = random_colours(len(before), rng)
    before, after = one_channel(before, colours), one_channel(after, colours)
    return before, after, draw_blocks(len(before), *before.shape[1:], rng, per_block)


def smoothing_of(runs):
    """[R, n] of runs of transitions -> weights of a transition and of each of its neighbours, [2]: a Wiener filter for what drawing at whole pixels costs.

    Rounded positions give motions errors with the autocovariance 2s at lag 0, -s at lag 1, 0 beyond. That of motion itself is taken to be v·rho^lag. The mean is not taken off.
    """
    length = runs.shape[1]
    covariance = np.array([(runs[:, lag:] * runs[:, :length - lag]).mean() for lag in range(LAGS)])
    rounding, fits = np.array([2, -1, *[0] * (LAGS - 2)]), []
    for rho in np.arange(100) / 100:
        decay = rho**np.arange(LAGS)
        basis = np.stack([decay, rounding])
        v, s = np.linalg.solve(basis @ basis.T, basis @ covariance)
        if s < 0:
            v, s = decay @ covariance / (decay @ decay), 0
        fits.append((((v * decay + s * rounding - covariance)**2).sum(), rho, v, s))
    _, rho, v, s = min(fits)
    if v <= 0:
        return np.array([1.0, 0.0])
    beside = v * rho - s
    return np.linalg.solve([[v + 2 * s, 2 * beside], [beside, v + 2 * s + v * rho**2]], [v, v * rho])


def smooth(values, weights):
    """[…, n, 4] along n, by weights [4, 2]; the ends are their own neighbours"""
    padded = np.concatenate([values[..., :1, :], values, values[..., -1:, :]], -2)
    return weights[:, 0] * values + weights[:, 1] * (padded[..., :-2, :] + padded[..., 2:, :])


def signs(values, dead_zone):
    """-> -1, 0, 1: below, within, above the dead zone"""
    return (values > dead_zone).astype(int) - (values < -dead_zone)


def shared_information(one, other):
    """Mutual information of two arrays of -1, 0, 1, in bits"""
    joint = np.zeros((3, 3))
    np.add.at(joint, (one + 1, other + 1), 1 / len(one))
    apart = joint.sum(1, keepdims=True) * joint.sum(0)
    return float((joint[joint > 0] * np.log2(joint[joint > 0] / apart[joint > 0])).sum())


def draw(frames, clips, transitions, rng, runs=False):
    """-> u8 [N, H, W, 3] before, after, (clip, first frame) [N, 2]; clips may come twice where there are few. runs: a clip's transitions follow one another, where it has enough"""
    chosen, there = rng.choice(len(frames), clips, replace=len(frames) < clips), frames.shape[1] - 1
    def of_clip():
        if runs and there >= transitions:
            return rng.integers(there - transitions + 1) + np.arange(transitions)
        return rng.choice(there, transitions, replace=there < transitions)
    places = np.array([(clip, t) for clip in chosen for t in of_clip()])
    return np.stack([frames[c, t] for c, t in places]), np.stack([frames[c, t + 1] for c, t in places]), places


def discover(frames, actions, seed, say=print):
    """frames u8 [N, T, H, W, 3] -> TransitionCoder"""
    coder = TransitionCoder(Operators(*OPERATORS, np.random.default_rng([seed, 0])), Generators(*GENERATORS, np.random.default_rng([seed, 1])))
    coder.train(frames, seed, say)
    coder.choose_codes(frames, actions, seed, say)
    return coder


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
