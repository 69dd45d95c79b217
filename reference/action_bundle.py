#!/usr/bin/env python3
"""Writes bundles that hold another implementation to the latent action training: one step of the search for codes, and the naming loss.

    python3 reference/action_bundle.py codes CLIP.safetensors --out B.safetensors
    python3 reference/action_bundle.py naming CLIP.safetensors --model MODEL_DIR --out B.safetensors

codes (32-bit): in.before, in.after f32 [N, H, W], in.rows, in.columns i32 [N, M, P], in.weight f32 [K, D²]; out.errors [N, M, K], out.weights [N, M]; one operator a
transition, assigned evenly over in.clips clips: out.even i32 [N]; a pair: out.a, out.b i32 [N], out.share [N, M]; what the pairs teach: out.squares [K, D², D²], out.products
[K, D²]; the operators then solved for, as from the sixth step on: out.solved [K, D²], and their out.moments [K, 2]; out.applied [N, H, W] by operator a.
naming (64-bit): in.frames u8 [B, T, H, W, 3], in.codes i32 [B·(T-1)], in.weights f32 [A]; out.loss and grad.NAME of every tensor of the encoder.
"""
import argparse

import numpy as np
import torch

import safetensors
from action_codes import draw
from linear_operators import Operators, assign_evenly, centred, choose_pairs, draw_blocks, look, one_channel, teach, weigh
from recipe_latent_action import naming_loss
from weights import load_component

CLIPS, TRANSITIONS, COUNT, RADIUS, PIXELS = 2, 3, 5, 3, 4


def codes_bundle(frames):
    rng = np.random.default_rng(1)
    before, after, _ = draw(frames, CLIPS, TRANSITIONS, rng)
    before, after = one_channel(before, after, rng)
    pixels, operators = draw_blocks(len(before), *before.shape[1:], rng, PIXELS), Operators(COUNT, RADIUS, rng)
    operators.weight *= 20
    tensors = {'in.before': before, 'in.after': after, 'in.rows': pixels[0], 'in.columns': pixels[1], 'in.weight': operators.weight.clone(), 'in.clips': torch.tensor([CLIPS])}
    windows, changes, errors = look(before, after, pixels, operators)
    weights = weigh(changes)
    whole = (errors * weights[..., None]).sum(1) / weights.sum(1, keepdim=True)
    a, b, share = choose_pairs(errors, weights)
    tensors |= {'out.errors': errors, 'out.weights': weights, 'out.even': assign_evenly(centred(whole, CLIPS)), 'out.a': a, 'out.b': b, 'out.share': share,
                'out.applied': operators.apply(before, a)}
    gains = torch.zeros_like(errors)
    teach(gains, errors, a, weights * share)
    teach(gains, errors, b, weights * (1 - share))
    operators.learn(windows, changes, gains)
    operators.updates = 6
    operators.solve()
    return {**tensors, 'out.squares': operators.squares, 'out.products': operators.products, 'out.solved': operators.weight, 'out.moments': operators.moments()}


def naming_bundle(frames, model):
    module, rng = load_component(model, 'latent_action', dtype=torch.float64), np.random.default_rng(1)
    actions = len(module.codebook)
    codes, weights = torch.from_numpy(rng.integers(actions, size=frames.shape[0] * (frames.shape[1] - 1))), torch.linspace(0.5, 1.5, actions).double()
    loss, _ = naming_loss(module.latents(torch.from_numpy(frames).double() / 255), module.codebook, codes, weights)
    loss.backward()
    gradients = {f'grad.{name}': value.grad for name, value in module.named_parameters() if name.startswith('encoder.')}
    return {'in.frames': torch.from_numpy(frames), 'in.codes': codes, 'in.weights': weights, 'out.loss': loss.detach()[None], **gradients}


def stored(tensor):
    array = tensor.detach().numpy()
    return array if array.dtype == np.uint8 else array.astype(np.int32 if array.dtype.kind == 'i' else np.float32)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('kind', choices=['codes', 'naming'])
    parser.add_argument('clips')
    parser.add_argument('--model', help='of naming: where latent_action.safetensors is')
    parser.add_argument('--out', required=True)
    args = parser.parse_args()
    frames = safetensors.open_tensor(args.clips, 'frames')
    if args.kind == 'naming' and not args.model:
        parser.error('naming needs --model, a directory with config.json and latent_action.safetensors')
    bundle = codes_bundle(frames) if args.kind == 'codes' else naming_bundle(np.array(frames[:2, :3]), args.model)
    safetensors.save(args.out, {name: stored(tensor) for name, tensor in bundle.items()}, {'kind': args.kind, 'radius': str(RADIUS)})
    print(f'{args.out}: {", ".join(name for name in bundle if not name.startswith("grad."))}')


if __name__ == '__main__':
    main()
