#!/usr/bin/env python3
"""Writes a gradient bundle of the tokenizer's training as the recipe does it, in 64-bit floats: 20 · MSE with weights of pixels, and the codebook's terms; or, with --autoencoder, the phase before, in which nothing is quantised.

Pixels are weighted at random, so that no weight can be left out unnoticed.

    python3 reference/tokenizer_gradients.py MODEL_DIR CLIP.safetensors --out BUNDLE.safetensors [--autoencoder] [--frames 5 --seed 1]
"""
import argparse

import numpy as np
import torch

import safetensors
from codebook import unit
from recipe_tokenizer import PIXEL_WEIGHT
from weights import load_component


def training_loss(module, inputs, is_autoencoder):
    """inputs of the bundle, without a clip axis -> loss"""
    frames, weights = inputs['in.frames'][None] / 255, inputs['in.pixel_weights'][None, ..., None]
    if is_autoencoder:
        return PIXEL_WEIGHT * ((module.reconstruct(unit(module.latents(frames))) - frames).square() * weights).mean()
    return module.loss(frames, PIXEL_WEIGHT, weights)[0]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('model')
    parser.add_argument('clip')
    parser.add_argument('--out', required=True)
    parser.add_argument('--autoencoder', action='store_true')
    parser.add_argument('--frames', type=int, default=5)
    parser.add_argument('--seed', type=int, default=1)
    args = parser.parse_args()

    frames = np.array(safetensors.open_tensor(args.clip, 'frames')[0, :args.frames])
    weights = np.random.default_rng(args.seed).random(frames.shape[:3])
    weights = (weights / weights.mean()).astype(np.float32)  # the stored numbers are the inputs
    inputs = {'in.frames': torch.from_numpy(frames).double(), 'in.pixel_weights': torch.from_numpy(weights).double()}
    module = load_component(args.model, 'tokenizer', dtype=torch.float64)
    loss = training_loss(module, inputs, args.autoencoder)
    loss.backward()
    gradients = {f'grad.{name}': (value.grad if value.grad is not None else torch.zeros_like(value)).numpy().astype(np.float32) for name, value in module.named_parameters()}
    bundle = {'in.frames': frames, 'in.pixel_weights': weights, 'out.loss': loss.detach()[None].numpy().astype(np.float32), **gradients}
    phase = 'autoencoder' if args.autoencoder else 'train'
    safetensors.save(args.out, bundle, {'component': 'tokenizer', 'phase': phase, 'source': f'reference/tokenizer_gradients.py, float64, seed {args.seed}'})


if __name__ == '__main__':
    main()
