#!/usr/bin/env python3
"""Finds which latent action each key stands for, from a few labelled transitions, and writes it into config.json.

    python3 reference/keys.py WORLD_DIR --data train.safetensors [--labelled 200]

A key gets the code given most often to transitions in which the player did what the key
is for. This is the only place where labels touch a world; the paper does the same to hand one over (its §3.3).
"""
import argparse
import json
import os

import numpy as np
import torch

from clips import Clips, as_floats
from config import load_config
from moving import directions
from recipe_latent_action import direction_centres
from starts import nearest_centre
from weights import load_latent_action

WANTED = {'ArrowLeft': 0, 'ArrowRight': 2, 'ArrowUp': 4, ' ': 4, '': 1,  # moves: (left, still, right) + 3 if rising; '' is no key
          'ArrowLeft+ArrowUp': 3, 'ArrowRight+ArrowUp': 5}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('world')
    parser.add_argument('--data', required=True)
    parser.add_argument('--labelled', type=int, default=200, help='transitions')
    parser.add_argument('--actions', choices=['latent_action', 'directions'], default='latent_action', help='whose codes the dynamics was trained on')
    args = parser.parse_args()
    path = os.path.join(args.world, 'config.json')
    config = load_config(path)
    clips, rng = Clips(args.data, config), np.random.default_rng(0)
    moves, length = clips.labels('moves'), 5
    clip, start = clips.where(rng, args.labelled // (length - 1), length)
    frames = as_floats(np.stack([clips.frames[c, s:s + length] for c, s in zip(clip, start)]))
    labels = np.stack([moves[c, s:s + length - 1] for c, s in zip(clip, start)]).ravel()
    with torch.no_grad():
        if args.actions == 'directions':
            codes = nearest_centre(directions(frames), direction_centres(clips, config.latent_action.actions)).numpy()
        else:
            lam, seen = load_latent_action(args.world, config)
            codes = lam.encode(seen(frames)).numpy().ravel()
    keys = {}
    for key, move in WANTED.items():
        counts = np.bincount(codes[labels == move], minlength=config.latent_action.actions)
        keys[key] = int(counts.argmax())
        print(f'{key!r:>22}: latent action {keys[key]}, {counts.max()} of {counts.sum()}')
    with open(path) as file:
        text = json.load(file)
    text['keys'] = keys
    with open(path, 'w') as file:
        file.write('{\n' + ',\n'.join(f'  {json.dumps(name)}: {json.dumps(value)}' for name, value in text.items()) + '\n}\n')


if __name__ == '__main__':
    main()
