"""jasmine (github.com/p-doom/jasmine) in PyTorch, written a second time: its models and its play. jasmine_bundle.py makes bundles of it."""
import math

import torch
import torch.nn.functional as F
from tinyworlds import gumbel


def sinusoids(count, width):
    """[count, width]: sines and cosines of position, in pairs of channels."""
    j = torch.arange(0, width, 2, dtype=torch.float64)
    angle = torch.arange(count, dtype=torch.float64)[:, None] * torch.exp(-math.log(10000) * j / width)
    return torch.stack([angle.sin(), angle.cos()], -1).flatten(1).float()


def linear(w, name, x):
    """A kernel is [inputs, outputs]."""
    return x @ w[f"{name}.kernel"] + w[f"{name}.bias"]


def norm(w, name, x):
    return F.layer_norm(x, x.shape[-1:], w[f"{name}.scale"], w[f"{name}.bias"], 1e-6)


def attention(w, name, x, is_causal):
    """x [batch, tokens, D]; kernels of queries, keys and values [D, heads, D / heads], of the output [heads, D / heads, D]."""
    q, k, v = (
        torch.einsum("btd,dhk->bhtk", x, w[f"{name}.{n}.kernel"]) + w[f"{name}.{n}.bias"][:, None] for n in ("query", "key", "value")
    )
    seen = F.scaled_dot_product_attention(q, k, v, is_causal=is_causal)
    return torch.einsum("bhtk,hkd->btd", seen, w[f"{name}.out.kernel"]) + w[f"{name}.out.bias"]


def transformer(w, prefix, x):
    """x [T, N, inputs] → [T, N, outputs]."""
    x = norm(w, f"{prefix}input_norm2", linear(w, f"{prefix}input_dense", norm(w, f"{prefix}input_norm1", x)))
    t, n, width = x.shape
    x = x + sinusoids(t, width)[:, None] + sinusoids(n, width)
    i = 0
    while f"{prefix}blocks.{i}.ffn_norm.scale" in w:
        b = f"{prefix}blocks.{i}"
        x = x + attention(w, f"{b}.spatial_attention", norm(w, f"{b}.spatial_norm", x), False)
        over_time = norm(w, f"{b}.temporal_norm", x).transpose(0, 1)
        x = x + attention(w, f"{b}.temporal_attention", over_time, True).transpose(0, 1)
        hidden = F.gelu(linear(w, f"{b}.ffn_dense1", norm(w, f"{b}.ffn_norm", x)), approximate="tanh")
        x = x + linear(w, f"{b}.ffn_dense2", hidden)
        i += 1
    return linear(w, f"{prefix}output_dense", x)


def cut(frames, p):
    """[T, H, W, 3] → [T, N, 3p²] by row, column, channel; zeros where a patch leaves the frame."""
    _, h, w, _ = frames.shape
    x = F.pad(frames, (0, 0, 0, -w % p, 0, -h % p))
    t, rows, columns = len(x), x.shape[1] // p, x.shape[2] // p
    return x.reshape(t, rows, p, columns, p, 3).transpose(2, 3).reshape(t, rows * columns, -1)


def put(patches, p, h, w):
    t, rows, columns = len(patches), -(-h // p), -(-w // p)
    return patches.reshape(t, rows, columns, p, p, 3).transpose(2, 3).reshape(t, rows * p, columns * p, 3)[:, :h, :w]


def nearest(latents, codebook):
    return (F.normalize(latents, dim=-1, eps=1e-8) @ F.normalize(codebook, dim=-1, eps=1e-8).T).argmax(-1)


class Model:
    """All parameters by jasmine's names, and what is not in them."""

    def __init__(self, w, sizes):
        self.w, self.s = w, sizes
        self.codes = len(w["tokenizer.vq.codebook"])

    def encode(self, frames):
        return transformer(self.w, "tokenizer.encoder.", cut(frames, self.s.patch))

    def quantise(self, latents):
        return nearest(latents, self.w["tokenizer.vq.codebook"])

    def decode(self, codes):
        """The decoder gets the codebook's rows as they are, not normalised."""
        x = transformer(self.w, "tokenizer.decoder.", self.w["tokenizer.vq.codebook"][codes])
        return put(x.sigmoid(), self.s.patch, self.s.height, self.s.image_width)

    def action_latents(self, frames):
        """[T - 1, C]: the action into every frame but the first."""
        patches = cut(frames, self.s.action_patch)
        token = self.w["lam.action_in"][0].expand(len(frames), 1, -1)
        return transformer(self.w, "lam.encoder.", torch.cat([token, patches], 1))[1:, 0]

    def actions(self, latents):
        return nearest(latents, self.w["lam.vq.codebook"])

    def logits(self, tokens, actions):
        """tokens [T, N] (K = masked), the action into every frame but the first [T - 1] → [T, N, K]."""
        x = self.w["dynamics.patch_embed.embedding"][tokens.clamp(max=self.codes - 1)]
        x = torch.where((tokens == self.codes)[..., None], self.w["dynamics.mask_token"][0, 0, 0], x)
        into = linear(self.w, "dynamics.action_up", self.w["lam.vq.codebook"][actions])
        into = F.pad(into, (0, 0, 1, 0))[:, None]
        return transformer(self.w, "dynamics.transformer.", torch.cat([into, x], 1))[:, 1:]


def schedule(N, steps):
    """(share of the temperature, positions that stay masked) of every step that unmasks one."""
    masked, out = N, []
    for s in range(steps):
        known = 1 - torch.cos(torch.tensor(math.pi, dtype=torch.float32) * (s + 1) / (2 * steps))
        stay = 0 if s == steps - 1 else N - int(torch.round(N * known)) + 1
        if stay < masked:
            out.append((float(known), stay))
            masked = stay
    return out


def unmask(model, context, actions, temperature, seed, frame):
    """Tokens of frame number `frame`, after `context` [T, N], and the step at which each was kept. actions: into every frame but the first."""
    N = context.shape[1]
    tokens, order = torch.full((N,), model.codes), torch.full((N,), -1)
    margin = math.inf
    for m, (share, stay) in enumerate(schedule(N, model.s.steps)):
        scores = model.logits(torch.cat([context, tokens[None]]), actions)[-1] / (share * (temperature or 1))
        noisy = scores.double()
        if temperature > 0:
            i = torch.arange(N)[:, None]
            noisy = noisy + gumbel(seed, frame, m, i, torch.arange(model.codes))
        drawn = noisy.argmax(-1)
        confidence = scores.softmax(-1).gather(-1, drawn[:, None])[:, 0]
        masked = (order < 0).nonzero()[:, 0]
        ranked = masked[torch.argsort(confidence[masked], stable=True)]
        kept = ranked[stay:]
        if stay > 0:
            margin = min(margin, float(confidence[ranked[stay]] - confidence[ranked[stay - 1]]))
        top = noisy[kept].topk(2).values
        margin = min(margin, float((top[:, 0] - top[:, 1]).min()))
        tokens[kept] = drawn[kept]
        order[kept] = m
    return tokens, order, margin


def play(model, context, inferred, actions, temperature, seed):
    """Frames after `context` [T, N]. While all frames fit in the window this is what its sampler computes; then the window slides."""
    tokens, orders, frames, margin = context, [], [], math.inf
    W = model.s.seq_len
    into = torch.cat([inferred, actions])  # into every frame but the first
    for frame in range(len(context), len(context) + len(actions)):
        first = max(0, frame + 1 - W)
        new, order, closest = unmask(model, tokens[first:], into[first:frame], temperature, seed, frame)
        tokens = torch.cat([tokens, new[None]])
        orders.append(order)
        frames.append(model.decode(tokens[-W:])[-1])
        margin = min(margin, closest)
    return {"tokens": tokens[len(context) :], "order": torch.stack(orders), "frames": torch.stack(frames)}, margin
