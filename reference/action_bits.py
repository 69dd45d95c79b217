#!/usr/bin/env python3
"""Prints what latent actions tell of the true moves of held-out clips, in bits: of codes as they were found, or of a trained encoder.

    python3 reference/action_bits.py CODES.safetensors --data TEST.safetensors [--first 40]
    python3 reference/action_bits.py MODEL_DIR --data TEST.safetensors

The clips have `moves` [N, T-1] as `djinn record` writes them (0 left, 1 still, 2 right, + 3 up, + 6 down), or [N, T-1, 2] (right, up) in any unit, of which at least --least counts.
"""
import argparse
import os

import numpy as np
import torch

import safetensors
from action_codes import TransitionCoder
from config import load_config
from weights import load_latent_action

FITTED, DRAWS = 200, 20  # transitions that a map is fitted on, and how often they are drawn


def information(a, b):
    """Mutual information of two integer arrays, and the entropy of the second, in bits."""
    joint = np.zeros((a.max() + 1, b.max() + 1))
    np.add.at(joint, (a, b), 1 / len(a))
    across, down = joint.sum(1, keepdims=True), joint.sum(0)
    seen, likely = joint > 0, down > 0
    return (joint[seen] * np.log2(joint[seen] / (across * down)[seen])).sum(), -(down[likely] * np.log2(down[likely])).sum()


def inferred(source, frames):
    """Codes [N, T-1] of clips [N, T, H, W, 3]"""
    if os.path.isdir(source):
        model, seen = load_latent_action(source, load_config(os.path.join(source, 'config.json')))
        with torch.no_grad():
            return np.concatenate([model.encode(seen(torch.from_numpy(np.array(clip[None])).float() / 255)).numpy() for clip in frames])
    coder = TransitionCoder.load(source)
    return np.concatenate([coder.encode(np.array(clip[None])) for clip in frames])


def directions(moves, least):
    """-> left, still, right as 0, 1, 2, and not up, up as 0, 1, each [N, T-1]"""
    if np.issubdtype(moves.dtype, np.integer) and moves.ndim == 2:
        return moves % 3, (moves // 3 == 1).astype(int)
    right, up = moves[..., 0], moves[..., 1]
    return 1 + (right > least) - (right < -least), (up > least).astype(int)


def accuracy(codes, moves, fitted):
    """The share of moves that a map from codes predicts, which gives each code its commonest move among the fitted transitions."""
    table = np.zeros((codes.max() + 1, moves.max() + 1))
    np.add.at(table, (codes[fitted], moves[fitted]), 1)
    return np.mean(table.argmax(1)[codes] == moves)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('source', help='a file of action_codes.py, or a directory with latent_action.safetensors and config.json')
    parser.add_argument('--data', required=True)
    parser.add_argument('--first', type=int, default=0, help='the first clip that counts')
    parser.add_argument('--clips', type=int, default=1000, help='at most so many')
    parser.add_argument('--least', type=float, default=0.05, help='of moves that are numbers: smaller ones are none')
    args = parser.parse_args()
    which = slice(args.first, args.first + args.clips)
    codes = inferred(args.source, safetensors.open_tensor(args.data, 'frames')[which]).astype(int).ravel()
    across, up = (part.ravel() for part in directions(np.array(safetensors.open_tensor(args.data, 'moves')[which]), args.least))
    both = 3 * up + across
    rng = np.random.default_rng(0)
    fitted = np.mean([accuracy(codes, both, rng.permutation(len(codes))[:FITTED]) for _ in range(DRAWS)])
    told = {'all': both, 'left, still, right': across, 'up': up}
    text = ', '.join('%s %.2f of %.2f bit' % (name, *information(codes, of)) for name, of in told.items())
    print(f'{len(np.unique(codes))} codes; {text}; best map {100 * accuracy(codes, both, slice(None)):.1f} %, fitted on {FITTED} transitions {100 * fitted:.1f} %')


if __name__ == '__main__':
    main()
