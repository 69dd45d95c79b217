#!/usr/bin/env python3
"""Writes test/golden/action_codes/steps.safetensors: what linear_operators.py computes without random numbers, in 64-bit floats.

    python3 reference/action_codes_bundle.py OUT.safetensors
"""
import sys

import numpy as np
import torch

import safetensors
from linear_operators import Operators, assign_evenly, centred, choose_pairs, look, weigh

CLIPS, N, HEIGHT, WIDTH, BLOCKS, PIXELS = 2, 8, 20, 24, 6, 4
COUNT, RADIUS, UPDATES, LEARNT, WORTH = 5, 2, 8, 2, 0.07


def smooth(rng, count):
    """Pictures in which neighbours are alike"""
    noise = torch.from_numpy(rng.standard_normal((count, 1, HEIGHT, WIDTH)))
    return torch.nn.functional.avg_pool2d(noise, 3, stride=1, padding=1)[:, 0]


def main():
    torch.set_default_dtype(torch.float64)
    rng = np.random.default_rng(1)
    before, after = smooth(rng, N), smooth(rng, N)
    after = 0.5 * after + 0.5 * before.roll(1, dims=2)
    rows = torch.from_numpy(rng.integers(HEIGHT, size=(N, BLOCKS, PIXELS)))
    columns = torch.from_numpy(rng.integers(WIDTH, size=(N, BLOCKS, PIXELS)))
    gains = torch.from_numpy(rng.random((N, BLOCKS, COUNT)) * (rng.random((N, BLOCKS, COUNT)) < 0.6))
    chosen = torch.from_numpy(rng.integers(COUNT, size=N))
    layer = Operators(COUNT, RADIUS)
    layer.weight = torch.from_numpy(0.05 * rng.standard_normal(layer.weight.shape))
    bundle = {'in.before': before, 'in.after': after, 'in.rows': rows, 'in.columns': columns, 'in.gains': gains, 'in.chosen': chosen, 'in.weights': layer.weight}
    # The stored numbers are the inputs.
    bundle = {name: value.float().double() if value.is_floating_point() else value for name, value in bundle.items()}
    before, after, gains, layer.weight = (bundle[name] for name in ('in.before', 'in.after', 'in.gains', 'in.weights'))
    windows, changes, errors = look(before, after, (rows, columns), layer)
    means = errors.mean(1)
    a, b, share = choose_pairs(errors, weigh(changes))
    worth = choose_pairs(errors, weigh(changes), WORTH)
    assert 0 < (worth[0] == worth[1]).sum() < N
    bundle |= {'out.errors': errors, 'out.centred': centred(means, CLIPS), 'out.even': assign_evenly(means), 'out.a': a, 'out.b': b, 'out.share': share}
    bundle |= {f'out.{name}.worth': value for name, value in zip(('a', 'b', 'share'), worth)}
    for update in range(1, UPDATES + 1):
        layer.learn(windows[:, :, :LEARNT], changes[:, :, :LEARNT], gains)
        if update in (4, UPDATES):
            bundle[f'out.weights.{update}'] = layer.weight
    bundle |= {'out.predicted': layer.apply(before, chosen), 'out.moments': layer.moments()}
    safetensors.save(sys.argv[1], {name: value.numpy().astype(np.float32 if value.is_floating_point() else np.int32) for name, value in bundle.items()}, {})


if __name__ == '__main__':
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main()
