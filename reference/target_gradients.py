#!/usr/bin/env python3
"""Writes a gradient bundle of the latent action model's training with target codes, in 64-bit floats.

The codes of the transitions are given. The decoder reconstructs each next frame from them, the encoder classifies them by
cross-entropy. Transitions and pixels (or tokens) are weighted at random, so that no weight can be left out unnoticed.

    python3 reference/target_gradients.py MODEL_DIR CLIP.safetensors --out BUNDLE.safetensors [--frames 8 --seed 1]
"""
import argparse

import numpy as np
import torch
from torch.nn import functional as F

import safetensors
from codebook import unit
from weights import load_component, load_model

RECONSTRUCTION, LOGIT_SCALE = 20, 10


def target_loss(module, inputs):
    """inputs of the bundle, without a clip axis -> loss"""
    frames = inputs['in.tokens'][None] if module.of_tokens else inputs['in.frames'][None] / 255
    targets, weights = inputs['in.targets'], inputs['in.frame_weights']
    logits = unit(module.latents(frames))[0] @ inputs['in.class_prototypes'].T
    classification = (inputs['in.target_weights'] * F.cross_entropy(logits, targets, reduction='none')).sum()
    predicted, after = module.next_frames(frames[:, :-1], module.unit_code(targets)[None].detach())[0], frames[0, 1:]
    if module.of_tokens:
        reconstruction = (weights * F.cross_entropy(predicted.movedim(-1, 1), after, reduction='none')).sum()
    else:
        reconstruction = ((predicted - after).square() * weights[..., None]).mean()
    return RECONSTRUCTION * reconstruction + classification


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('model')
    parser.add_argument('clip')
    parser.add_argument('--out', required=True)
    parser.add_argument('--frames', type=int, default=8)
    parser.add_argument('--seed', type=int, default=1)
    args = parser.parse_args()

    rng = np.random.default_rng(args.seed)
    frames = torch.from_numpy(np.array(safetensors.open_tensor(args.clip, 'frames')[0, :args.frames])).double()
    module = load_component(args.model, 'latent_action', dtype=torch.float64)
    inputs = {'in.frames': frames}
    if module.of_tokens:
        _, model = load_model(args.model, torch.float64, ['tokenizer'])
        with torch.no_grad():
            inputs = {'in.tokens': model['tokenizer'].encode(frames[None] / 255)[0]}
    codes, count = len(module.codebook), len(frames) - 1
    weights = torch.from_numpy(rng.random(tuple(inputs.get('in.tokens', frames[..., 0])[1:].shape)))
    target_weights = torch.from_numpy(rng.random(count))
    inputs |= {
        'in.targets': torch.from_numpy(rng.integers(codes, size=count)),
        'in.target_weights': target_weights / target_weights.sum(),
        'in.frame_weights': weights / (weights.sum() if module.of_tokens else weights.mean()),
        'in.class_prototypes': LOGIT_SCALE * unit(module.codebook).detach(),
    }
    # The stored numbers are the inputs: weights are rounded to 32 bits before the loss is computed.
    inputs = {name: value.float().double() if value.is_floating_point() else value for name, value in inputs.items()}
    loss = target_loss(module, inputs)
    loss.backward()
    gradients = {f'grad.{name}': value.grad if value.grad is not None else torch.zeros_like(value) for name, value in module.named_parameters()}
    stored = {'in.frames': np.uint8, 'in.tokens': np.int32, 'in.targets': np.int32}
    bundle = {**inputs, 'out.loss': loss.detach()[None], **gradients}
    safetensors.save(args.out, {name: value.numpy().astype(stored.get(name, np.float32)) for name, value in bundle.items()},
                     {'component': 'latent_action', 'source': f'reference/target_gradients.py, float64, seed {args.seed}'})


if __name__ == '__main__':
    main()
