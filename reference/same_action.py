#!/usr/bin/env python3
"""Measures whether an action has the same effect in every kind of picture.

    python3 reference/same_action.py MODEL_DIR KIND=FILE.safetensors[:FIRST-END] … [--frames 2] [--count 4]

FILE has frames [N, T, H, W, 3]; frame 0 of --count of its clips, spread over FIRST…END-1 (all, if not given), is a prompt. Every action is held for
--frames frames. The effect is the shift, in pixels per frame, under which the last frame shows the prompt best (holds.py).
Consistency (model.md §8) is 1 less the variance of the effect within an action as a share of all variance, across prompts of all kinds.
"""
import argparse

import numpy as np
import torch

import safetensors
from clips import as_floats
from holds import best_shift
from maskgit import play
from weights import load_model


def prompts(entry, count):
    """-> (kind, frames f32 [count, 1, H, W, 3])"""
    kind, _, rest = entry.partition('=')
    path, _, part = rest.partition(':')
    frames = safetensors.open_tensor(path, 'frames')
    first, end = map(int, part.split('-')) if part else (0, len(frames))
    chosen = np.linspace(first, end - 1, count).round().astype(int)
    return kind, as_floats(np.stack([frames[clip, :1] for clip in chosen]))


@torch.no_grad()
def effects(tokenizer, dynamics, sampling, frames, actions, length):
    """-> [A, B, 2] pixels per frame, down and across"""
    tokens, found = tokenizer.encode(frames), []
    for action in range(actions):
        held = torch.full((len(frames), length), action)
        last = tokenizer.decode(play(dynamics, tokens, held, sampling, torch.arange(len(frames))))[:, -1].numpy()
        found.append([best_shift(before, after)[:0:-1] for before, after in zip(frames[:, 0].numpy(), last)])
    return np.array(found, np.float64) / length


def consistency(found):
    """effects [A, B, 2] -> 1 - variance within an action / variance of all, at least 0; 0 where nothing moves"""
    actions, prompts, _ = found.shape
    within = np.square(found - found.mean(1, keepdims=True)).sum() / (actions * (prompts - 1))
    total = np.square(found - found.mean((0, 1))).sum() / (actions * prompts - 1)
    return max(0.0, 1 - within / total) if total else 0.0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('model')
    parser.add_argument('kinds', nargs='+')
    parser.add_argument('--frames', type=int, default=2, help='for which an action is held; at most 44 pixels across and 10 up or down are found')
    parser.add_argument('--count', type=int, default=4, help='prompts of each kind, 2 or more')
    args = parser.parse_args()
    if args.count < 2:
        raise SystemExit('--count is below 2, but consistency compares prompts')
    config, parts = load_model(args.model, components=('tokenizer', 'dynamics'))
    tokenizer, dynamics = parts.values()
    kinds = {}
    for entry in args.kinds:
        kind, frames = prompts(entry, args.count)
        kinds[kind] = effects(tokenizer, dynamics, config.sampling, frames, config.latent_action.actions, args.frames)
        print(f'{kind}: consistency {consistency(kinds[kind]):.3f}', flush=True)
    every = np.concatenate([*kinds.values()], 1)
    for action, (down, across) in enumerate(every.mean(1)):
        print(f'action {action}: {down:+.1f} px down, {across:+.1f} px across; deviation {every[action].std(0).max():.1f} px')
    print(f'consistency over {every.shape[1]} prompts of {len(kinds)} kinds: {consistency(every):.3f}')


if __name__ == '__main__':
    main()
