"""How the latent action model is trained (ours): codes are found first, then the encoder learns to name them and the decoder to draw them.

The VQ loss of model.md §8 collapses at this scale. So action_codes.py finds the codes in the raw video by expectation-maximisation, in about a CPU minute, and
names the transitions of up to NAMED_TRANSITIONS of the video's; the encoder learns these names by cross-entropy. What the trained encoder infers are the actions from then on.

The decoder is made blind to frames before the last one, through its age bias: so a code must say what moved, not
merely what was unexpected. It is trained on single frames, while the encoder sees whole clips.

A model of tokens (the paper's Table 2) learns the same codes, found in the pixels, from the codes of the tokenizer in --out: what it draws are logits of
codes, judged by cross-entropy; its embeddings start from the codebook, and the starts that are of pixels fall away.
"""
import os

import numpy as np
import torch
from torch.nn import functional as F

from action_codes import ActionCodes, discover
from changes import change_weights, changed_patches
from clips import Clips, label_clips
from codebook import unit
from latent_action import LatentAction
from patches import to_patches
from starts import (compare_frames, look_around, look_back, patch_pca, shrink_outputs, start_naming, start_patch_in, start_patch_out, start_tokens_in,
                    start_tokens_out)
from trainer import cosine
from weights import load_component

NAMING = 1.0  # weight of the cross-entropy
DRAWN = 0.25  # of the clips of a batch: the decoder learns from fewer than the encoder, which has the harder task
SHARPNESS = 10.0  # of the encoder's inner products with the unit codes
POSITION_CHANNELS, ACTION_CHANNELS = 24, 16
GATHERING = 3.0  # how loud what the action token gathers begins
EXAMPLES = 1536  # transitions that a fresh encoder learns to name first
NAMED_TRANSITIONS = 24000
BLIND = -100.0  # age bias that hides a frame
PIXEL_WEIGHT = 20


def balance(codes, count):
    """[A] weights of the codes in the naming loss: a rare code counts for more, by the root of its rarity."""
    times = np.bincount(codes.ravel(), minlength=count)
    weights = np.where(times > 0, 1 / np.sqrt(np.maximum(times, 1)), 0)
    return torch.tensor(weights * times.sum() / (weights * times).sum(), dtype=torch.float32)


def naming_loss(latents, codebook, codes, weights):
    """latents [B, T-1, C], codes [B·(T-1)], weights of the codes [A] -> (weighted mean of the cross-entropy, logits [B·(T-1), A])"""
    logits = SHARPNESS * unit(latents).flatten(0, 1) @ unit(codebook).T
    return F.cross_entropy(logits, codes, weights.to(logits)), logits


def stretches(labels, where, length):
    """labels [N, T, …] and pairs (clip, first) -> [B, length, …]"""
    return torch.from_numpy(np.stack([labels[clip, start:start + length] for clip, start in where]).astype(np.int64))


class LatentActionRecipe:
    defaults = {'batch': 64, 'frames': 3, 'rate': 6e-4, 'changing': 6.0}

    def __init__(self, config, args, processes):
        self.args, self.processes, self.config = args, processes, config
        self.module, self.clips = LatentAction(config), Clips(args.data, config)
        self.module.codebook.requires_grad_(False)
        self.state = {}
        tokenizer = load_component(args.out, 'tokenizer', config) if self.module.of_tokens else None
        if processes.rank == 0:
            self.name_transitions()
            if tokenizer:
                label_clips(self.clips, tokenizer.encode, self.cache('tokens'))
        processes.agree(0)
        self.given = np.load(self.cache('codes'))  # [N, T-1]; -1 in clips that were not named
        self.named = np.flatnonzero(self.given[:, 0] >= 0)
        self.tokens = np.load(self.cache('tokens'), mmap_mode='r') if tokenizer else None  # [N, T, S]
        self.codebook = unit(tokenizer.codebook.detach()) if tokenizer else None
        self.balance = balance(self.given[self.named], len(self.module.codebook))

    def cache(self, name):
        return os.path.join(self.args.out, f'{os.path.basename(self.args.data)}.{name}.npy')

    def name_transitions(self):
        """Finds the codes and names transitions of clips spread over the video; does nothing that a file in --out says is done."""
        path, kept = self.cache('codes'), os.path.join(self.args.out, 'action_codes.safetensors')
        if os.path.exists(path):
            return
        if not os.path.exists(kept):
            discover(self.clips.frames, len(self.module.codebook), self.args.seed).save(kept)
        codes, named = ActionCodes.load(kept), np.full((self.clips.count, self.clips.length - 1), -1, np.int16)
        count = min(self.clips.count, -(-NAMED_TRANSITIONS // (self.clips.length - 1)))
        for clip in np.linspace(0, self.clips.count - 1, count).round().astype(int):
            named[clip] = codes.encode(self.clips.frames[clip:clip + 1])[0]
        np.save(f'{path}.part.npy', named)
        os.replace(f'{path}.part.npy', path)

    def kernels(self):
        """[K, D, D] of the operators that were found; they give a frame, not its change"""
        operators = ActionCodes.load(os.path.join(self.args.out, 'action_codes.safetensors')).operators
        kernels = operators.weight.view(-1, operators.side, operators.side).clone()
        kernels[:, operators.radius, operators.radius] += 1
        return kernels

    def where(self, rng, batch):
        """Random places in clips whose transitions are named: pairs (clip, first frame)"""
        clips, first = self.clips.where(rng, batch, self.args.frames)
        return list(zip(self.named[clips % len(self.named)], first))

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
            compare_frames(module.encoder, pca, module.patch, patches, self.kernels(), rng)
        look_around(module.decoder.position, module.decoder.blocks, rows, columns, POSITION_CHANNELS)
        shrink_outputs(module.decoder.blocks, 0.1)
        with torch.no_grad():
            module.codebook.copy_(torch.eye(*module.codebook.shape))  # as far apart as codes can be, and left there
            module.decoder.action.weight.zero_()[content:content + ACTION_CHANNELS].normal_()
            for block in module.decoder.blocks:
                block.temporal.bias[:, 1:] = BLIND
            where = self.where(rng, EXAMPLES // (self.args.frames - 1))
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
        return stretches(self.given, where, self.args.frames - 1).flatten()

    def phase_steps(self, step):
        return step

    def rate(self, progress):
        return cosine(progress)

    def error(self, drawn, after):
        """What was drawn against what came, by value: squares [N, 1, S, 3p²], or of tokens nats [N, 1, S]"""
        if self.module.of_tokens:
            return F.cross_entropy(drawn.movedim(-1, 1), after, reduction='none')
        return (drawn - after).square()

    def weights(self, frames):
        """What changes weighs more, in pixels [B, T-1, H, W, 3], or tokens [B, T-1, S]"""
        if not self.module.of_tokens:
            return change_weights(frames, self.args.changing)[:, 1:].expand(-1, -1, -1, -1, 3)
        weights = 1 + (self.args.changing - 1) * changed_patches(frames, self.module.patch)[:, 1:].float()
        return weights / weights.mean()

    def loss(self, progress, rng):
        module = self.module
        where = self.where(rng, self.args.batch)
        frames = self.clips.at(where, self.args.frames).to(self.processes.device)
        few = max(1, round(DRAWN * len(frames)))
        weights = self.weights(frames[:few])
        if module.of_tokens:
            frames = self.seen(where).to(frames.device)
        drawn_from = frames[:few]
        before, after, weights = (module.seen(part).flatten(0, 1)[:, None] for part in (drawn_from[:, :-1], drawn_from[:, 1:], weights))

        winners = self.codes(where).to(frames.device)
        error = self.error(module.decoder(before, module.unit_code(winners[:len(before)])[:, None]), after)
        drawing = (error * weights).mean()

        naming, names = naming_loss(module.latents(frames), module.codebook, winners, self.balance)
        share = torch.bincount(winners, minlength=len(module.codebook)) / len(winners)
        parts = {'weighted': drawing, 'nats' if module.of_tokens else 'mse': error.mean(), 'naming': naming, 'named': (names.argmax(-1) == winners).float().mean(),
                 'perplexity': torch.exp(-(share * (share + 1e-12).log()).sum())}
        return (1 if module.of_tokens else PIXEL_WEIGHT) * drawing + NAMING * naming, parts

    def finish(self, progress, step, rng):
        pass
