"""The dynamics (model.md §4): a MaskGIT transformer that fills in the masked tokens of a frame, given past frames and actions."""
import torch
from torch import nn
from torch.nn import functional as F

from codebook import unit
from config import positions
from st_transformer import Block, run_blocks

NULL = -1  # an action that says nothing


class Dynamics(nn.Module):
    def __init__(self, config):
        super().__init__()
        size, codes, action = config.dynamics, config.tokenizer.codes, config.latent_action
        tokens = positions(config, config.tokenizer.patch)
        self.codes = codes
        self.token = nn.Embedding(codes, size.width)  # [K, D]
        self.mask = nn.Parameter(0.02 * torch.randn(size.width))  # [D]
        self.position = nn.Parameter(0.02 * torch.randn(tokens, size.width))  # [S, D]
        self.action = nn.Linear(action.code_width, size.width, bias=False)  # [D, C]
        self.register_buffer('action_codebook', torch.zeros(action.actions, action.code_width))  # [A, C], the LAM's
        qk_norm = getattr(size, 'qk_norm', True)
        self.blocks = nn.ModuleList(Block(size.width, size.heads, size.ffn, size.window, qk_norm) for _ in range(size.layers))
        self.norm = nn.LayerNorm(size.width, eps=1e-5)
        self.head = nn.Linear(size.width, codes)

    def hidden(self, tokens, actions, memories=None):
        """tokens [B, T, S], id K = masked; actions [B, T]: what led INTO each frame, NULL for nothing -> [B, T, S, D]"""
        table = torch.cat([self.token.weight, self.mask[None]])
        led_by = self.action(unit(self.action_codebook))[actions.clamp(min=0)] * (actions != NULL).to(table.dtype)[..., None]
        x = F.embedding(tokens, table) + self.position + led_by[:, :, None]
        return self.norm(run_blocks(self.blocks, x, memories))

    def forward(self, tokens, actions, memories=None):
        """-> logits [B, T, S, K]: those at (t, s) are for token (t, s) itself"""
        return self.head(self.hidden(tokens, actions, memories))

    def loss(self, tokens, actions, masked, corrupted=None, weights=None):
        """tokens [B, T, S] the truth, actions [B, T-1], masked [B, T, S] bool -> (loss, parts).

        `corrupted`: what the model sees where nothing is masked, when that is not the truth. `weights` [B, T, S] of the
        tokens, all alike when None. The head, the widest layer, runs where tokens are masked only.
        """
        seen = (tokens if corrupted is None else corrupted).masked_fill(masked, self.codes)
        logits = self.head(self.hidden(seen, led_into(actions))[masked])
        losses, right = F.cross_entropy(logits, tokens[masked], reduction='none'), (logits.argmax(-1) == tokens[masked]).to(logits.dtype)
        if weights is None:
            return losses.mean(), {'right': right.mean()}
        share = weights[masked] / weights[masked].sum()
        return (losses * share).sum(), {'right': right.mean(), 'nats': losses.mean(), 'weighted_right': (right * share).sum()}


def led_into(actions):
    """actions [B, T-1] between frames -> [B, T]: nothing led into frame 0."""
    return F.pad(actions, (1, 0), value=NULL)
