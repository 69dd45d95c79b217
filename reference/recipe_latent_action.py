"""How the latent action model is trained (ours): codes start from directions of movement, then the winner takes all.

The VQ loss of model.md §8 collapses at this scale (pilot.md). So in the first phase a transition's code is given by
what a plain search for shifts measured in the video, moving.py: which way, rising or not; no labels. Decoder and
encoder learn to draw and to name it. In the second, every transition is decoded with EVERY code; the one that fits
best trains the decoder, and the encoder learns to name it by cross-entropy, which is kept to the end (by default there is no second phase: README).

The decoder is made blind to frames before the last one, through its age bias: so a code must say what moved, not
merely what was unexpected. It may then be trained on single frames, while the encoder sees whole clips.

A model of tokens (the paper's Table 2) learns the same way from the codes of the tokenizer in --out: what it draws are logits of
codes, judged by cross-entropy; its embeddings start from the codebook, and the starts that are of pixels fall away.
"""
import os

import numpy as np
import torch
from torch.nn import functional as F

from clips import Clips, label_clips
from codebook import unit
from latent_action import LatentAction
from moving import directions, directions_of, movements, moving_patches, moving_weights
from patches import to_patches
from starts import (farthest_centres, look_around, look_back, look_for_motion, nearest_centre, patch_pca, shrink_outputs, start_naming, start_patch_in,
                    start_patch_out, start_tokens_in, start_tokens_out)
from trainer import cosine
from weights import load_component

NAMING = 1.0  # weight of the cross-entropy
RANDOM_WINNERS = 0.05
DRAWN = 0.25  # of the clips of a batch: the decoder learns from fewer than the encoder, which has the harder task
SHARPNESS = 10.0  # of the encoder's inner products with the unit codes
POSITION_CHANNELS, ACTION_CHANNELS = 24, 16
GATHERING = 3.0  # how loud what the action token gathers begins
EXAMPLES = 1536  # transitions that a fresh encoder learns to name first
BLIND = -100.0  # age bias that hides a frame
PIXEL_WEIGHT = 20


def direction_centres(clips, count):
    """-> [A, 2]: the directions the codes stand for, in order; the same for the same clips, whoever asks."""
    rng = np.random.default_rng(0)
    return torch.tensor(sorted(farthest_centres(directions(clips.batch(rng, 64, 5)), count, rng).tolist()))


def direction_codes(moves, centres):
    """movements [..., 2] -> [...]: the code whose direction is nearest"""
    return nearest_centre(directions_of(moves).flatten(0, -2), centres).unflatten(0, moves.shape[:-1])


def balance(codes, count):
    """[A] weights of the codes in the naming loss: a rare movement counts for more, by the root of its rarity."""
    times = np.bincount(codes.ravel(), minlength=count)
    weights = np.where(times > 0, 1 / np.sqrt(np.maximum(times, 1)), 0)
    return torch.tensor(weights * times.sum() / (weights * times).sum(), dtype=torch.float32)


def stretches(labels, where, length):
    """labels [N, T, …] and pairs (clip, first) -> [B, length, …]"""
    return torch.from_numpy(np.stack([labels[clip, start:start + length] for clip, start in where]).astype(np.int64))


class LatentActionRecipe:
    defaults = {'batch': 64, 'frames': 3, 'rate': 6e-4, 'moving': 6.0, 'directions': 1.0}

    def __init__(self, config, args, processes):
        self.args, self.processes, self.config = args, processes, config
        self.module, self.clips = LatentAction(config), Clips(args.data, config)
        self.module.codebook.requires_grad_(False)
        centres = direction_centres(self.clips, len(self.module.codebook))  # [A, 2] in the space of directions
        self.state = {'second_phase_at': None}  # step
        self.step = 0
        tokenizer = load_component(args.out, 'tokenizer', config) if self.module.of_tokens else None
        if processes.rank == 0:
            label_clips(self.clips, movements, self.cache('movements'))
            if tokenizer:
                label_clips(self.clips, tokenizer.encode, self.cache('tokens'))
        processes.agree(0)
        self.measured = direction_codes(torch.from_numpy(np.load(self.cache('movements'))).float(), centres).numpy()  # [N, T-1]
        self.tokens = np.load(self.cache('tokens'), mmap_mode='r') if tokenizer else None  # [N, T, S]
        self.codebook = unit(tokenizer.codebook.detach()) if tokenizer else None
        self.balance = balance(self.measured, len(self.module.codebook))

    def cache(self, name):
        return os.path.join(self.args.out, f'{os.path.basename(self.args.data)}.{name}.npy')

    def start(self, rng):
        module, frame = self.module, self.config.frame
        # The decoder begins as a copy of the frame: content, action and position each have channels of their own.
        content = module.decoder.position.shape[1] - POSITION_CHANNELS - ACTION_CHANNELS
        rows, columns = -(-frame.height // module.patch), -(-frame.width // module.patch)
        look_back(module.encoder.blocks)
        # In the last block the action token gathers from all patches alike; looking around, it would see little but itself.
        look_around(module.encoder.position, module.encoder.blocks[:-1], rows, columns, POSITION_CHANNELS)
        with torch.no_grad():
            module.encoder.blocks[-1].spatial.out.weight.mul_(GATHERING)
        if module.of_tokens:
            start_tokens_in(module.encoder.token, self.codebook, content)
            start_tokens_in(module.decoder.token, self.codebook, content)
            start_tokens_out(module.decoder.head, module.decoder.token)
        else:
            patches = to_patches(self.clips.batch(rng, 128, 1), module.patch).flatten(0, 2)
            pca = patch_pca(patches)
            start_patch_out(module.decoder.head, pca, start_patch_in(module.decoder.patch, pca, content))
            look_for_motion(module.encoder, pca, module.patch, patches, rng)
        look_around(module.decoder.position, module.decoder.blocks, rows, columns, POSITION_CHANNELS)
        shrink_outputs(module.decoder.blocks, 0.1)
        with torch.no_grad():
            module.codebook.copy_(torch.eye(*module.codebook.shape))  # as far apart as codes can be, and left there
            module.decoder.action.weight.zero_()[content:content + ACTION_CHANNELS].normal_()
            for block in module.decoder.blocks:
                block.temporal.bias[:, 1:] = BLIND
            where = list(zip(*self.clips.where(rng, EXAMPLES // (self.args.frames - 1), self.args.frames)))
            some = [where[i:i + 64] for i in range(0, len(where), 64)]
            found = torch.cat([module.encoder.features(module.seen(self.seen(part).to(self.processes.device))).flatten(0, 1) for part in some])
            start_naming(module.encoder.head, found, self.codes(where).to(found.device), len(module.codebook))

    def seen(self, where):
        """Frames [B, T, H, W, 3] at those places, or their tokens [B, T, S]"""
        if not self.module.of_tokens:
            return self.clips.at(where, self.args.frames)
        return stretches(self.tokens, where, self.args.frames)

    def codes(self, where):
        """Of the transitions there, [B·(T-1)]"""
        return stretches(self.measured, where, self.args.frames - 1).flatten()

    def phase_steps(self, step):
        return step - (self.state['second_phase_at'] or 0)

    def rate(self, progress):
        first = self.args.directions
        return cosine(progress / first) if progress < first else cosine((progress - first) / (1 - first))

    def error(self, drawn, after):
        """What was drawn against what came, by value: squares [N, 1, S, 3p²], or of tokens nats [N, 1, S]"""
        if self.module.of_tokens:
            return F.cross_entropy(drawn.movedim(-1, 1), after, reduction='none')
        return (drawn - after).square()

    def errors(self, before, after, weights):
        """Every code's error on every transition, [B·(T-1), A]; before [B·(T-1), 1, S, 3p²], or of tokens [B·(T-1), 1, S]."""
        module, count = self.module, len(before)
        rows = []
        with torch.no_grad():
            for code in unit(module.codebook):
                drawn = module.decoder(before, code.expand(count, 1, -1))
                rows.append((self.error(drawn, after) * weights).flatten(1).mean(1))
        return torch.stack(rows, dim=-1)

    def weights(self, frames):
        """What moves on its own weighs more, in pixels [B, T-1, H, W, 3], or tokens [B, T-1, S]"""
        if not self.module.of_tokens:
            return moving_weights(frames, self.args.moving)[:, 1:].expand(-1, -1, -1, -1, 3)
        weights = 1 + (self.args.moving - 1) * moving_patches(frames, self.module.patch)[:, 1:].float()
        return weights / weights.mean()

    def loss(self, progress, rng):
        second = progress >= self.args.directions
        if second and self.state['second_phase_at'] is None:
            self.state['second_phase_at'] = self.step
        module = self.module
        where = list(zip(*self.clips.where(rng, self.args.batch, self.args.frames)))
        frames = self.clips.at(where, self.args.frames).to(self.processes.device)
        few = max(1, round(DRAWN * len(frames)))
        weights = self.weights(frames[:few])
        if module.of_tokens:
            frames = self.seen(where).to(frames.device)
        drawn_from = frames[:few]
        before, after, weights = (module.seen(part).flatten(0, 1)[:, None] for part in (drawn_from[:, :-1], drawn_from[:, 1:], weights))

        if second:
            named = drawn_from
            winners = self.errors(before, after, weights).argmin(-1)
            anyone = torch.from_numpy(rng.integers(len(module.codebook), size=len(winners))).to(winners)
            chance = torch.from_numpy(rng.random(len(winners)) < RANDOM_WINNERS).to(winners.device)
            trained = torch.where(chance, anyone, winners)
        else:
            named = frames
            winners = self.codes(where).to(frames.device)
            trained = winners[:len(before)]
        error = self.error(module.decoder(before, module.unit_code(trained)[:, None]), after)
        drawing = (error * weights).mean()

        names = SHARPNESS * unit(module.latents(named)).flatten(0, 1) @ unit(module.codebook).T
        naming = F.cross_entropy(names, winners, self.balance.to(names))
        share = torch.bincount(winners, minlength=len(module.codebook)) / len(winners)
        parts = {'weighted': drawing, 'nats' if module.of_tokens else 'mse': error.mean(), 'naming': naming, 'named': (names.argmax(-1) == winners).float().mean(),
                 'perplexity': torch.exp(-(share * (share + 1e-12).log()).sum())}
        return (1 if module.of_tokens else PIXEL_WEIGHT) * drawing + NAMING * naming, parts

    def finish(self, progress, step, rng):
        self.step = step
