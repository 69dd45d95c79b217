#!/usr/bin/env python3
"""Averages the weights of one component over several runs, of which each began with the weights of another (arXiv 2109.01903).

    python3 reference/average_weights.py dynamics OUT_DIR RUN_A:1 RUN_B:4    a fifth of A and four fifths of B

Writes OUT_DIR/COMPONENT.safetensors (F32), and config.json if OUT_DIR has none.
"""
import argparse
import os
import shutil

import torch

from config import COMPONENTS, load_config
from weights import load_component, save_component


@torch.no_grad()
def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('component', choices=COMPONENTS)
    parser.add_argument('out')
    parser.add_argument('runs', nargs='+', metavar='RUN:SHARE')
    args = parser.parse_args()
    parts = [(folder, float(share)) for folder, _, share in (run.rpartition(':') for run in args.runs)]
    config_file = os.path.join(parts[0][0], 'config.json')
    config, total = load_config(config_file), sum(share for _, share in parts)
    modules = [(load_component(folder, args.component, config), share / total) for folder, share in parts]
    average = modules[0][0]
    for name, tensor in average.state_dict().items():
        tensor.copy_(sum(share * module.state_dict()[name].double() for module, share in modules))
    os.makedirs(args.out, exist_ok=True)
    save_component(os.path.join(args.out, f'{args.component}.safetensors'), average)
    if not os.path.exists(os.path.join(args.out, 'config.json')):
        shutil.copyfile(config_file, os.path.join(args.out, 'config.json'))


if __name__ == '__main__':
    main()
