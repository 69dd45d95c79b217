#!/usr/bin/env python3
"""The Genie paper's two ablations on our game, at equal budget, measured on held-out clips.

    python3 reference/ablations.py --data train.safetensors --test test.safetensors --config config.json --world RUN_DIR --out DIR --minutes 10

Table 3: the tokenizer as st-vivit, vit and c-vivit; with --chain MINUTES a dynamics on each as well, and its
controllability (Δ₄PSNR, by RUN_DIR's latent actions). Table 2: latent actions of pixels and of tokens, by RUN_DIR's tokenizer. Labels
of the clips are read from RUN_DIR too. Every model gets --minutes (or --steps), may be stopped, and resumes when the command is given again.
"""
import argparse
import os
import types

from clips import Clips
from config import load_config
from evaluate import evaluate_dynamics, evaluate_latent_action, evaluate_tokenizer
from experiment import borrow, save_table, train, write_config
from weights import load_component


def parameters(directory, component):
    return sum(value.numel() for value in load_component(directory, component).state_dict().values())


def measured(measure, directory, args):
    config = load_config(os.path.join(directory, 'config.json'))
    given = types.SimpleNamespace(model=directory, data=args.test, clips=args.clips, every=1, seeds=1, sheet=None, steps=None, temperature=None, choice_temperature=None,
                                  guidance=None, threshold=None)
    return measure(given, config, Clips(args.test, config))[1]


def row(component, name, directory, done, numbers):
    return {component: name, 'parameters': parameters(directory, component), 'steps': done['step'], 'ms per step': 1000 * done['seconds'] / done['step'], **numbers}


def tokenizers(args, budget):
    rows, source = [], args.world
    for variant in ('st-vivit', 'vit', 'c-vivit'):
        directory = os.path.join(args.out, f'tokenizer-{variant}')
        write_config(args.config, directory, 'tokenizer', variant=variant)
        borrow(source, directory, args.data, ('latent_action', 'changing'), ('latent_action',))
        done = train('tokenizer', directory, args.data, budget, '--seed', str(args.seed))
        numbers = measured(evaluate_tokenizer, directory, args)
        if args.chain:
            train('dynamics', directory, args.data, ['--minutes', str(args.chain)], '--seed', str(args.seed))
            numbers |= measured(evaluate_dynamics, directory, args)
            source = directory  # whose labels the next one reuses
        rows.append(row('tokenizer', variant, directory, done, numbers))
        save_table(os.path.join(args.out, 'tokenizers'), f'Tokenizers, {" ".join(budget)} each', rows)


def latent_actions(args, budget):
    rows = []
    for seen in ('pixels', 'tokens'):
        directory = os.path.join(args.out, f'latent_action-{seen}')
        write_config(args.config, directory, 'latent_action', input=seen)
        borrow(args.world, directory, args.data, ('tokens', 'codes'), ('tokenizer', 'action_codes'))
        done = train('latent_action', directory, args.data, budget, '--seed', str(args.seed))
        rows.append(row('latent_action', seen, directory, done, measured(evaluate_latent_action, directory, args)))
        save_table(os.path.join(args.out, 'latent_actions'), f'Latent actions, {" ".join(budget)} each', rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--data', required=True)
    parser.add_argument('--test', required=True, help='held-out clips, with moves and player')
    parser.add_argument('--config', required=True)
    parser.add_argument('--world', required=True, help='a run with tokenizer.safetensors and latent_action.safetensors, and labels of the clips if there are any')
    parser.add_argument('--out', required=True)
    length = parser.add_mutually_exclusive_group(required=True)
    length.add_argument('--minutes', help='a model')
    length.add_argument('--steps', help='a model')
    parser.add_argument('--chain', type=float, help='minutes of dynamics on every tokenizer')
    parser.add_argument('--clips', type=int, default=40, help='held-out clips that are measured')
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--only', choices=['tokenizers', 'latent_actions'])
    args = parser.parse_args()
    budget = ['--minutes', args.minutes] if args.minutes else ['--steps', args.steps]
    for study in (tokenizers, latent_actions):
        if args.only in (None, study.__name__):
            study(args, budget)


if __name__ == '__main__':
    main()
