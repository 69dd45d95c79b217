"""The training loop all three components share: steps, schedule, checkpoints, logs, several processes.

Everything random in a step comes from a generator seeded by (seed, step, process), so a checkpoint needs no generator
state. Model, optimiser, step and seconds are the whole state of a run, and a resumed run continues exactly.
"""
import json
import math
import os
import time

import numpy as np
import torch
from torch import distributed

from st_transformer import Block
from weights import load_component

CHECKPOINT_SECONDS = 120
LOG_SECONDS = 10
WARM_UP_SHARE = 0.1  # of a run, after which the warm-up has ended
DIVERGED = 4.0  # times the running mean of the loss …
DIVERGED_STEPS = 50  # … in that many steps in a row


class DistributedContext:
    """The processes of a torchrun, or just this one. Gradients are averaged; process 0 writes."""

    def __init__(self):
        self.count, self.rank = int(os.environ.get('WORLD_SIZE', 1)), int(os.environ.get('RANK', 0))
        cuda = torch.cuda.is_available()
        self.device = torch.device('cuda', int(os.environ.get('LOCAL_RANK', 0))) if cuda else torch.device('cpu')
        if cuda:
            torch.cuda.set_device(self.device)
            torch.backends.cuda.matmul.allow_tf32 = True
        if self.count > 1:
            distributed.init_process_group('nccl' if cuda else 'gloo')

    def average(self, tensors):
        """In place, in one message."""
        if self.count > 1:
            flat = torch.cat([tensor.flatten() for tensor in tensors])
            distributed.all_reduce(flat)
            flat /= self.count
            for tensor, part in zip(tensors, flat.split([tensor.numel() for tensor in tensors])):
                tensor.copy_(part.view_as(tensor))

    def share(self, *tensors):
        """All processes take process 0's values."""
        if self.count > 1:
            for tensor in tensors:
                distributed.broadcast(tensor, 0)

    def agree(self, number):
        """Process 0's number, for decisions all must take alike (clocks differ)."""
        shared = torch.tensor([number], dtype=torch.float64, device=self.device)
        self.share(shared)
        return float(shared)

    def barrier(self):
        """All processes wait for process 0."""
        self.agree(0)


class Trainer:
    def __init__(self, recipe, args, processes):
        """recipe: module, init_weights(rng), loss(progress, rng) -> (loss, parts), after_step(progress, step, rng), state"""
        self.recipe, self.args, self.processes = recipe, args, processes
        self.step, self.seconds, self.mean, self.bad = 0, 0.0, None, 0
        named = list(recipe.module.named_parameters())
        slow = {name for name, _ in named if name.split('.')[0] in getattr(recipe, 'slow', ())}
        decayed = [p for name, p in named if p.ndim > 1 and name not in slow]
        others = [p for name, p in named if p.ndim <= 1 and name not in slow]
        groups = [{'params': decayed, 'weight_decay': 0.01}, {'params': others, 'weight_decay': 0.0}]
        if slow:
            groups.append({'params': [p for name, p in named if name in slow], 'weight_decay': 0.0, 'times': 0.1})
        self.optimiser = torch.optim.AdamW(groups, lr=args.rate, betas=(0.9, 0.99))
        os.makedirs(args.out, exist_ok=True)
        self.checkpoint = os.path.join(args.out, f'{args.component}.checkpoint')

    def rng(self, *salt):
        return np.random.default_rng([self.args.seed, self.step, *salt])

    def resume(self):
        state = torch.load(self.checkpoint, map_location=self.processes.device)
        self.recipe.module.load_state_dict(state['module'])
        self.optimiser.load_state_dict(state['optimiser'])
        self.recipe.state.update(state['recipe'])
        self.step, self.seconds, self.mean = state['step'], state['seconds'], state['mean']
        self.say(f'resumed at step {self.step}, {self.seconds / 60:.1f} minutes in')

    def save(self):
        if self.processes.rank == 0:
            state = {'module': self.recipe.module.state_dict(), 'optimiser': self.optimiser.state_dict(), 'recipe': self.recipe.state,
                     'step': self.step, 'seconds': self.seconds, 'mean': self.mean}
            torch.save(state, self.checkpoint + '.part')
            os.replace(self.checkpoint + '.part', self.checkpoint)

    def say(self, text, **numbers):
        if self.processes.rank == 0:
            print(text, flush=True)
            with open(os.path.join(self.args.out, f'{self.args.component}.jsonl'), 'a') as file:
                print(json.dumps({'step': self.step, 'seconds': round(self.seconds, 1), 'text': text, **numbers}), file=file)

    def progress(self):
        """0…1: by the clock where --minutes is given, else by steps."""
        done = self.seconds / (60 * self.args.minutes) if self.args.minutes else self.step / self.args.steps
        return min(1.0, self.processes.agree(done))

    def run(self):
        resumed = self.args.resume and os.path.exists(self.checkpoint)
        if not resumed:
            self.recipe.init_weights(self.rng(1000))  # on the CPU
            if self.args.origin:
                self.recipe.module.load_state_dict(load_component(self.args.origin, self.args.component, self.recipe.config).state_dict())
        self.recipe.module.to(self.processes.device).train()
        if resumed:
            self.resume()
        self.processes.share(*self.recipe.module.state_dict().values())
        if self.args.fast:
            compile_blocks(self.recipe.module, self.processes.device.type)
        saved = logged = 0.0
        began, before = time.monotonic(), self.seconds
        while (progress := self.progress()) < 1:
            parts = self.advance(progress)
            self.seconds = before + time.monotonic() - began
            if time.monotonic() - logged > LOG_SECONDS:
                logged = time.monotonic()
                self.log(progress, parts)
            if time.monotonic() - saved > CHECKPOINT_SECONDS and self.bad == 0:
                saved = time.monotonic()
                self.save()
        self.save()
        self.say(f'done: {self.step} steps in {self.seconds / 60:.1f} minutes')

    def advance(self, progress):
        rng = self.rng(self.processes.rank)
        warm = min(1.0, max((self.step + 1) / self.args.warm_up, progress / WARM_UP_SHARE))
        for group in self.optimiser.param_groups:
            group['lr'] = self.args.rate * group.get('times', 1) * warm * (1 if self.args.constant else cosine(progress))
        loss, parts = self.recipe.loss(progress, rng)
        self.optimiser.zero_grad(set_to_none=False)
        loss.backward()
        parameters = [p for p in self.recipe.module.parameters() if p.grad is not None]
        self.processes.average([p.grad for p in parameters])
        norm = self.clip()
        self.check(float(loss), norm)
        self.optimiser.step()
        self.step += 1
        self.recipe.after_step(progress, self.step, rng)
        return {'loss': float(loss), 'norm': norm, **parts}

    def clip(self):
        """Clips to norm 1, encoder and decoder apart: the larger gradient must not drown the other. -> the larger norm"""
        module = self.recipe.module
        parts = [module.encoder, module.decoder] if hasattr(module, 'encoder') else [module]
        return max(float(torch.nn.utils.clip_grad_norm_(part.parameters(), 1.0)) for part in parts)

    def check(self, loss, norm):
        """Stops before a step that is not finite reaches the weights."""
        if not (math.isfinite(loss) and math.isfinite(norm)):
            raise SystemExit(f'step {self.step}: loss {loss}, gradient norm {norm}. Stopped; the last good checkpoint is {self.checkpoint}. Resume with a smaller --rate.')
        self.mean = loss if self.mean is None else 0.98 * self.mean + 0.02 * min(loss, DIVERGED * self.mean)
        self.bad = self.bad + 1 if loss > DIVERGED * self.mean else 0
        if self.bad > DIVERGED_STEPS:
            raise SystemExit(f'step {self.step}: loss {loss:.3g} has been over {DIVERGED} times its mean for {DIVERGED_STEPS} steps. Stopped; the last good checkpoint is {self.checkpoint}.')

    def log(self, progress, parts):
        numbers = {name: round(float(value), 5) for name, value in parts.items()}
        text = ' '.join(f'{name} {value:.4g}' for name, value in numbers.items())
        self.say(f'{100 * progress:5.1f} % step {self.step} {self.seconds:6.0f} s  {text}', **numbers)


def compile_blocks(module, device):
    """Blocks multiply matrices in bfloat16. LayerNorms, the sum that blocks add to, and all outside them stay in F32."""
    if not hasattr(module, 'compile'):
        raise SystemExit(f'--fast needs torch 2.2 or newer; this is {torch.__version__}')
    for block in module.modules():
        if isinstance(block, Block):
            block.forward = torch.autocast(device, torch.bfloat16)(block.forward)
            block.compile()


def cosine(progress, floor=0.02):
    return floor + (1 - floor) * 0.5 * (1 + math.cos(math.pi * progress))
