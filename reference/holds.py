#!/usr/bin/env python3
"""Measures how well a world keeps a picture: single pictures as prompts, left and right held for 8 frames; and clips played with their own actions.

    python3 reference/holds.py MODEL_DIR --pictures P.safetensors --left 1 --right 2 [--clips C.safetensors] [--sheet S.png] [--memory 1]

P has frames [N, T, H, W, 3]; frame 0 is the prompt. A picture holds when both keys scroll it at least 8 pixels, opposite ways, and what is
still in view matches the prompt at 20 dB or more. C also has `actions` [N, T-1], codes of the model. --memory is how many past frames play sees.
"""
import argparse

import numpy as np
import torch

import safetensors
from clips import Clips, as_floats
from maskgit import play
from pictures import contact_sheet, write_png
from weights import load_model

FRAMES = (1, 2, 4, 8)
REACH_X, REACH_Y = 44, 10  # pixels: how far a match is looked for


def best_shift(prompt, frame):
    """[H, W, 3] in 0…1 twice -> (dB, dx, dy) of the shift under which the frame shows the prompt best; at least a quarter stays in view."""
    height, width, _ = prompt.shape

    def overlap(a, b):
        """[2H, 2W] sums of a·b over what is in view of both, by the shift (dy, dx) of b, modulo the size"""
        spectra = [np.fft.rfft2(part, (2 * height, 2 * width), axes=(0, 1)) for part in (a, b)]
        return np.fft.irfft2((np.conj(spectra[0]) * spectra[1]).sum(-1), (2 * height, 2 * width))

    ones = np.ones_like(prompt)
    error = overlap(prompt**2, ones) + overlap(ones, frame**2) - 2 * overlap(prompt, frame)
    best = (-1.0, 0, 0)
    for dx in sorted(range(-REACH_X, REACH_X + 1), key=abs):  # of shifts that are as good, the smallest
        for dy in sorted(range(-REACH_Y, REACH_Y + 1), key=abs):
            seen = (width - abs(dx)) * (height - abs(dy))
            if 4 * seen >= width * height:
                quality = -10 * np.log10(max(float(error[dy, dx]) / (3 * seen), 1e-6))
                if quality > best[0]:
                    best = (quality, dx, dy)
    return best


def shorten_memory(module, memory):
    """Limits the window to `memory` past frames."""
    for block in module.blocks:
        block.window = min(block.window, memory + 1)


@torch.no_grad()
def pictures_hold(args, config, tokenizer, dynamics):
    frames = as_floats(safetensors.open_tensor(args.pictures, 'frames')[:, :1])
    prompt = tokenizer.encode(frames)
    drawn = []
    for action in (args.left, args.right):
        actions = torch.full((len(frames), max(FRAMES)), action)
        drawn.append(tokenizer.decode(play(dynamics, prompt, actions, config.sampling, torch.arange(len(frames))))[:, 1:])
    truth = frames[:, 0].numpy()
    found = np.array([[[best_shift(truth[i], side[i, f - 1].numpy()) for f in FRAMES] for side in drawn] for i in range(len(frames))])  # [N, 2, F, 3]
    quality, across = found[..., 0], found[..., 1]
    held = (across[:, 0, -1] * across[:, 1, -1] < 0) & (np.abs(across[:, :, -1]).min(1) >= 8) & (quality[:, :, -1].min(1) >= 20)
    ceiling = -10 * torch.log10((tokenizer.decode(prompt) - frames).square().mean(dim=(1, 2, 3, 4)))
    print(f'tokenizer {ceiling.mean():.2f} dB; {held.sum()} of {len(held)} pictures hold: ' + ', '.join(str(i) for i in np.flatnonzero(held)))
    for f, at in enumerate(FRAMES):
        print(f'  frame {at}: {quality[:, :, f].mean():.2f} dB, median shift left key {np.median(across[:, 0, f]):.0f}, right key {np.median(across[:, 1, f]):.0f} px')
    return [[truth[i], tokenizer.decode(prompt[i:i + 1])[0, 0].numpy(), *(side[i, f - 1].numpy() for side in drawn for f in FRAMES)] for i in range(len(frames))]


@torch.no_grad()
def clips_play(args, config, tokenizer, dynamics):
    clips = Clips(args.clips, config)
    count, length = min(args.count, clips.count), max(FRAMES) + 1
    frames, actions = as_floats(clips.frames[:count, :length]), torch.from_numpy(clips.labels('actions')[:count, :length - 1]).long()
    tokens, others = tokenizer.encode(frames), torch.randint(config.latent_action.actions, actions.shape, generator=torch.Generator().manual_seed(1))
    drawn = [play(dynamics, tokens[:, :1], given, config.sampling, torch.arange(count)) for given in (actions, others)]
    pixels = [tokenizer.decode(part) for part in drawn]
    for f in FRAMES:
        right = (drawn[0][:, f] == tokens[:, f]).float().mean(dim=(0, 1)).tolist()
        true, random, copied = (float((-10 * torch.log10((part - frames[:, f]).square().mean(dim=(1, 2, 3)) + 1e-6)).mean()) for part in (pixels[0][:, f], pixels[1][:, f], frames[:, 0]))
        print(f'  clips, frame {f}: codes right {" ".join(f"{share:.3f}" for share in right)}; {true:.2f} dB, with random actions {random:.2f}, Δ {true - random:.2f}; the prompt itself {copied:.2f}')
    return [row for i in range(min(8, count)) for row in (list(frames[i].numpy()), list(pixels[0][i].numpy()))]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('model')
    parser.add_argument('--pictures')
    parser.add_argument('--clips')
    parser.add_argument('--count', type=int, default=32)
    parser.add_argument('--left', type=int, default=1)
    parser.add_argument('--right', type=int, default=2)
    parser.add_argument('--memory', type=int, default=1000)
    parser.add_argument('--steps', type=int)
    parser.add_argument('--sheet')
    args = parser.parse_args()
    config, parts = load_model(args.model, components=('tokenizer', 'dynamics'))
    tokenizer, dynamics = parts.values()
    config.sampling.steps = args.steps or config.sampling.steps
    shorten_memory(dynamics, args.memory)
    rows = []
    if args.pictures:
        rows += pictures_hold(args, config, tokenizer, dynamics)
    if args.clips:
        rows += clips_play(args, config, tokenizer, dynamics)
    if args.sheet:
        write_png(args.sheet, contact_sheet(rows))


if __name__ == '__main__':
    main()
