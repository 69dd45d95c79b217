"""The ST-transformer of model.md §1: attention over space, attention over time, one feed-forward.

x is [B, T, S, D] everywhere: B clips of T frames of S tokens. A KvCache per block holds the temporal keys and values
of past frames, so that a world can be streamed frame by frame with exactly the result of the whole sequence.
"""
import math

import torch
from torch import nn
from torch.nn import functional as F


class KvCache:
    """The KV cache of one block: keys and values [B, S, h, n, d] of the last n < W frames.

    A forward pass leaves its own frames in `fresh`. `append` adds them to the past: MaskGIT passes over an unfinished
    frame many times and appends the last pass only.
    """

    def __init__(self, window):
        self.window, self.past, self.fresh = window, None, None

    def extend(self, keys, values):
        if self.past is not None:
            keys, values = (torch.cat([old, new], dim=3) for old, new in zip(self.past, (keys, values)))
        self.fresh = keys, values
        return keys, values

    def append(self):
        if self.window > 1:
            self.past = tuple(part[:, :, :, 1 - self.window:] for part in self.fresh)

    def ages(self, queries, keys):
        """[queries, keys]: how many frames a key is older than a query; negative in the future."""
        return torch.arange(keys - queries, keys)[:, None] - torch.arange(keys)


class FinishedPast:
    """Lets all frames of a clip be decoded at once, each as play would: query frame t sees the finished frames before it, and itself.

    `finished` is the KvCache of a pass over the finished clip. Nothing is appended here.
    """

    def __init__(self, finished):
        self.past = finished.fresh

    def extend(self, keys, values):
        return tuple(torch.cat([old, new], dim=3) for old, new in zip(self.past, (keys, values)))

    def ages(self, queries, keys):
        frame = torch.arange(queries)
        before = (frame[:, None] - frame).where(frame[:, None] > frame, torch.tensor(-1))
        itself = torch.eye(queries, dtype=torch.long) - 1
        return torch.cat([before, itself], dim=1)


class QkNorm(nn.Module):
    """q and k of each head over their root mean square (qk_norm)."""

    def __init__(self, d):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(d))

    def forward(self, x):
        return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + 1e-6) * self.weight


class Attention(nn.Module):
    """norm → q, k, v → softmax(q·k / √d + bias)·v → out. The subclasses define which tokens a token attends to."""

    def __init__(self, width, heads, qk_norm):
        super().__init__()
        self.heads = heads
        self.norm = nn.LayerNorm(width, eps=1e-5)
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.out = nn.Linear(width, width)
        if qk_norm:
            self.q_norm, self.k_norm = QkNorm(width // heads), QkNorm(width // heads)

    def project(self, x):
        """-> q, k, v, each [B, T, S, h, d]"""
        q, k, v = self.qkv(self.norm(x)).unflatten(-1, (3, self.heads, -1)).unbind(-3)
        if hasattr(self, 'q_norm'):
            q, k = self.q_norm(q), self.k_norm(k)
        return q / math.sqrt(q.shape[-1]), k, v


class SpatialAttention(Attention):
    def forward(self, x):
        q, k, v = (part.transpose(2, 3) for part in self.project(x))  # [B, T, h, S, d]
        seen = torch.softmax(q @ k.transpose(-1, -2), dim=-1) @ v
        return self.out(seen.transpose(2, 3).flatten(-2))


class TemporalAttention(Attention):
    def __init__(self, width, heads, qk_norm, window):
        super().__init__(width, heads, qk_norm)
        self.bias = nn.Parameter(torch.zeros(heads, window))  # [h, W], the relative position bias: 0 is the frame itself

    def forward(self, x, cache=None):
        q, k, v = (part.permute(0, 2, 3, 1, 4) for part in self.project(x))  # [B, S, h, T, d]
        if cache is not None:
            k, v = cache.extend(k, v)
        scores = q @ k.transpose(-1, -2) + self.position_bias(q.shape[3], k.shape[3], cache)
        seen = torch.softmax(scores, dim=-1) @ v
        return self.out(seen.permute(0, 3, 1, 2, 4).flatten(-2))

    def position_bias(self, queries, keys, cache=None):
        """-> [h, queries, keys]: relative position bias, -∞ for the future and for what is older than the window."""
        age = (cache or KvCache(None)).ages(queries, keys).to(self.bias.device)
        window = self.bias.shape[1]
        bias = self.bias[:, age.clamp(0, window - 1)]
        return bias.masked_fill((age < 0) | (age >= window), -math.inf)


class FullAttention(TemporalAttention):
    """All tokens of frames t-W+1 … t at once, with a relative position bias."""

    def forward(self, x, cache=None):
        q, k, v = (part.permute(0, 2, 3, 1, 4) for part in self.project(x))  # [B, S, h, T, d]
        if cache is not None:
            k, v = cache.extend(k, v)
        bias, past, seen = self.position_bias(q.shape[3], k.shape[3]), k.shape[3] - q.shape[3], []
        for t in range(q.shape[3]):  # a frame at a time: memory grows with S·W·S, not with the square of T
            window = slice(max(0, past + t + 1 - self.bias.shape[1]), past + t + 1)
            keys, values = (part[:, :, :, window].permute(0, 2, 3, 1, 4) for part in (k, v))  # [B, h, n, S, d]
            scores = q[:, :, :, t].transpose(1, 2) @ keys.flatten(2, 3).transpose(-1, -2)  # [B, h, S, n·S]
            scores = scores + bias[:, t, window].repeat_interleave(keys.shape[3], dim=-1)[:, None]
            seen.append((torch.softmax(scores, dim=-1) @ values.flatten(2, 3)).transpose(1, 2).flatten(-2))
        return self.out(torch.stack(seen, dim=1))


ATTENTION = {'st-vivit': {'spatial': SpatialAttention, 'temporal': TemporalAttention}, 'vit': {'spatial': SpatialAttention}, 'c-vivit': {'full': FullAttention},
             'patch': {}}


class Block(nn.Module):
    """`variant`: the tokenizer's (model.md §1); every other component has st-vivit."""

    def __init__(self, width, heads, ffn, window, qk_norm=False, variant='st-vivit'):
        super().__init__()
        self.attention = list(ATTENTION[variant])
        for name, kind in ATTENTION[variant].items():
            setattr(self, name, kind(width, heads, qk_norm, *([] if kind is SpatialAttention else [window])))
        self.window = 1 if variant in ('vit', 'patch') else window  # frames that it attends to
        self.ffn = nn.ModuleDict({'norm': nn.LayerNorm(width, eps=1e-5), 'in': nn.Linear(width, ffn), 'out': nn.Linear(ffn, width)})

    def forward(self, x, cache=None):
        for name in self.attention:
            x = x + (self.spatial(x) if name == 'spatial' else getattr(self, name)(x, cache))
        hidden = F.gelu(self.ffn['in'](self.ffn['norm'](x)), approximate='tanh')
        return x + self.ffn['out'](hidden)


def run_blocks(blocks, x, caches=None):
    """caches: one KvCache per block, or None to take x as the whole sequence."""
    for i, block in enumerate(blocks):
        x = block(x, caches[i] if caches else None)
    return x


def new_caches(blocks):
    return [KvCache(block.window) for block in blocks]
