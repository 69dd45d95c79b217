"""How the dynamics is trained (pilot.md): tokens and actions are computed once, a structured start, every frame its own mask rate."""
import math
import os

import numpy as np
import torch

from clips import Clips, label_clips
from dynamics import NULL, Dynamics
from codebook import unit
from moving import movements, moving_patches
from recipe_latent_action import direction_centres, direction_codes
from starts import look_around, look_back, nearest_centre, shrink_outputs, start_tokens_in, start_tokens_out
from trainer import cosine
from weights import load_component, load_latent_action

CLEAN = 0.4  # of the frames: nothing masked, as the past is at play
REPLACED = 0.03  # of the visible tokens: by a random one, so that mistakes at play are not believed
DROPPED = 0.1  # of the actions: null
MOMENTUM = 0.25  # of the actions that came too late to matter: see `momentum`
POSITION_CHANNELS = 24


class DynamicsRecipe:
    defaults = {'batch': 6, 'frames': 12, 'rate': 1.2e-3, 'moving': 4.0}

    def __init__(self, config, args, processes):
        self.args, self.processes, self.config = args, processes, config
        self.module, self.state = Dynamics(config), {}
        self.clips = Clips(args.data, config)
        tokenizer = load_component(args.out, 'tokenizer', config)
        self.codebook = unit(tokenizer.codebook.detach())
        measured = args.actions == 'directions'
        if measured:
            centres = direction_centres(self.clips, config.latent_action.actions)
            across = torch.stack([centres[:, 0], torch.zeros(len(centres))], dim=-1)
            self.level, self.rising = (nearest_centre(across + torch.tensor([0.0, rise]), centres).numpy() for rise in (0, 1))  # [A] each code's twins
            self.actions_codebook, act, source = torch.eye(*self.module.action_codebook.shape), movements, 'movements'
        else:
            lam, seen = load_latent_action(args.out, config)
            self.actions_codebook, source = lam.codebook.detach(), 'latent_action'

            def act(frames):
                return lam.encode(seen(frames))
        if processes.rank == 0:
            label_clips(self.clips, tokenizer.encode, self.cache('tokens'))
            label_clips(self.clips, act, self.cache(source))
            label_clips(self.clips, lambda frames: moving_patches(frames, config.tokenizer.patch), self.cache('moving'))
        processes.agree(0)
        self.tokens, self.actions, self.moving = (np.load(self.cache(name), mmap_mode='r') for name in ('tokens', source, 'moving'))
        self.vertical = None  # [N, T-1]
        if measured:
            moves = torch.from_numpy(np.array(self.actions)).float()
            self.actions, self.vertical = direction_codes(moves, centres).numpy(), moves[..., 1].numpy()

    def cache(self, name):
        return os.path.join(self.args.out, f'{os.path.basename(self.args.data)}.{name}.npy')

    def start(self, rng):
        module, frame, patch = self.module, self.config.frame, self.config.tokenizer.patch
        width = module.mask.shape[0]
        content = width - POSITION_CHANNELS
        with torch.no_grad():
            module.action_codebook.copy_(self.actions_codebook)
            module.action.weight.normal_(0, 0.5)
            start_tokens_in(module.token, self.codebook, content)
            start_tokens_out(module.head, module.token)
            module.mask.zero_()
        look_back(module.blocks)
        look_around(module.position, module.blocks, -(-frame.height // patch), -(-frame.width // patch), POSITION_CHANNELS)
        shrink_outputs(module.blocks, 0.3)

    def phase_steps(self, step):
        return step

    def rate(self, progress):
        return cosine(progress)

    def loss(self, progress, rng):
        length, device = self.args.frames, self.processes.device
        where = list(zip(*self.clips.where(rng, self.args.batch, length)))
        tokens = torch.from_numpy(np.stack([self.tokens[clip, start:start + length] for clip, start in where]).astype(np.int64))
        actions = np.stack([self.actions[clip, start:start + length - 1] for clip, start in where]).astype(np.int64)
        if self.vertical is not None:
            vertical = np.stack([self.vertical[clip, start:start + length - 1] for clip, start in where])
            actions = momentum(actions, vertical, self.level, self.rising, rng)
        actions = torch.from_numpy(actions)
        moving = torch.from_numpy(np.stack([self.moving[clip, start:start + length] for clip, start in where]).astype(np.float32))
        weights = 1 + (self.args.moving - 1) * moving
        masked = draw_mask(tokens.shape, rng)
        replaced = torch.from_numpy(rng.random(tokens.shape) < REPLACED)
        corrupted = torch.where(replaced, torch.from_numpy(rng.integers(self.module.codes, size=tokens.shape)), tokens)
        actions[torch.from_numpy(rng.random(actions.shape) < DROPPED)] = NULL
        return self.module.loss(*(part.to(device) for part in (tokens, actions, masked, corrupted, weights)))

    def finish(self, progress, step, rng):
        pass


def momentum(actions, vertical, level, rising, rng):
    """Actions [B, T-1] as a player's fingers would have them, rather than as what came of them.

    Who is falling, or has just ceased to rise, cannot be told to rise; who is rising already need not be. There the code
    of the other height is told now and then, so that a key held in the air does nothing and a short press is a whole jump.
    vertical [B, T-1]: -1 rises, 1 falls; level, rising [A]: the codes that go the same way across.
    """
    before = np.pad(vertical[:, :-1], ((0, 0), (1, 0)))
    told = rng.random(actions.shape) < MOMENTUM
    in_vain = (vertical > 0) | ((vertical == 0) & (before < 0))
    needless = (vertical < 0) & (before < 0)
    return np.where(told & in_vain, rising[actions], np.where(told & needless, level[actions], actions))


def draw_mask(shape, rng):
    """[B, T, S] bool: 40 % of the frames clean, the others masked at a rate of cos(π/2·u); frame 0 never."""
    batch, length, _ = shape
    rates = np.cos(math.pi / 2 * rng.random((batch, length))) * (rng.random((batch, length)) >= CLEAN)
    rates[:, 0] = 0
    rates[0, -1] = max(rates[0, -1], 0.5)  # something is always masked
    return torch.from_numpy(rng.random(shape) < rates[:, :, None])
