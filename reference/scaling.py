#!/usr/bin/env python3
"""Four sizes of dynamics at equal steps and batch: loss against parameters (the Genie paper's Figure 9).

    python3 reference/scaling.py --data train.safetensors --test test.safetensors --config config.json --world RUN_DIR --out DIR --minutes 20

--minutes are those of the largest, whose pace is measured first; all take as many steps (or --steps). RUN_DIR has the tokenizer and the latent action model,
and labels of the clips if there are any. Writes DIR/scaling.json, .md and, where matplotlib is installed, .svg. A stopped
study continues when the command is given again.
"""
import argparse
import os

import torch
from torch.nn import functional as F

from clips import Clips, as_floats
from config import load_config
from dynamics import led_into
from experiment import LABELS, borrow, log, save_table, train, write_config
from weights import load_component, load_latent_action

SIZES = [(64, 2), (96, 3), (160, 4), (256, 6)]  # width, layers; heads of 32 channels, feed-forward of 8/3 of the width
FRAMES, CHUNK = 12, 8  # of a held-out clip; clips at once
PACE = 12  # steps, to measure how long one takes


@torch.no_grad()
def held_out(directory, test, count):
    """Cross-entropy in nats of every frame of held-out clips but the first, each wholly masked after its true past."""
    config = load_config(os.path.join(directory, 'config.json'))
    tokenizer, dynamics = (load_component(directory, name, config) for name in ('tokenizer', 'dynamics'))
    lam, seen = load_latent_action(directory, config)
    clips, losses = Clips(test, config), []
    for first in range(0, min(count, clips.count), CHUNK):
        frames = as_floats(clips.frames[first:first + CHUNK, :FRAMES])
        tokens, actions = tokenizer.encode(frames), lam.encode(seen(frames))
        for t in range(FRAMES // 2, FRAMES):
            masked = tokens[:, :t + 1].clone()
            masked[:, t] = dynamics.codes
            logits = dynamics(masked, led_into(actions[:, :t]))[:, t]
            losses.append(F.cross_entropy(logits.flatten(0, 1), tokens[:, t].flatten()))
    return float(torch.stack(losses).mean())


def prepare(args, source, width, layers):
    directory = os.path.join(args.out, f'{width}x{layers}')
    write_config(args.config, directory, 'dynamics', width=width, heads=width // 32, ffn=-(-width * 8 // 24) * 8, layers=layers)
    borrow(source, directory, args.data, LABELS, ('tokenizer', 'latent_action'))
    return directory


def run(args, directory, steps):
    return train('dynamics', directory, args.data, ['--steps', str(steps)], '--batch', str(args.batch), '--seed', str(args.seed))


def steps_of(args):
    """How many steps the largest takes in --minutes: measured once, and kept so that a second start means the same run."""
    if args.steps:
        return args.steps
    kept = os.path.join(args.out, 'steps')
    if not os.path.exists(kept):
        directory = prepare(argparse.Namespace(**{**vars(args), 'out': os.path.join(args.out, 'pace')}), args.world, *SIZES[-1])
        done = run(args, directory, PACE)
        with open(kept, 'w') as file:
            file.write(str(max(1, int(args.minutes * 60 * done['step'] / done['seconds']))))
    with open(kept) as file:
        return int(file.read())


def plot(rows, curves, path):
    try:
        import matplotlib
    except ImportError:
        print('no matplotlib here (Debian: apt-get install python3-matplotlib): the table alone is written')
        return
    matplotlib.use('svg')
    from matplotlib import pyplot
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(10, 4), constrained_layout=True)
    for row, curve in zip(rows, curves):
        left.plot([step for step, _ in curve], [nats for _, nats in curve], label=f'{row["parameters"] / 1e6:.2f} M')
    left.set(xlabel='step', ylabel='training loss, nats a masked token', yscale='log')
    left.legend(title='parameters')
    right.plot([row['parameters'] for row in rows], [row['held-out nats'] for row in rows], 'o-')
    right.set(xlabel='parameters', ylabel='held-out cross-entropy, nats a token', xscale='log', yscale='log')
    figure.savefig(path)
    print(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ('data', 'test', 'config', 'world', 'out'):
        parser.add_argument(f'--{name}', required=True)
    length = parser.add_mutually_exclusive_group(required=True)
    length.add_argument('--minutes', type=float, help='of the largest')
    length.add_argument('--steps', type=int)
    parser.add_argument('--batch', type=int, default=6)
    parser.add_argument('--clips', type=int, default=40, help='held-out clips that are measured')
    parser.add_argument('--seed', type=int, default=1)
    args = parser.parse_args()
    os.makedirs(args.out, exist_ok=True)
    steps, rows, curves, source = steps_of(args), [], [], args.world
    for width, layers in SIZES:
        directory = prepare(args, source, width, layers)
        done = run(args, directory, steps)
        source = directory  # whose labels the next one reuses
        curve = [(entry['step'], entry['nats']) for entry in log('dynamics', directory) if 'nats' in entry]
        last = [nats for step, nats in curve if step > 0.9 * steps] or [curve[-1][1]]
        count = sum(value.numel() for value in load_component(directory, 'dynamics').state_dict().values())
        rows.append({'width': width, 'layers': layers, 'parameters': count, 'steps': done['step'], 'ms per step': 1000 * done['seconds'] / done['step'],
                     'training nats, last tenth': sum(last) / len(last), 'held-out nats': held_out(directory, args.test, args.clips)})
        curves.append(curve)
        save_table(os.path.join(args.out, 'scaling'), f'Dynamics of {len(rows)} sizes, {steps} steps of {args.batch} clips', rows)
    plot(rows, curves, os.path.join(args.out, 'scaling.svg'))


if __name__ == '__main__':
    main()
