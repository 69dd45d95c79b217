"""The dynamics (model.md §4): a MaskGIT transformer that fills in the masked tokens of a frame, given past frames and actions.

With N codebooks a position has N codes, masked and unmasked together (docs/codebooks-spec.md). Tokens are then [B, T, S, N], else [B, T, S].
"""
import torch
from torch import nn
from torch.nn import functional as F

from codebook import unit
from config import positions
from st_transformer import Block, FinishedPast, new_caches, run_blocks

NULL = -1  # no action


class Dynamics(nn.Module):
    def __init__(self, config):
        super().__init__()
        size, codes, action = config.dynamics, config.tokenizer.codes, config.latent_action
        tokens = positions(config, config.tokenizer.patch)
        self.codes, self.codebooks = codes, config.tokenizer.codebooks
        self.token = nn.Embedding(self.codebooks * codes, size.width)  # [N·K, D]: row n·K + k is code k of codebook n
        self.mask = nn.Parameter(0.02 * torch.randn(size.width))  # [D]
        self.position = nn.Parameter(0.02 * torch.randn(tokens, size.width))  # [S, D]
        self.action = nn.Linear(action.code_width, size.width, bias=False)  # [D, C]
        self.register_buffer('action_codebook', torch.zeros(action.actions, action.code_width))  # [A, C], the LAM's
        qk_norm = getattr(size, 'qk_norm', True)
        self.blocks = nn.ModuleList(Block(size.width, size.heads, size.ffn, size.window, qk_norm) for _ in range(size.layers))
        self.norm = nn.LayerNorm(size.width, eps=1e-5)
        self.head = nn.Linear(size.width, self.codebooks * codes)  # rows as those of token

    def each(self, tokens):
        """[..., S] with one codebook or [..., S, N] with more -> [..., S, N]"""
        return tokens if self.codebooks > 1 else tokens[..., None]

    def embed(self, tokens):
        """-> [B, T, S, D]: the sum of a position's code vectors, or mask"""
        tokens = self.each(tokens)
        masked = tokens[..., :1] == self.codes
        rows = (tokens + self.codes * torch.arange(self.codebooks, device=tokens.device)).masked_fill(masked, 0)
        return torch.where(masked, self.mask, self.token(rows).sum(-2))

    def hidden(self, tokens, actions, caches=None):
        """tokens, id K = masked; actions [B, T]: what led INTO each frame, NULL for nothing -> [B, T, S, D]"""
        led_by = self.action(unit(self.action_codebook))[actions.clamp(min=0)] * (actions != NULL).to(self.mask.dtype)[..., None]
        x = self.embed(tokens) + self.position + led_by[:, :, None]
        return self.norm(run_blocks(self.blocks, x, caches))

    def logits(self, hidden, codebook, known=()):
        """hidden [..., D] -> [..., K], the logits of one codebook. As in the tokenizer it predicts the residual of the codes before it: `known`, each [...]"""
        rows = slice(codebook * self.codes, (codebook + 1) * self.codes)
        for earlier, codes in enumerate(known):
            hidden = hidden - self.token.weight[codes + earlier * self.codes]
        return F.linear(hidden, self.head.weight[rows], self.head.bias[rows])

    def forward(self, tokens, actions, caches=None, known=None):
        """-> logits [B, T, S, K], or [B, T, S, N, K]: those at (t, s) are for token (t, s) itself. `known` as tokens: the codes that later codebooks are conditioned on."""
        hidden = self.hidden(tokens, actions, caches)
        if self.codebooks == 1:
            return self.head(hidden)
        return torch.stack([self.logits(hidden, n, known[..., :n].unbind(-1)) for n in range(self.codebooks)], dim=-2)

    def nats(self, hidden, tokens):
        """hidden [n, D] of masked positions, their true codes [n, N] -> (-log p of every code [n, N], which were the likeliest [n, N])"""
        losses, right = [], []
        for n in range(self.codebooks):
            logits = self.logits(hidden, n, tokens[:, :n].unbind(-1))
            losses.append(F.cross_entropy(logits, tokens[:, n], reduction='none'))
            right.append((logits.argmax(-1) == tokens[:, n]).to(logits.dtype))
        return torch.stack(losses, -1), torch.stack(right, -1)

    def loss(self, tokens, actions, masked, corrupted=None, weights=None):
        """tokens the truth, actions [B, T-1], masked [B, T, S] bool -> (loss, parts).

        `corrupted`: what the model sees where nothing is masked, when that is not the truth. `weights` [B, T, S] of the
        tokens, all alike when None. The head, the widest layer, runs where tokens are masked only. With N codebooks a
        position's loss is the sum of its codes'.
        """
        seen = self.hide(tokens if corrupted is None else corrupted, masked)
        return self.score(self.hidden(seen, led_into(actions)), tokens, masked, weights)

    def loss_as_played(self, tokens, actions, masked, weights=None):
        """As `loss`, but every frame is decoded as at play: `masked` hides parts of it from itself only, and all frames before it are finished."""
        led, finished = led_into(actions), new_caches(self.blocks)
        self.hidden(tokens, led, finished)
        hidden = self.hidden(self.hide(tokens, masked), led, [FinishedPast(cache) for cache in finished])
        return self.score(hidden, tokens, masked, weights)

    def hide(self, tokens, masked):
        return tokens.masked_fill(masked if self.codebooks == 1 else masked[..., None], self.codes)

    def score(self, hidden, tokens, masked, weights):
        losses, right = self.nats(hidden[masked], self.each(tokens)[masked])
        losses, first = losses.sum(-1), right[:, 0]
        parts = {'right': first.mean()} | {f'right{n}': right[:, n].mean() for n in range(1, self.codebooks)}
        if weights is None:
            return losses.mean(), parts
        share = weights[masked] / weights[masked].sum()
        return (losses * share).sum(), parts | {'nats': losses.mean(), 'weighted_right': (first * share).sum()}


def led_into(actions):
    """actions [B, T-1] between frames -> [B, T]: nothing led into frame 0."""
    return F.pad(actions, (1, 0), value=NULL)
