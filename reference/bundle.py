#!/usr/bin/env python3
"""Writes a reference bundle (model.md §7): inputs, and the outputs that this implementation computes in 64-bit floats.

With N codebooks, codes and tokens have a last axis [N], logits [N, K], and in.known are the codes before, which later codebooks are conditioned on (docs/codebooks-spec.md).
For a latent action model of tokens, out.prediction are the logits of the next frame's codes [T-1, S, K], and its gradients' input is in.tokens.

    python3 reference/bundle.py MODEL_DIR CLIP.safetensors --out BUNDLE.safetensors [--clip 0 --start 0 --frames 8]
        [--prompt 1 --play 0,1,2 --seed 1 --steps 8 --temperature 1 --choice-temperature 1 --guidance 1] [--gradients COMPONENT [--played]]
"""
import argparse
import os
import types

import numpy as np
import torch

import safetensors
from gradients import component_gradients
from maskgit import play
from weights import load_component, load_model

SAMPLING = ['steps', 'temperature', 'choice_temperature', 'guidance', 'threshold']


def mask_some(tokens, rng, share=0.5):
    """tokens [T, S], or [T, S, N] with N codebooks -> [T, S] bool: masks positions at random in every frame but the first."""
    masked = rng.random(tokens.shape[:2]) < share
    masked[0] = False
    return masked


def outputs(model, frames, rng, prompt, plan, sampling, seed):
    """frames u8 [T, H, W, 3] -> the tensors of a reference bundle."""
    clip = torch.from_numpy(frames.copy()).double()[None] / 255
    with torch.no_grad():
        codes = model['tokenizer'].encode(clip)
        seen = codes if model['latent_action'].of_tokens else clip
        actions = model['latent_action'].encode(seen)
        in_actions = torch.where(torch.rand(actions.shape, generator=torch.Generator().manual_seed(seed)) < 0.2, -1, actions)
        tokens = model['dynamics'].hide(codes, torch.from_numpy(mask_some(codes[0].numpy(), rng))[None])
        led = torch.cat([torch.full_like(in_actions[:, :1], -1), in_actions], dim=1)
        bundle = {
            'in.frames': clip[0] * 255, 'out.codes': codes[0], 'out.actions': actions[0],
            'out.reconstruction': model['tokenizer'].decode(codes)[0],
            'out.prediction': model['latent_action'].predict(seen, actions)[0],
            'in.tokens': tokens[0], 'in.actions': in_actions[0], 'out.logits': model['dynamics'](tokens, led, known=codes)[0],
        }
        if model['dynamics'].codebooks > 1:
            bundle['in.known'] = codes[0]
        if plan:
            played = play(model['dynamics'], model['tokenizer'].encode(clip[:, :prompt]), torch.tensor([plan]), sampling, [seed])
            bundle |= {'in.prompt': clip[0, :prompt] * 255, 'in.play': torch.tensor(plan), 'out.tokens': played[0]}
    return bundle


def as_stored(name, tensor):
    if name in ('in.frames', 'in.prompt', 'in.mask', 'in.mask_played'):
        return tensor.round().numpy().astype(np.uint8)
    return tensor.numpy().astype(np.float32 if tensor.is_floating_point() else np.int32)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('model')
    parser.add_argument('clip')
    parser.add_argument('--out', required=True)
    parser.add_argument('--clip-index', type=int, default=0, dest='index', help='which clip of the file')
    parser.add_argument('--start', type=int, default=0)
    parser.add_argument('--frames', type=int, default=8)
    parser.add_argument('--prompt', type=int, default=1, help='prompt frames')
    parser.add_argument('--play', default='', help='actions, by comma: one a step')
    parser.add_argument('--seed', type=int, default=1)
    for name, kind in zip(SAMPLING, [int, float, float, float, float]):
        parser.add_argument('--' + name.replace('_', '-'), type=kind, help="default: the model's own")
    parser.add_argument('--gradients', metavar='COMPONENT', help='write a gradient bundle of this component instead')
    parser.add_argument('--played', action='store_true', help='of the dynamics: the loss as it is played (docs/codebooks-spec.md)')
    args = parser.parse_args()

    frames = np.array(safetensors.open_tensor(args.clip, 'frames')[args.index, args.start:args.start + args.frames])
    rng = np.random.default_rng(args.seed)
    config, source = None, f'reference/bundle.py, float64, {os.path.basename(args.clip)} clip {args.index} from {args.start}'
    if args.gradients:
        module = load_component(args.model, args.gradients, dtype=torch.float64)
        if args.gradients == 'dynamics' or getattr(module, 'of_tokens', False):
            config, model = load_model(args.model, torch.float64, ['tokenizer', 'latent_action'])
            clip = torch.from_numpy(frames).double()[None] / 255
            with torch.no_grad():
                codes = model['tokenizer'].encode(clip)
                inputs = {'in.tokens': codes[0]}
                if args.gradients == 'dynamics':
                    seen = codes if model['latent_action'].of_tokens else clip
                    mask = 'in.mask_played' if args.played else 'in.mask'
                    inputs |= {'in.actions': model['latent_action'].encode(seen)[0], mask: torch.from_numpy(mask_some(codes[0].numpy(), rng)).double()}
        else:
            inputs = {'in.frames': torch.from_numpy(frames).double()}
        bundle = {**inputs, **component_gradients(args.gradients, module, inputs)}
        metadata = {'component': args.gradients, 'source': source}
    else:
        config, model = load_model(args.model, torch.float64)
        chosen = {name: getattr(args, name) if getattr(args, name) is not None else getattr(config.sampling, name, 1) for name in SAMPLING}
        plan = [int(action) for action in args.play.split(',') if action]
        bundle = outputs(model, frames, rng, args.prompt, plan, types.SimpleNamespace(**chosen), args.seed)
        metadata = {'seed': str(args.seed), **{name: str(value) for name, value in chosen.items()}, 'source': source}
    safetensors.save(args.out, {name: as_stored(name, tensor.detach()) for name, tensor in bundle.items()}, metadata)
    print(f'{args.out}: {", ".join(name for name in bundle if not name.startswith("grad."))}')


if __name__ == '__main__':
    main()
