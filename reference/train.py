#!/usr/bin/env python3
"""Trains one component from video: tokenizer first, then latent_action, then dynamics, all into one directory.

    python3 reference/train.py tokenizer --data CLIP.safetensors --config CONFIG.json --out DIR --minutes 25
    torchrun --nproc_per_node=2 reference/train.py dynamics … --resume

Stops at --minutes or --steps; writes DIR/COMPONENT.safetensors (F32) at the end and DIR/COMPONENT.checkpoint on the way.
"""
import argparse
import os
import shutil

import torch

from config import COMPONENTS, load_config
from recipe_dynamics import DynamicsRecipe
from recipe_latent_action import LatentActionRecipe
from recipe_played import PlayedDynamicsRecipe
from recipe_tokenizer import TokenizerRecipe
from trainer import DistributedContext, Trainer
from weights import save_component

RECIPES = {'tokenizer': TokenizerRecipe, 'latent_action': LatentActionRecipe, 'dynamics': DynamicsRecipe}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('component', choices=COMPONENTS)
    parser.add_argument('--data', required=True, help='clips: safetensors with frames u8 [N, T, H, W, 3]')
    parser.add_argument('--config', required=True)
    parser.add_argument('--out', required=True)
    length = parser.add_mutually_exclusive_group(required=True)
    length.add_argument('--minutes', type=float)
    length.add_argument('--steps', type=int)
    parser.add_argument('--resume', action='store_true', help='resume from the checkpoint in --out, if there is one')
    parser.add_argument('--from', dest='origin', metavar='DIR', help="begin with the weights of DIR's COMPONENT.safetensors rather than afresh")
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--warm-up', type=int, default=100, help='steps of linear warm-up, or a tenth of the run if that is shorter')
    parser.add_argument('--constant', action='store_true', help='no decay of the learning rate, so that --steps can be raised later')
    parser.add_argument('--batch', type=int, help='clips per step and process')
    parser.add_argument('--frames', type=int, help='frames per clip')
    parser.add_argument('--rate', type=float, help='peak learning rate')
    parser.add_argument('--changing', type=float, help='weight of pixels or patches that differ from the frame before; 1 weighs all alike')
    parser.add_argument('--decoder-only', action='store_true', help='of a tokenizer begun with --from: its codes stay what they are, for a dynamics that knows them')
    parser.add_argument('--targets', type=int, default=24000, help='of a latent action model: transitions of the video that get a target code')
    parser.add_argument('--colours', action='store_true', help='of a latent action model: every clip of a batch in other colours, channels exchanged and some inverted. Many looks of a game are then learnt from few')
    parser.add_argument('--actions', choices=['latent_action', 'labels'], default='latent_action', help="what the dynamics is given: the trained LAM's codes, or the clips' own `actions` (experiments)")
    parser.add_argument('--fast', action='store_true', help='transformer blocks compiled, with matrix products in bfloat16 (torch 2.2): a third of the time on a CPU with AVX-512 BF16')
    return parser.parse_args()


def recipe_of(component, config):
    played = component == 'dynamics' and config.tokenizer.codebooks > 1
    return PlayedDynamicsRecipe if played else RECIPES[component]


def main():
    args = arguments()
    processes = DistributedContext()
    torch.manual_seed(args.seed)
    os.makedirs(args.out, exist_ok=True)
    config = load_config(args.config)
    kind = recipe_of(args.component, config)
    for name, value in kind.defaults.items():
        if getattr(args, name, None) is None:
            setattr(args, name, value)
    recipe = kind(config, args, processes)
    Trainer(recipe, args, processes).run()
    if processes.rank == 0:
        save_component(os.path.join(args.out, f'{args.component}.safetensors'), recipe.module)
        target = os.path.join(args.out, 'config.json')
        if os.path.abspath(args.config) != os.path.abspath(target):
            shutil.copyfile(args.config, target)


if __name__ == '__main__':
    main()
