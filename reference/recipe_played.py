"""Recipe of the dynamics of N codebooks, trained as it is played, in one step per frame. Every frame of a clip, wholly masked, is decoded from
the finished frames before it.

Tokens are made batch by batch: an encoder of patches costs little beside a step. The initial weights already move the picture (copy_init.py).
Training is for what a moved picture lacks: characters, what enters at the edge, what was hidden.
"""
import numpy as np
import torch

from copy_init import init_copy, moved_from
from clips import Clips
from dynamics import NULL, Dynamics, led_into
from weights import load_component, load_latent_action

NULL_ACTIONS = 0.1  # share of the actions
START_CLIPS = 240  # in which the motion of each action is measured


class PlayedDynamicsRecipe:
    defaults = {'batch': 2, 'frames': 8, 'rate': 3e-4, 'changing': 1.0}
    slow = ('token', 'head', 'position')  # a tenth of the learning rate, no weight decay: Adam changes a rare code's row as much as a frequent one's, which would undo the alikeness of codes

    def __init__(self, config, args, processes):
        self.args, self.processes, self.config = args, processes, config
        self.module, self.state, self.clips = Dynamics(config), {}, Clips(args.data, config)
        self.tokenizer = load_component(args.out, 'tokenizer', config).to(processes.device)
        if args.actions == 'labels':
            self.labels, self.action_codebook = self.clips.labels('actions'), torch.eye(*self.module.action_codebook.shape)
            if self.labels.max() >= len(self.action_codebook):
                raise ValueError(f'{args.data}: actions go up to {self.labels.max()}, config.json has latent_action.actions {len(self.action_codebook)}')
        elif args.actions == 'latent_action':
            self.lam, self.lam_input = load_latent_action(args.out, config)
            self.action_codebook = self.lam.codebook.detach()
        else:
            raise ValueError(f'--actions {args.actions}: a dynamics of {config.tokenizer.codebooks} codebooks takes latent_action or labels')

    @torch.no_grad()
    def batch(self, rng, count, length):
        """-> tokens [B, T, S, N], actions [B, T-1]"""
        where = list(zip(*self.clips.where(rng, count, length)))
        frames = self.clips.at(where, length).to(self.processes.device)
        if self.args.actions == 'labels':
            actions = torch.from_numpy(np.stack([self.labels[clip, start:start + length - 1] for clip, start in where])).long()
        else:
            actions = self.lam.to(frames.device).encode(self.lam_input(frames))
        return self.tokenizer.encode(frames), actions.to(frames.device)

    def init_weights(self, rng):
        tokens, actions = (part.cpu() for part in self.batch(rng, START_CLIPS, 3))
        rows = -(-self.config.frame.height // self.config.tokenizer.patch)
        moves = moved_from(tokens[..., 0].numpy(), actions.numpy(), len(self.action_codebook), rows)
        self.module.action_codebook.copy_(self.action_codebook)
        init_copy(self.module, [part.cpu() for part in self.tokenizer.vectors()], moves, rows, (tokens[:4], led_into(actions[:4])))

    def loss(self, progress, rng):
        tokens, actions = self.batch(rng, self.args.batch, self.args.frames)
        masked = torch.ones(tokens.shape[:3], dtype=torch.bool, device=tokens.device)
        masked[:, 0] = False
        actions[torch.from_numpy(rng.random(actions.shape) < NULL_ACTIONS).to(actions.device)] = NULL
        return self.module.loss_as_played(tokens, actions, masked)

    def after_step(self, progress, step, rng):
        pass
