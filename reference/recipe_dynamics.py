"""Recipe of the dynamics (docs/pilot.md): tokens and actions are computed once, initial weights have structure, every frame has its own mask rate."""
import math
import os

import numpy as np
import torch

from clips import Clips, label_clips
from dynamics import NULL, Dynamics
from codebook import unit
from changes import changed_patches
from initialisation import POSITION_CHANNELS, attend_neighbours, attend_previous_frame, scale_residual_outputs, init_token_embedding, init_token_head
from weights import load_component, load_latent_action

UNMASKED_FRAMES = 0.4  # share of frames in which nothing is masked, like the past in play
CORRUPTED_TOKENS = 0.03  # share of visible tokens that are replaced by random ones, so that the model does not trust mistakes in play
NULL_ACTIONS = 0.1  # share of the actions


class DynamicsRecipe:
    defaults = {'batch': 6, 'frames': 12, 'rate': 1.2e-3, 'changing': 4.0}

    def __init__(self, config, args, processes):
        self.args, self.processes, self.config = args, processes, config
        self.module, self.state = Dynamics(config), {}
        self.clips = Clips(args.data, config)
        tokenizer = load_component(args.out, 'tokenizer', config)
        self.codebook = unit(tokenizer.codebook.detach())
        lam, lam_input = load_latent_action(args.out, config)
        self.actions_codebook = lam.codebook.detach()
        if processes.rank == 0:
            label_clips(self.clips, tokenizer.encode, self.cache('tokens'))
            label_clips(self.clips, lambda frames: lam.encode(lam_input(frames)), self.cache('latent_action'))
            label_clips(self.clips, lambda frames: changed_patches(frames, config.tokenizer.patch), self.cache('changing'))
        processes.barrier()
        self.tokens, self.actions, self.changing = (np.load(self.cache(name), mmap_mode='r') for name in ('tokens', 'latent_action', 'changing'))

    def cache(self, name):
        return os.path.join(self.args.out, f'{os.path.basename(self.args.data)}.{name}.npy')

    def init_weights(self, rng):
        module, frame, patch = self.module, self.config.frame, self.config.tokenizer.patch
        width = module.mask.shape[0]
        content = width - POSITION_CHANNELS
        with torch.no_grad():
            module.action_codebook.copy_(self.actions_codebook)
            module.action.weight.normal_(0, 0.5)
            init_token_embedding(module.token, self.codebook, content)
            init_token_head(module.head, module.token)
            module.mask.zero_()
        attend_previous_frame(module.blocks)
        attend_neighbours(module.position, module.blocks, -(-frame.height // patch), -(-frame.width // patch), POSITION_CHANNELS)
        scale_residual_outputs(module.blocks, 0.3)

    def loss(self, progress, rng):
        length, device = self.args.frames, self.processes.device
        where = list(zip(*self.clips.where(rng, self.args.batch, length)))
        tokens = torch.from_numpy(np.stack([self.tokens[clip, start:start + length] for clip, start in where]).astype(np.int64))
        actions = np.stack([self.actions[clip, start:start + length - 1] for clip, start in where]).astype(np.int64)
        actions = torch.from_numpy(actions)
        changing = torch.from_numpy(np.stack([self.changing[clip, start:start + length] for clip, start in where]).astype(np.float32))
        weights = 1 + (self.args.changing - 1) * changing
        masked = draw_mask(tokens.shape, rng)
        replaced = torch.from_numpy(rng.random(tokens.shape) < CORRUPTED_TOKENS)
        corrupted = torch.where(replaced, torch.from_numpy(rng.integers(self.module.codes, size=tokens.shape)), tokens)
        actions[torch.from_numpy(rng.random(actions.shape) < NULL_ACTIONS)] = NULL
        return self.module.loss(*(part.to(device) for part in (tokens, actions, masked, corrupted, weights)))

    def after_step(self, progress, step, rng):
        pass


def draw_mask(shape, rng):
    """[B, T, S] bool: 40 % of the frames clean, the others masked at a rate of cos(π/2·u); frame 0 never."""
    batch, length, _ = shape
    rates = np.cos(math.pi / 2 * rng.random((batch, length))) * (rng.random((batch, length)) >= UNMASKED_FRAMES)
    rates[:, 0] = 0
    rates[0, -1] = max(rates[0, -1], 0.5)  # something is always masked
    return torch.from_numpy(rng.random(shape) < rates[:, :, None])
