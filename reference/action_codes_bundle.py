#!/usr/bin/env python3
"""Writes test/golden/action_codes/steps.safetensors: what linear_operators.py, and the smoothing of action_codes.py, compute without random numbers, in 64-bit floats.

    python3 reference/action_codes_bundle.py OUT.safetensors
"""
import sys

import numpy as np
import torch

import safetensors
from action_codes import smooth, smoothing_of
from linear_operators import Generators, Operators, assign_evenly, block_weights, centred, changing_colours, choose_two, object_motion, saturated_errors

CLIPS, N, HEIGHT, WIDTH, BLOCKS, PIXELS = 2, 8, 20, 24, 6, 4
COUNT, RADIUS, UPDATES, FITTED_PIXELS, LEAST_SHARE = 5, 2, 8, 2, 0.1
GENERATORS, SMALL_RADIUS, SMALL_UPDATES = 2, 1, 3
RUNS, LENGTH = 64, 8


def smooth_pictures(rng, count):
    """Pictures in which neighbours are alike"""
    noise = torch.from_numpy(rng.standard_normal((count, 1, HEIGHT, WIDTH)))
    return torch.nn.functional.avg_pool2d(noise, 3, stride=1, padding=1)[:, 0]


def coordinates(rng):
    """[R, n, 4] of runs: a slow motion drawn at whole pixels, one that jumps and is drawn exactly, noise, and nothing"""
    speeds = np.zeros((RUNS, LENGTH + 1))
    speeds[:, 0] = rng.standard_normal(RUNS)
    for t in range(LENGTH):
        speeds[:, t + 1] = 0.9 * speeds[:, t] + 0.4 * rng.standard_normal(RUNS)
    slow = np.diff(np.round(speeds.cumsum(1) + rng.random((RUNS, 1))))
    jumps = 4 * np.repeat(rng.integers(-1, 2, (RUNS, LENGTH // 2)), 2, 1)
    return np.stack([slow, jumps, rng.standard_normal((RUNS, LENGTH)), 0 * slow], -1).astype(np.float32).astype(np.float64)


def main():
    torch.set_default_dtype(torch.float64)
    rng = np.random.default_rng(1)
    before, after = smooth_pictures(rng, N), smooth_pictures(rng, N)
    after = 0.5 * after + 0.5 * before.roll(1, dims=2)
    rows = torch.from_numpy(rng.integers(HEIGHT, size=(N, BLOCKS, PIXELS)))
    columns = torch.from_numpy(rng.integers(WIDTH, size=(N, BLOCKS, PIXELS)))
    fit_weights = torch.from_numpy(rng.random((N, BLOCKS, COUNT)) * (rng.random((N, BLOCKS, COUNT)) < 0.6))
    chosen = torch.from_numpy(rng.integers(COUNT, size=N))
    layer, small = Operators(COUNT, RADIUS), Generators(GENERATORS, SMALL_RADIUS)
    layer.weight = torch.from_numpy(0.05 * rng.standard_normal(layer.weight.shape))
    small.weight = torch.from_numpy(0.1 * rng.standard_normal(small.weight.shape))
    small.gram, small.cross_products = small.gram.double(), small.cross_products.double()
    colours = torch.from_numpy(rng.integers(256, size=(3, 2, 8, 8, 3)))
    bundle = {'in.before': before, 'in.after': after, 'in.rows': rows, 'in.columns': columns, 'in.fit_weights': fit_weights, 'in.chosen': chosen, 'in.weights': layer.weight,
              'in.generators': small.weight, 'in.colours': colours}
    # The stored numbers are the inputs.
    bundle = {name: value.float().double() if value.is_floating_point() else value for name, value in bundle.items()}
    before, after, fit_weights, layer.weight, small.weight = (bundle[name] for name in ('in.before', 'in.after', 'in.fit_weights', 'in.weights', 'in.generators'))
    neighbourhoods, changes, errors = layer.samples(before, after, (rows, columns))
    means, weights = errors.mean(1), block_weights(changes)
    a, b, share = choose_two(errors, weights)
    second, own = object_motion(errors[torch.arange(N), :, a], errors, weights, LEAST_SHARE)
    assert 0 < own.sum() < N
    bundle |= {'out.errors': errors, 'out.saturated': saturated_errors(errors, weights), 'out.centred': centred(means, CLIPS), 'out.even': assign_evenly(means),
               'out.a': a, 'out.b': b, 'out.share': share, 'out.second': second, 'out.own': own, 'out.colours': changing_colours((colours[:, 1] - colours[:, 0]) / 255)}
    for update in range(1, UPDATES + 1):
        layer.learn(neighbourhoods[:, :, :FITTED_PIXELS], changes[:, :, :FITTED_PIXELS], fit_weights)
        if update in (4, UPDATES):
            bundle[f'out.weights.{update}'] = layer.weight
    bundle |= {'out.predicted': layer.apply(before, chosen), 'out.moments': layer.moments()}
    neighbourhoods, changes = small.samples(before, after, (rows, columns))
    for update in range(1, SMALL_UPDATES + 1):
        coefficients, counted = small.coefficients(neighbourhoods, changes, weights * share)
        if update == 1:
            bundle |= {'out.amounts': coefficients, 'out.amounts.fit_weights': counted, 'out.small': small.apply(before, small.at_most_a_pixel(3 * coefficients))}
        small.learn(neighbourhoods, changes, coefficients, counted)
    bundle['out.generators'] = small.weight
    runs = coordinates(np.random.default_rng(2))
    smoothing = np.stack([smoothing_of(runs[:, :, d]) for d in range(4)])
    bundle |= {'in.runs': torch.from_numpy(runs), 'out.smoothing': torch.from_numpy(smoothing), 'out.smoothed': torch.from_numpy(smooth(runs, smoothing))}
    safetensors.save(sys.argv[1], {name: value.numpy().astype(np.float32 if value.is_floating_point() else np.int32) for name, value in bundle.items()}, {})


if __name__ == '__main__':
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main()
