#!/usr/bin/env python3
"""Measures a world on clips it has not seen, and draws what it measured.

    python3 reference/evaluate.py tokenizer|latent_action|dynamics MODEL_DIR --data test.safetensors [--sheet SHEET.png]
        [--clips 40 --seeds 1 --steps 6 --temperature 0.5 --choice-temperature 1 --guidance 1]

The labels in the file (moves) are used to score latent actions here, never to train them. Each evaluate_… prints and gives the rows
of a contact sheet, and its main numbers by name.
"""
import argparse
import copy
import os

import numpy as np
import torch

from clips import Clips, as_floats
from config import COMPONENTS, load_config
from dynamics import led_into
from maskgit import play
from pictures import contact_sheet, write_png
from weights import load_component, load_latent_action

MOVES = ['left', 'still', 'right', 'left, rising', 'still, rising', 'right, rising']
PROMPT, AHEAD, SHOWN = 8, 4, 12  # frames: the prompt, where ΔPSNR is taken, how far a sheet goes


def psnr(error):
    return float(-10 * torch.log10(error))


def perplexity(counts):
    share = counts[counts > 0] / counts.sum()
    return float(np.exp(-(share * np.log(share)).sum()))


@torch.no_grad()
def evaluate_tokenizer(args, config, clips):
    """PSNR over all pixels, and of the player's own box where the file says where it is."""
    model = load_component(args.model, 'tokenizer', config)
    boxes = clips.labels('player') if clips.has('player') else None
    total, player, counts, sheet = [], [], np.zeros(len(model.codebook)), []
    for i in range(min(args.clips, clips.count)):
        frames = as_floats(clips.frames[i:i + 1, ::args.every])
        codes = model.encode(frames)
        drawn = model.decode(codes)
        error = (drawn - frames).square()[0]
        total.append(error.mean())
        rows = codes if model.codebooks == 1 else codes + config.tokenizer.codes * torch.arange(model.codebooks)
        counts += np.bincount(rows.flatten(), minlength=len(counts))
        for t, (x, y, width, height) in enumerate(boxes[i, ::args.every] if boxes is not None else []):
            box = error[t, max(0, y):max(0, y + height), max(0, x):max(0, x + width)]
            if box.numel():
                player.append(box.mean())
        if i % 5 == 0 and len(sheet) < 16:
            sheet += [list(frames[0, :SHOWN].numpy()), list(drawn[0, :SHOWN].numpy())]
    inside = {'playerPsnr': psnr(torch.stack(player).mean())} if player else {}
    by_clip = float(-10 * torch.log10(torch.stack(total).clamp(min=1e-6)).mean())
    print(f'PSNR {psnr(torch.stack(total).mean()):.2f} dB, mean of the clips\' {by_clip:.2f} dB{", in the player box " if inside else ""}'
          f'{", ".join(f"{value:.2f} dB" for value in inside.values())}; {(counts > 0).sum()} of {len(counts)} codes used, perplexity {perplexity(counts):.1f}')
    return sheet, {'psnr': psnr(torch.stack(total).mean()), **inside, 'codesUsed': int((counts > 0).sum()), 'perplexity': perplexity(counts)}


def information(table):
    """Mutual information in bits of a table of counts."""
    joint = table / table.sum()
    product = joint.sum(0, keepdims=True) * joint.sum(1, keepdims=True)
    return float((joint[joint > 0] * np.log2(joint[joint > 0] / product[joint > 0])).sum())


def score(name, codes, labels, actions):
    """The best map from codes to labels: its accuracy, and that of always predicting the most common label. -> (table, share right, bits)"""
    table = np.zeros((actions, labels.max() + 1), int)
    np.add.at(table, (codes.ravel(), labels.ravel()), 1)
    right, baseline = table.max(1).sum() / table.sum(), table.sum(0).max() / table.sum()
    print(f'best map to {name}: {100 * right:.1f} % (majority {100 * baseline:.1f} %), mutual information {information(table):.2f} bit')
    return table, right, information(table)


@torch.no_grad()
def evaluate_latent_action(args, config, clips):
    model, seen = load_latent_action(args.model, config)
    tokenizer = load_component(args.model, 'tokenizer', config) if model.of_tokens else None

    def predict(given, actions):
        drawn = model.predict(given, actions)
        return tokenizer.decode(drawn.argmax(-1)) if tokenizer else drawn

    moves, count = clips.labels('moves'), min(args.clips, clips.count)
    codes, errors, sheet = [], [], []
    rng = torch.Generator().manual_seed(1)
    for i in range(count):
        frames = as_floats(clips.frames[i:i + 1])
        given = seen(frames)
        code = model.encode(given)
        other = torch.randint(len(model.codebook), code.shape, generator=rng)
        drawn = [predict(given, code), predict(given, other), frames[:, :-1]]
        errors.append([(part - frames[:, 1:]).square().mean() for part in drawn])
        codes.append(code[0].numpy())
        if i < 6:
            every = [predict(given[:, :2], torch.full((1, 1), a))[0, 0].numpy() for a in range(len(model.codebook))]
            sheet.append([*frames[0, :2].numpy(), *every])
    with_code, with_other, copied = (psnr(torch.tensor(part).mean()) for part in zip(*errors))
    print(f'prediction with the inferred action {with_code:.2f} dB, a random one {with_other:.2f}, copying the last frame {copied:.2f}')
    codes, moves = np.stack(codes), moves[:count]
    score('left, still, right', codes, moves % 3, len(model.codebook))
    score('rising or not', codes, moves // 3, len(model.codebook))
    table, right, bits = score('the effective move', codes, moves, len(model.codebook))
    best = table.argmax(1)
    rising = table[:, 3:].sum()
    print(f'rising recall {table[best >= 3][:, 3:].sum() / max(1, rising):.2f}, precision {table[best >= 3][:, 3:].sum() / max(1, table[best >= 3].sum()):.2f}')
    print(f'code use {np.round(100 * table.sum(1) / table.sum()).astype(int)} %, perplexity {perplexity(table.sum(1)):.1f}')
    print('code: ' + ' '.join(f'{move:>14}' for move in MOVES))
    for code, row in enumerate(table):
        print(f'{code:>4}: ' + ' '.join(f'{n:>14}' for n in row))
    return sheet, {'moveAccuracy': float(right), 'mutualInformation': bits, 'risingRecall': float(table[best >= 3][:, 3:].sum() / max(1, rising)),
                   'predictionPsnr': with_code, 'randomPsnr': with_other}


@torch.no_grad()
def evaluate_dynamics(args, config, clips):
    tokenizer, dynamics = (load_component(args.model, name, config) for name in ('tokenizer', 'dynamics'))
    count, actions = min(args.clips, clips.count), config.latent_action.actions
    frames = as_floats(clips.frames[:count, :PROMPT + SHOWN])
    lam, seen = load_latent_action(args.model, config)
    codes = lam.encode(seen(frames))
    tokens = tokenizer.encode(frames)
    rng = torch.Generator().manual_seed(1)
    others = torch.randint(actions, codes.shape, generator=rng)

    hidden = tokens[:, :PROMPT + 1].clone()
    hidden[:, -1] = dynamics.codes
    true = tokens[:, PROMPT]
    numbers = {}
    print(f'last frame wholly masked, {count} clips; copying the last frame gets {100 * (tokens[:, PROMPT - 1] == true).float().mean():.1f} % of the tokens')
    for name, last in [('the true action', codes), ('a random one', others), ('none', torch.full_like(codes, -1))]:
        given = torch.cat([codes[:, :PROMPT - 1], last[:, PROMPT - 1:PROMPT]], dim=1)
        nats, right = dynamics.nats(dynamics.hidden(hidden, led_into(given))[:, -1].flatten(0, 1), dynamics.each(true).flatten(0, 1))
        loss = nats.sum(-1).mean()  # of a position: the sum of its codes'
        numbers.setdefault('crossEntropy', float(loss))  # with the true action
        print(f'  with {name}: cross-entropy {loss:.3f} nats, {100 * right.mean():.1f} % right')

    sampling = copy.copy(config.sampling)
    for name in ('steps', 'temperature', 'choice_temperature', 'guidance', 'threshold'):
        if getattr(args, name) is not None:
            setattr(sampling, name, getattr(args, name))
    ahead, ceiling = frames[:, PROMPT + AHEAD - 1], tokenizer.decode(tokens[:, :PROMPT + AHEAD])[:, -1]
    quality, shown = [], []
    for seed in range(args.seeds):
        seeds = torch.arange(count) + 1000 * seed
        length = SHOWN if args.sheet and seed == 0 else AHEAD
        played = [play(dynamics, tokens[:, :PROMPT], given[:, PROMPT - 1:PROMPT - 1 + length], sampling, seeds) for given in (codes, others)]
        drawn = [tokenizer.decode(part) for part in played]
        quality.append([-10 * torch.log10((part[:, PROMPT + AHEAD - 1] - ahead).square().mean(dim=(1, 2, 3))) for part in drawn])
        shown = shown or drawn
    true, random = (torch.stack(part) for part in zip(*quality))
    delta = (true - random).mean(0)
    copied = -10 * torch.log10((frames[:, PROMPT - 1] - ahead).square().mean(dim=(1, 2, 3)) + 1e-6)
    best = -10 * torch.log10((ceiling - ahead).square().mean(dim=(1, 2, 3)))
    print(f'played, {sampling.steps} steps, temperature {sampling.temperature}, choice temperature {sampling.choice_temperature}, guidance {sampling.guidance}, '
          f'{count} clips × {args.seeds} seeds, frame {AHEAD}: {true.mean():.2f} dB with the true actions, {random.mean():.2f} with random ones; '
          f'Δ{AHEAD}PSNR {delta.mean():.2f} ± {delta.std() / count**0.5:.2f}; copying the last prompt frame {copied.mean():.2f}, the tokenizer\'s ceiling {best.mean():.2f}')
    numbers |= {'playPsnr': float(true.mean()), 'delta4': float(delta.mean()), 'delta4Error': float(delta.std() / count**0.5)}
    if not args.sheet:
        return [], numbers
    rows = []
    for i in range(min(6, count)):
        rows += [list(frames[i, PROMPT - 1:PROMPT - 1 + SHOWN].numpy()), list(shown[0][i, PROMPT - 1:PROMPT - 1 + SHOWN].numpy())]
    # One prompt, every action held: the keys must visibly do different things.
    for clip in range(min(2, count)):
        held = torch.arange(actions)[:, None].expand(-1, SHOWN)
        played = tokenizer.decode(play(dynamics, tokens[clip:clip + 1, :PROMPT].repeat_interleave(actions, 0), held, sampling, torch.arange(actions)))
        rows += [list(part[PROMPT - 1:PROMPT - 1 + SHOWN].numpy()) for part in played]
    return rows, numbers


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('component', choices=COMPONENTS)
    parser.add_argument('model')
    parser.add_argument('--data', required=True)
    parser.add_argument('--clips', type=int, default=40)
    parser.add_argument('--every', type=int, default=1, help='of a tokenizer: take every N-th frame of a clip (right for variants that see one frame only)')
    parser.add_argument('--seeds', type=int, default=1)
    parser.add_argument('--sheet', help='PNG to write')
    parser.add_argument('--steps', type=int)
    for name in ('temperature', 'choice-temperature', 'guidance', 'threshold'):
        parser.add_argument(f'--{name}', type=float)
    args = parser.parse_args()
    config = load_config(os.path.join(args.model, 'config.json'))
    measure = {'tokenizer': evaluate_tokenizer, 'latent_action': evaluate_latent_action, 'dynamics': evaluate_dynamics}[args.component]
    sheet, _ = measure(args, config, Clips(args.data, config))
    if args.sheet:
        write_png(args.sheet, contact_sheet(sheet))


if __name__ == '__main__':
    main()
