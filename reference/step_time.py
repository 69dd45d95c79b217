#!/usr/bin/env python3
"""Time of a training step of each component in PyTorch, on this machine's CPU.

    python3 reference/step_time.py MODEL_DIR THREADS COMPONENT:CLIPSxFRAMES …

A step is what the engine computes: forward, the loss of model.md §8 with pixels weighing 20, backward, clip and AdamW, in 32 bits, from the
model's weights. The batch is made by a rule that src/bench/training_steps.ts follows too. Prints JSON: { torch, threads, rows: [{ component, ms, loss }] },
`loss` being that before the first step, `ms` the median of five.
"""
import json
import sys
import time
import types

import numpy as np
import torch

from config import positions
from trainer import Trainer
from weights import load_model

ROUNDS, RATE, PIXEL_WEIGHT = 5, 1e-5, 20


def spread(indices, count):
    """Numbers below `count`, the same in every language."""
    return (((indices.astype(np.uint64) * 2654435761) & 0xFFFFFFFF) >> 16 & 0x7FFF).astype(np.int64) % count


def loss_of(component, module, config, clips, frames):
    """-> a function that computes the loss over the batch"""
    if component != 'dynamics':
        shape = (clips, frames, config.frame.height, config.frame.width, 3)
        pictures = torch.from_numpy(spread(np.arange(np.prod(shape)), 256).reshape(shape)).float() / 255
        return lambda: module.loss(pictures, PIXEL_WEIGHT)[0]
    count = positions(config, config.tokenizer.patch)
    at = np.arange(clips * frames * count)
    tokens = torch.from_numpy(spread(at, config.tokenizer.codes)).view(clips, frames, count)
    masked = torch.from_numpy((at // count % frames > 0) & (at % 2 == 0)).view(clips, frames, count)
    actions = torch.from_numpy(spread(np.arange(clips * (frames - 1)), config.latent_action.actions)).view(clips, -1)
    return lambda: module.loss(tokens, actions, masked)[0]


def time_step(component, module, config, clips, frames):
    module.train()
    loss = loss_of(component, module, config, clips, frames)
    trainer = Trainer(types.SimpleNamespace(module=module), types.SimpleNamespace(out='/tmp', component=component, rate=RATE), None)
    losses, times = [], []
    for _ in range(ROUNDS + 1):
        began = time.perf_counter()
        value = loss()
        trainer.optimiser.zero_grad()
        value.backward()
        trainer.clip()
        trainer.optimiser.step()
        times.append(1000 * (time.perf_counter() - began))
        losses.append(float(value))
    return {'component': component, 'ms': sorted(times[1:])[ROUNDS // 2], 'loss': losses[0]}


def main():
    if len(sys.argv) < 4:
        raise SystemExit(__doc__.strip())
    directory, threads = sys.argv[1], int(sys.argv[2])
    torch.set_num_threads(threads)
    config, model = load_model(directory)
    rows = []
    for wanted in sys.argv[3:]:
        component, shape = wanted.split(':')
        rows.append(time_step(component, model[component], config, *(int(n) for n in shape.split('x'))))
    print(json.dumps({'torch': torch.__version__, 'threads': threads, 'rows': rows}))


if __name__ == '__main__':
    main()
