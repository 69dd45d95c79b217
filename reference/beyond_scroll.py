#!/usr/bin/env python3
"""Measures what copying a moved picture cannot give: what enters at the edge, and what was out of sight and comes back.

    python3 reference/beyond_scroll.py MODEL_DIR --pictures P.safetensors [--left 2] [--right 1] [--pace 4]

P has frames [N, T, H, W, 3]; frame 0 is the prompt. Keys that move the picture by --pace pixels per frame are held.
Detail is the mean absolute difference of neighbouring pixels of a row. That of the columns which entered within 12 frames is divided by that of
the prompt: 1 is as detailed as the prompt, 0 the last column repeated. There and back is one key held for 2 frames and then the other:
of the columns that left and came back, the share of first codes that are the prompt's.
"""
import argparse

import torch

import safetensors
from clips import as_floats
from maskgit import play
from weights import load_model

ENTERED, AWAY = 12, 2  # frames


def detail(pixels):
    """[B, H, W, 3] -> [B]"""
    return (pixels[:, :, 1:] - pixels[:, :, :-1]).abs().mean((1, 2, 3))


@torch.no_grad()
def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('model')
    parser.add_argument('--pictures', required=True)
    parser.add_argument('--left', type=int, default=2)
    parser.add_argument('--right', type=int, default=1)
    parser.add_argument('--pace', type=int, default=4)
    args = parser.parse_args()
    config, parts = load_model(args.model, components=('tokenizer', 'dynamics'))
    tokenizer, dynamics = parts.values()
    frames = as_floats(safetensors.open_tensor(args.pictures, 'frames')[:, :1])
    count, columns = len(frames), config.frame.width // config.tokenizer.patch
    prompt, seeds = tokenizer.encode(frames), torch.arange(count)
    entered, gone = min(ENTERED * args.pace, config.frame.width), AWAY * args.pace // config.tokenizer.patch
    ratios, back, repeated = [], [], []
    for key, other, is_left in ((args.left, args.right, True), (args.right, args.left, False)):
        held = torch.full((count, ENTERED), key)
        last = tokenizer.decode(play(dynamics, prompt, held, config.sampling, seeds))[:, -1]
        ratios.append(detail(last[:, :, :entered] if is_left else last[:, :, -entered:]) / detail(frames[:, 0]).clamp(min=1e-4))
        away = torch.tensor([[key] * AWAY + [other] * AWAY]).expand(count, -1)
        returned = play(dynamics, prompt, away, config.sampling, seeds)[:, -1]
        first, truth = (dynamics.each(codes)[..., 0].unflatten(1, (-1, columns)) for codes in (returned, prompt[:, 0]))
        side = slice(columns - gone, columns) if is_left else slice(0, gone)
        back.append((first[:, :, side] == truth[:, :, side]).float().mean((1, 2)))
        edge = truth[:, :, columns - gone - 1:columns - gone] if is_left else truth[:, :, gone:gone + 1]
        repeated.append((edge == truth[:, :, side]).float().mean((1, 2)))
    ratios, back, repeated = (torch.cat(part) for part in (ratios, back, repeated))
    print(f'detail of what entered in {ENTERED} frames, over the prompt\'s: median {ratios.median():.2f}, between 0.5 and 1.5 in {((ratios > 0.5) & (ratios < 1.5)).sum()} of {len(ratios)}')
    print(f'there and back, {AWAY} frames each: {100 * back.mean():.0f} % of the first codes that left are right; {100 * repeated.mean():.0f} % with the last column in sight repeated')


if __name__ == '__main__':
    main()
