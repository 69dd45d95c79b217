#!/usr/bin/env python3
"""Measures played video as a whole: a Fréchet video distance, and how much detail is left after many frames.

    python3 reference/long_play.py MODEL_DIR --data coinrun_test.safetensors [--clips 160] [--long 8 --frames 256]

FVD (arXiv 1812.01717) compares features of an I3D network trained on Kinetics. This is a substitute with a network of random weights, drawn
from a fixed seed: `frechet` of features of 8 frames that follow a prompt of 8, played with inferred actions, against those that followed in
truth, times 1000. Its values compare with each other only, on the same clips. Beside it stand those of the tokenizer alone, which is the
least that play can reach, and of the prompt's last frame repeated.

Detail left is the entropy of the first codebook's codes in a frame, and the mean standard deviation of 4×4 pixels, over those of true frames
of the same clips. Actions are drawn at random, each held for 4 frames.
"""
import argparse

import numpy as np
import torch
from torch.nn import functional as F

from clips import Clips, as_floats
from maskgit import play
from weights import load_latent_action, load_model

PROMPT, AHEAD = 8, 8  # frames
CHANNELS = (16, 24, 32)
HELD = 4  # frames for which a random action is held
PART = 8  # clips at a time


def random_network():
    """-> a function from frames [B, T, H, W, 3] to features [B, 64]: three 3D convolutions of stride 2 with random weights, then mean and deviation of each channel."""
    rng, weights, before = torch.Generator().manual_seed(0), [], 3
    for channels in CHANNELS:
        weights.append(torch.randn(channels, before, 3, 3, 3, generator=rng) * (2 / (27 * before)) ** 0.5)
        before = channels

    def features(frames):
        x = frames.permute(0, 4, 1, 2, 3) * 2 - 1
        for weight in weights:
            x = F.relu(F.conv3d(x, weight, stride=2, padding=1))
        return torch.cat([x.mean((2, 3, 4)), x.std((2, 3, 4))], 1)

    return features


def frechet(a, b):
    """Fréchet distance of two sets of features [n, F] as Gaussians: |m_a - m_b|² + tr(C_a + C_b - 2·√(C_a·C_b))."""
    (mean_a, cov_a), (mean_b, cov_b) = ((x.double().mean(0), torch.cov(x.double().T)) for x in (a, b))
    values, vectors = torch.linalg.eigh(cov_a)
    root = vectors * values.clamp(min=0).sqrt() @ vectors.T
    between = torch.linalg.eigvalsh(root @ cov_b @ root).clamp(min=0).sqrt().sum()
    return float((mean_a - mean_b).square().sum() + cov_a.trace() + cov_b.trace() - 2 * between)


@torch.no_grad()
def distances(tokenizer, dynamics, infer, sampling, clips, count):
    """-> distance by name"""
    features, seen = random_network(), {name: [] for name in ('true', 'played', 'tokenizer alone', 'last frame repeated')}
    for start in range(0, count, PART):
        frames = as_floats(clips.frames[start:min(start + PART, count), :PROMPT + AHEAD])
        tokens, actions = tokenizer.encode(frames), infer(frames)
        played = play(dynamics, tokens[:, :PROMPT], actions[:, PROMPT - 1:], sampling, torch.arange(start, start + len(frames)))
        parts = {'true': frames, 'played': tokenizer.decode(played), 'tokenizer alone': tokenizer.decode(tokens),
                 'last frame repeated': frames[:, PROMPT - 1:PROMPT].expand(-1, PROMPT + AHEAD, -1, -1, -1)}
        for name, part in parts.items():
            seen[name].append(features(part[:, PROMPT:]))
    seen = {name: torch.cat(parts) for name, parts in seen.items()}
    true = seen.pop('true')
    return {name: 1000 * frechet(part, true) for name, part in seen.items()}


def detail(frames, codes):
    """frames [B, H, W, 3], first codes [B, S] -> (entropy of a frame's codes in bits, mean deviation of 4×4 pixels), means over B"""
    entropies = []
    for row in codes.numpy():
        share = np.bincount(row) / len(row)
        entropies.append(-(share[share > 0] * np.log2(share[share > 0])).sum())
    blocks = F.unfold(frames.permute(0, 3, 1, 2), 4, stride=4).unflatten(1, (3, 16))
    return float(np.mean(entropies)), float(blocks.std(2).mean())


@torch.no_grad()
def detail_left(tokenizer, dynamics, sampling, clips, count, length, actions):
    """-> rows (frame, share of the entropy, share of the deviation)"""
    frames = as_floats(clips.frames[:count])
    tokens = tokenizer.encode(frames)
    true = detail(tokenizer.decode(tokens).flatten(0, 1), dynamics.each(tokens)[..., 0].flatten(0, 1))
    held = torch.randint(actions, (count, -(-length // HELD)), generator=torch.Generator().manual_seed(1)).repeat_interleave(HELD, 1)[:, :length]
    played = play(dynamics, tokens[:, :PROMPT], held, sampling, torch.arange(count))[:, PROMPT:]
    rows = []
    for frame in sorted({f for f in (1, 16, 64, 256) if f <= length} | {length}):
        at = played[:, max(0, frame - dynamics.blocks[0].window):frame]
        rows.append((frame, *(a / b for a, b in zip(detail(tokenizer.decode(at)[:, -1], dynamics.each(at)[:, -1, :, 0]), true))))
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('model')
    parser.add_argument('--data', required=True)
    parser.add_argument('--clips', type=int, default=160)
    parser.add_argument('--long', type=int, default=8, help='clips of the long play')
    parser.add_argument('--frames', type=int, default=256, help='frames of the long play')
    args = parser.parse_args()
    config, parts = load_model(args.model, components=('tokenizer', 'dynamics'))
    tokenizer, dynamics = parts.values()
    lam, seen = load_latent_action(args.model, config)
    clips = Clips(args.data, config)
    count = min(args.clips, clips.count)
    if clips.length < PROMPT + AHEAD or count < 2:
        raise SystemExit(f'{args.data}: {count} clips of {clips.length} frames; at least 2 clips of {PROMPT + AHEAD} frames are needed')
    for name, distance in distances(tokenizer, dynamics, lambda frames: lam.encode(seen(frames)), config.sampling, clips, count).items():
        print(f'Fréchet distance, random features, {count} clips, {name}: {distance:.2f}')
    for frame, entropy, deviation in detail_left(tokenizer, dynamics, config.sampling, clips, min(args.long, clips.count), args.frames, config.latent_action.actions):
        print(f'frame {frame}: {100 * entropy:.0f} % of the entropy of codes, {100 * deviation:.0f} % of the deviation of 4×4 pixels')


if __name__ == '__main__':
    main()
