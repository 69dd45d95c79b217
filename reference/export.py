#!/usr/bin/env python3
"""Exports a training run as a model folder: 16-bit weights and config.json.

    python3 reference/export.py RUN_DIR WORLD_DIR [--dtype f16]

Components still in training are read from their checkpoints, and missing ones are skipped. An existing WORLD_DIR/config.json is not overwritten.
"""
import argparse
import os
import shutil

import torch

from config import COMPONENTS, load_config
from weights import CLASSES, TORCH_TYPES, load_component, save_component


def newest(directory, component, config):
    path, checkpoint = (os.path.join(directory, f'{component}.{ending}') for ending in ('safetensors', 'checkpoint'))
    if os.path.exists(path):
        return load_component(directory, component, config)
    if not os.path.exists(checkpoint):
        return None
    module = CLASSES[component](config)
    module.load_state_dict(torch.load(checkpoint, map_location='cpu')['module'])
    return module


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('run')
    parser.add_argument('world')
    parser.add_argument('--dtype', choices=TORCH_TYPES, default='f16')
    args = parser.parse_args()
    os.makedirs(args.world, exist_ok=True)
    target, total = os.path.join(args.world, 'config.json'), 0
    if not os.path.exists(target):
        shutil.copyfile(os.path.join(args.run, 'config.json'), target)
    config = load_config(target)
    for component in COMPONENTS:
        path, module = os.path.join(args.world, f'{component}.safetensors'), newest(args.run, component, config)
        if module is None:
            continue
        save_component(path, module, args.dtype)
        size = os.path.getsize(path)
        total += size
        print(f'{path}: {size / 2**20:.2f} MiB')
    print(f'together {total / 2**20:.2f} MiB')


if __name__ == '__main__':
    main()
