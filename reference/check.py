#!/usr/bin/env python3
"""Compares this implementation with a bundle's numbers (model.md §7): outputs, played tokens or gradients, whichever it has.

    python3 reference/check.py MODEL_DIR BUNDLE.safetensors …     exits 1 when anything disagrees
"""
import argparse
import sys
import types

import numpy as np
import torch

import safetensors
from dynamics import led_into
from gradients import component_gradients
from maskgit import play
from weights import load_component, load_model

ABSOLUTE, RELATIVE, GRADIENT = 1e-4, 5e-4, 1e-3


def excess(found, expected, tolerance):
    """-> the largest error as a share of what is allowed: agreement is ≤ 1."""
    return float((np.abs(found - expected) / tolerance).max())


def report(name, share, note=''):
    ok = share <= 1
    print(f'  {"ok  " if ok else "FAIL"} {name:<36} error is {share:.3g} of the tolerance {note}')
    return ok


def check_floats(name, found, expected):
    return report(name, excess(found.numpy(), expected, ABSOLUTE + RELATIVE * np.abs(expected)))


def check_codes(name, codebook, latents, expected):
    """Codes one by one, every codebook on the residual of the expected codes before it; a near tie does not fail; it is counted and printed."""
    expected = torch.from_numpy(expected.copy()).long()
    left, wrong, excused = codebook.whole(latents), 0, 0
    for e, code in zip(codebook.vectors(), [expected] if codebook.codebooks == 1 else expected.unbind(-1)):
        scores = codebook.scores(left, e)
        best, theirs = scores.max(-1)[0], scores.gather(-1, code[..., None])[..., 0]
        differ = scores.argmax(-1) != code
        near = differ & (best - theirs <= ABSOLUTE + RELATIVE * theirs.abs())
        wrong, excused = wrong + int((differ & ~near).sum()), excused + int(near.sum())
        left = left - e[code]
    return report(name, 0.0 if wrong == 0 else float('inf'), f'({expected.numel()} codes, {wrong} wrong, {excused} excused)')


@torch.no_grad()
def check_outputs(directory, bundle, metadata, dtype):
    config, model = load_model(directory, dtype)
    ok = True
    if 'in.frames' in bundle:
        clip = torch.from_numpy(bundle['in.frames'].copy()).to(dtype)[None] / 255
    if 'out.codes' in bundle:
        tokenizer = model['tokenizer']
        ok &= check_codes('out.codes', tokenizer, tokenizer.latents(clip)[0], bundle['out.codes'])
        ok &= check_floats('out.reconstruction', tokenizer.decode(torch.from_numpy(bundle['out.codes'].copy()).long()[None])[0], bundle['out.reconstruction'])
    if 'out.actions' in bundle:
        lam, seen = model['latent_action'], clip
        if lam.of_tokens:
            seen = torch.from_numpy(bundle['out.codes'].copy()).long()[None] if 'out.codes' in bundle else model['tokenizer'].encode(clip)
        ok &= check_codes('out.actions', lam, lam.latents(seen)[0], bundle['out.actions'])
        ok &= check_floats('out.prediction', lam.predict(seen, torch.from_numpy(bundle['out.actions'].copy()).long()[None])[0], bundle['out.prediction'])
    if 'out.logits' in bundle:
        tokens, actions = (torch.from_numpy(bundle[name].copy()).long()[None] for name in ('in.tokens', 'in.actions'))
        known = torch.from_numpy(bundle['in.known'].copy()).long()[None] if 'in.known' in bundle else None
        ok &= check_floats('out.logits', model['dynamics'](tokens, led_into(actions), known=known)[0], bundle['out.logits'])
    if 'out.tokens' in bundle:
        sampling = types.SimpleNamespace(steps=int(metadata['steps']), threshold=float(metadata.get('threshold', 1)),
                                         **{name: float(metadata[name]) for name in ('temperature', 'choice_temperature', 'guidance')})
        expected = torch.from_numpy(bundle['out.tokens'].copy()).long()[None]
        prompt, actions = len(bundle['out.tokens']) - len(bundle['in.play']), torch.from_numpy(bundle['in.play'].copy()).long()[None]
        found = play(model['dynamics'], expected[:, :prompt], actions, sampling, [int(metadata['seed'])])
        wrong = int((found != expected).sum())
        ok &= report('out.tokens', 0.0 if wrong == 0 else float('inf'), f'({expected.numel()} tokens, {wrong} differ)')
    return ok


def check_gradients(directory, bundle, component, dtype):
    module = load_component(directory, component, dtype=dtype)
    found = component_gradients(component, module, {name: torch.from_numpy(array.copy()) for name, array in bundle.items() if name.startswith('in.')})
    ok = check_floats('out.loss', found['out.loss'], bundle['out.loss'])
    shares = {}
    for name in (name for name in bundle if name.startswith('grad.')):
        scale = GRADIENT * np.abs(bundle[name]).max()
        shares[name] = excess(found[name].numpy(), bundle[name], scale) if scale > 0 else float(found[name].abs().max() > 1e-9) * 2
    worst = max(shares, key=shares.get)
    return ok & report(f'{len(shares)} gradients, worst {worst}', shares[worst])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('model')
    parser.add_argument('bundles', nargs='+')
    parser.add_argument('--f32', action='store_true', help='compute in 32-bit floats; default is 64')
    args = parser.parse_args()
    dtype, ok = torch.float32 if args.f32 else torch.float64, True
    for path in args.bundles:
        bundle, metadata = safetensors.load(path)
        print(f'{path} ({metadata.get("source", "no source")})')
        component = metadata.get('component')
        ok &= check_gradients(args.model, bundle, component, dtype) if component else check_outputs(args.model, bundle, metadata, dtype)
    sys.exit(0 if ok else 1)


if __name__ == '__main__':
    main()
