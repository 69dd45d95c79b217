#!/usr/bin/env python3
"""A world of seeded random weights and a clip of noise for it: what test/golden/vit, c-vivit and codebooks were made of.

    python3 reference/random_world.py CONFIG.json --out DIR [--seed 1 --frames 8]     writes config, weights and DIR/clip.safetensors
"""
import argparse
import os
import shutil

import numpy as np
import torch

import safetensors
from config import load_config
from weights import CLASSES, save_component


@torch.no_grad()
def shake(module):
    """Gains near 1, all else about 1/√width, so that leaving out any tensor changes the outputs."""
    for name, value in module.state_dict().items():
        value.normal_(0, 0.2 if name.endswith('norm.weight') else value.shape[-1]**-0.5)
        if name.endswith('norm.weight'):
            value += 1
    if hasattr(module, 'codebook') and module.codebooks > 1:  # lengths count here: many codes are to be used, and most pixels to lie in 0…1
        module.encoder.patch.weight *= 4
        module.encoder.patch.bias.copy_(-0.5 * module.encoder.patch.weight.sum(-1))
        module.decoder.head.weight *= 0.2
        module.decoder.head.bias.fill_(0.5)
        for n, rows in enumerate(module.codebook.chunk(module.codebooks)):
            rows *= 2 * 0.5**n


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('config')
    parser.add_argument('--out', required=True)
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--frames', type=int, default=8)
    args = parser.parse_args()
    config = load_config(args.config)
    os.makedirs(args.out, exist_ok=True)
    torch.manual_seed(args.seed)
    for name, kind in CLASSES.items():
        module = kind(config)
        shake(module)
        save_component(os.path.join(args.out, f'{name}.safetensors'), module)
    size = (1, args.frames, config.frame.height, config.frame.width, 3)
    frames = np.random.default_rng(args.seed).integers(256, size=size).astype(np.uint8)
    safetensors.save(os.path.join(args.out, 'clip.safetensors'), {'frames': frames})
    if os.path.abspath(args.config) != os.path.abspath(os.path.join(args.out, 'config.json')):
        shutil.copyfile(args.config, os.path.join(args.out, 'config.json'))


if __name__ == '__main__':
    main()
