#!/usr/bin/env python3
"""The losses of ten steps from one checkpoint on one batch, which another implementation must reproduce.

    python3 reference/export_step_losses.py MODEL_DIR CLIP.safetensors COMPONENT --out STEPS.safetensors [--clips 2 --frames 5 --rate 1e-3]

The optimiser is the trainer's (AdamW on matrices with decay, encoder and decoder clipped apart, warm-up, here over 5 steps), in 64-bit
floats. Writes the batch (as a gradient bundle has it, with a clip axis) and out.losses f32 [10], each taken before its step.
"""
import argparse
import types

import numpy as np
import torch

import safetensors
from bundle import as_stored, mask_some
from trainer import Trainer
from weights import load_component, load_model

STEPS, WARM_UP, PIXEL_WEIGHT = 10, 5, 20


def batch_of(args, component):
    """-> (module, inputs: tensors with a clip axis)"""
    frames = np.array(safetensors.open_tensor(args.clip, 'frames')[:args.clips, :args.frames])
    clips = torch.from_numpy(frames).double()
    if component != 'dynamics':
        return load_component(args.model, component, dtype=torch.float64), {'in.frames': clips}
    _, model = load_model(args.model, torch.float64)
    with torch.no_grad():
        tokens, actions = model['tokenizer'].encode(clips / 255), model['latent_action'].encode(clips / 255)
    rng = np.random.default_rng(1)
    masked = torch.from_numpy(np.stack([mask_some(clip, rng) for clip in tokens.numpy()]))
    return model['dynamics'], {'in.tokens': tokens, 'in.actions': actions, 'in.mask': masked.double()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('model')
    parser.add_argument('clip')
    parser.add_argument('component')
    parser.add_argument('--out', required=True)
    parser.add_argument('--clips', type=int, default=2)
    parser.add_argument('--frames', type=int, default=5)
    parser.add_argument('--rate', type=float, default=1e-3)
    args = parser.parse_args()
    module, inputs = batch_of(args, args.component)
    module.train()

    def loss():
        if args.component == 'dynamics':
            return module.loss(inputs['in.tokens'].long(), inputs['in.actions'].long(), inputs['in.mask'].bool())[0]
        return module.loss(inputs['in.frames'] / 255, PIXEL_WEIGHT)[0]

    settings = types.SimpleNamespace(out='/tmp', component=args.component, rate=args.rate)
    trainer = Trainer(types.SimpleNamespace(module=module), settings, None)
    losses = []
    for step in range(STEPS):
        for group in trainer.optimiser.param_groups:
            group['lr'] = args.rate * min(1, (step + 1) / WARM_UP)
        value = loss()
        trainer.optimiser.zero_grad()
        value.backward()
        trainer.clip()
        trainer.optimiser.step()
        losses.append(value.detach())
    bundle = {**inputs, 'out.losses': torch.stack(losses)}
    metadata = {'component': args.component, 'rate': str(args.rate), 'warm_up': str(WARM_UP), 'pixel_weight': str(PIXEL_WEIGHT)}
    safetensors.save(args.out, {name: as_stored(name, tensor) for name, tensor in bundle.items()}, metadata)
    print(f'{args.out}: losses {" ".join(f"{float(value):.6f}" for value in losses)}')


if __name__ == '__main__':
    main()
