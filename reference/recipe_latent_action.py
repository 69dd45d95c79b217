"""Recipe of the latent action model (not in the paper): codes are found first; the encoder learns to classify transitions, the decoder to reconstruct frames.

The VQ loss of model.md §8 collapses at this scale. So action_codes.py finds action codes in the raw video by expectation-maximisation, in about 60 CPU
seconds. They are the targets of up to --targets transitions, which the encoder learns by cross-entropy. The dynamics trains on what the trained encoder infers.

The decoder's relative position bias hides all frames before the last one, so that a code says what moved, not what was unexpected. It trains on single frames, the encoder on windows of --frames frames.

A model of tokens (the paper's Table 2) learns the same codes, found in the pixels, from the tokens of the tokenizer in --out. Its decoder gives logits of
tokens, with a loss of cross-entropy. Its embeddings start from the codebook.
"""
import os

import numpy as np
import torch
from torch.nn import functional as F

from action_codes import TransitionCoder, discover
from changes import change_weights, changed_patches
from clips import Clips, label_clips
from codebook import unit
from latent_action import LatentAction
from patches import to_patches
from initialisation import (POSITION_CHANNELS, compare_frames, attend_neighbours, attend_previous_frame, patch_pca, scale_residual_outputs, fit_head, init_patch_embedding, init_pixel_head, init_token_embedding,
                    init_token_head)
from weights import load_component

ACTION_LOSS_WEIGHT = 1.0  # of the cross-entropy
DECODER_CLIPS = 0.25  # share of a batch's clips that the decoder reconstructs; the encoder, which has the harder task, sees all
LOGIT_SCALE = 10.0  # factor of the inner products with unit latents
ACTION_CHANNELS = 16
ACTION_TOKEN_GAIN = 3.0  # initial gain of the action token's attention output
EXAMPLES = 1536  # transitions that the encoder's head is first fitted to
HIDDEN_BIAS = -100.0  # relative position bias that hides a frame
PIXEL_WEIGHT = 20


def balance(codes, count):
    """[A] weights of the codes in the cross-entropy: 1 / √(how often a code occurs), with mean 1 over the transitions."""
    times = np.bincount(codes.ravel(), minlength=count)
    weights = np.where(times > 0, 1 / np.sqrt(np.maximum(times, 1)), 0)
    return torch.tensor(weights * times.sum() / (weights * times).sum(), dtype=torch.float32)


def action_loss(latents, codebook, codes, weights):
    """latents [B, T-1, C], codes [B·(T-1)], weights of the codes [A] -> (weighted mean of the cross-entropy, logits [B·(T-1), A])"""
    logits = LOGIT_SCALE * unit(latents).flatten(0, 1) @ unit(codebook).T
    return F.cross_entropy(logits, codes, weights.to(logits)), logits


def windows(labels, where, length):
    """labels [N, T, …] and pairs (clip, first) -> [B, length, …]"""
    return torch.from_numpy(np.stack([labels[clip, start:start + length] for clip, start in where]).astype(np.int64))


def other_colours(frames, rng):
    """[B, T, H, W, 3] in 0…1 -> the same with the channels of each clip exchanged at random, and each inverted or not. What moves, moves as before."""
    mixes = np.stack([np.eye(3)[rng.permutation(3)] * rng.choice([1, -1], 3) for _ in frames])
    return torch.einsum('bthwc,bcd->bthwd', frames - 0.5, torch.tensor(mixes, dtype=frames.dtype)) + 0.5


class LatentActionRecipe:
    defaults = {'batch': 64, 'frames': 3, 'rate': 6e-4, 'changing': 6.0}

    def __init__(self, config, args, processes):
        actions, code_width = config.latent_action.actions, config.latent_action.code_width
        if actions > code_width:
            raise ValueError(f'latent_action.actions is {actions}, but its codes have {code_width} dimensions: give at most {code_width} actions, or raise latent_action.code_width')
        self.args, self.processes, self.config = args, processes, config
        self.module, self.clips = LatentAction(config), Clips(args.data, config)
        self.module.codebook.requires_grad_(False)
        self.state = {}
        tokenizer = load_component(args.out, 'tokenizer', config) if self.module.of_tokens else None
        if processes.rank == 0:
            self.assign_targets()
            if tokenizer:
                label_clips(self.clips, tokenizer.encode, self.cache('tokens'))
        processes.barrier()
        self.targets = np.load(self.cache('codes'))  # [N, T-1]; -1 in clips without targets
        self.with_targets = np.flatnonzero(self.targets[:, 0] >= 0)
        self.tokens = np.load(self.cache('tokens'), mmap_mode='r') if tokenizer else None  # [N, T, S]
        self.codebook = unit(tokenizer.codebook.detach()) if tokenizer else None
        self.balance = balance(self.targets[self.with_targets], len(self.module.codebook))

    def cache(self, name):
        return os.path.join(self.args.out, f'{os.path.basename(self.args.data)}.{name}.npy')

    def assign_targets(self):
        """Finds the codes and encodes clips spread over the video, unless the files in --out exist."""
        path, kept = self.cache('codes'), os.path.join(self.args.out, 'action_codes.safetensors')
        if os.path.exists(path):
            return
        if not os.path.exists(kept):
            discover(self.clips.frames, len(self.module.codebook), self.args.seed).save(kept)
        coder, targets = TransitionCoder.load(kept), np.full((self.clips.count, self.clips.length - 1), -1, np.int16)
        count = min(self.clips.count, -(-self.args.targets // (self.clips.length - 1)))
        for clip in np.linspace(0, self.clips.count - 1, count).round().astype(int):
            targets[clip] = coder.encode(self.clips.frames[clip:clip + 1])[0]
        np.save(f'{path}.part.npy', targets)
        os.replace(f'{path}.part.npy', path)

    def kernels(self):
        """[K, D, D] of the operators that were found; they give a frame, not its change"""
        operators = TransitionCoder.load(os.path.join(self.args.out, 'action_codes.safetensors')).operators
        kernels = operators.weight.view(-1, operators.side, operators.side).clone()
        kernels[:, operators.radius, operators.radius] += 1
        return kernels

    def where(self, rng, batch):
        """Random windows of clips with targets: pairs (clip, first frame)"""
        clips, first = self.clips.where(rng, batch, self.args.frames)
        return list(zip(self.with_targets[clips % len(self.with_targets)], first))

    def init_weights(self, rng):
        module, frame = self.module, self.config.frame
        # The decoder begins as a copy of the frame: content, action and position each have channels of their own.
        content = module.decoder.position.shape[1] - POSITION_CHANNELS - ACTION_CHANNELS
        rows, columns = -(-frame.height // module.patch), -(-frame.width // module.patch)
        attend_previous_frame(module.encoder.blocks)
        # In the last block the action token attends to all patches alike. With this it would see little but itself.
        attend_neighbours(module.encoder.position, module.encoder.blocks[:-1], rows, columns, POSITION_CHANNELS)
        with torch.no_grad():
            module.encoder.blocks[-1].spatial.out.weight.mul_(ACTION_TOKEN_GAIN)
        if module.of_tokens:
            init_token_embedding(module.encoder.token, self.codebook, content)
            init_token_embedding(module.decoder.token, self.codebook, content)
            init_token_head(module.decoder.head, module.decoder.token)
        else:
            patches = to_patches(self.clips.batch(rng, 128, 1), module.patch).flatten(0, 2)
            pca = patch_pca(patches)
            init_pixel_head(module.decoder.head, pca, init_patch_embedding(module.decoder.patch, pca, content))
            compare_frames(module.encoder, pca, module.patch, patches, self.kernels(), rng)
        attend_neighbours(module.decoder.position, module.decoder.blocks, rows, columns, POSITION_CHANNELS)
        scale_residual_outputs(module.decoder.blocks, 0.1)
        with torch.no_grad():
            module.codebook.copy_(torch.eye(*module.codebook.shape))  # orthogonal, and frozen
            module.decoder.action.weight.zero_()[content:content + ACTION_CHANNELS].normal_()
            for block in module.decoder.blocks:
                block.temporal.bias[:, 1:] = HIDDEN_BIAS
            where = self.where(rng, EXAMPLES // (self.args.frames - 1))
            some = [where[i:i + 64] for i in range(0, len(where), 64)]
            found = torch.cat([module.encoder.features(module.as_input(self.read(part))).flatten(0, 1) for part in some])
            fit_head(module.encoder.head, found, self.codes(where), len(module.codebook))

    def read(self, where):
        """Frames [B, T, H, W, 3] at those places, or their tokens [B, T, S]"""
        if not self.module.of_tokens:
            return self.clips.at(where, self.args.frames)
        return windows(self.tokens, where, self.args.frames)

    def codes(self, where):
        """Of the transitions there, [B·(T-1)]"""
        return windows(self.targets, where, self.args.frames - 1).flatten()

    def error(self, predicted, after):
        """By value: squares [N, 1, S, 3p²], or of tokens nats [N, 1, S]"""
        if self.module.of_tokens:
            return F.cross_entropy(predicted.movedim(-1, 1), after, reduction='none')
        return (predicted - after).square()

    def weights(self, frames):
        """Weights of what changes, in pixels [B, T-1, H, W, 3], or tokens [B, T-1, S]"""
        if not self.module.of_tokens:
            return change_weights(frames, self.args.changing)[:, 1:].expand(-1, -1, -1, -1, 3)
        weights = 1 + (self.args.changing - 1) * changed_patches(frames, self.module.patch)[:, 1:].float()
        return weights / weights.mean()

    def loss(self, progress, rng):
        module = self.module
        where = self.where(rng, self.args.batch)
        frames = self.clips.at(where, self.args.frames)
        if self.args.colours:
            frames = other_colours(frames, rng)
        frames = frames.to(self.processes.device)
        few = max(1, round(DECODER_CLIPS * len(frames)))
        weights = self.weights(frames[:few])
        if module.of_tokens:
            frames = self.read(where).to(frames.device)
        decoded = frames[:few]
        before, after, weights = (module.as_input(part).flatten(0, 1)[:, None] for part in (decoded[:, :-1], decoded[:, 1:], weights))

        targets = self.codes(where).to(frames.device)
        error = self.error(module.decoder(before, module.unit_code(targets[:len(before)])[:, None]), after)
        reconstruction = (error * weights).mean()

        cross_entropy, logits = action_loss(module.latents(frames), module.codebook, targets, self.balance)
        share = torch.bincount(targets, minlength=len(module.codebook)) / len(targets)
        parts = {'weighted': reconstruction, 'nats' if module.of_tokens else 'mse': error.mean(), 'cross_entropy': cross_entropy,
                 'action_accuracy': (logits.argmax(-1) == targets).float().mean(),
                 'perplexity': torch.exp(-(share * (share + 1e-12).log()).sum())}
        return (1 if module.of_tokens else PIXEL_WEIGHT) * reconstruction + ACTION_LOSS_WEIGHT * cross_entropy, parts

    def after_step(self, progress, step, rng):
        pass
