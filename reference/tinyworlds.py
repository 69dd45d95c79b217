"""tinyworlds in PyTorch, written a second time: its models and its play. tinyworlds_bundle.py makes bundles of it."""
import math

import torch
import torch.nn.functional as F


def positions(frames, side, width):
    """[frames, side * side, width]: column, row and frame in channels of their own."""
    of_time = 2 * (width // 3 // 2)
    of_column = 2 * ((width - of_time) // 4)

    def axis(count, channels):
        j = torch.arange(channels, dtype=torch.float64)
        angle = torch.arange(count, dtype=torch.float64)[:, None] / 10000 ** ((j - j % 2) / channels)
        return torch.where(j % 2 == 0, angle.sin(), angle.cos()).float()

    column, row, time = axis(side, of_column), axis(side, width - of_time - of_column), axis(frames, of_time)
    s = torch.arange(side * side)
    space = torch.cat([column[s % side], row[s // side]], 1)
    return torch.cat([space.expand(frames, -1, -1), time[:, None].expand(-1, side * side, -1)], 2)


def linear(w, name, x):
    return F.linear(x, w[f"{name}.weight"].flatten(1), w[f"{name}.bias"])


def layer_norm(w, name, x):
    return F.layer_norm(x, x.shape[-1:], w[f"{name}.weight"], w[f"{name}.bias"], 1e-5)


def attention(w, name, x, heads, mask=None):
    """x [batch, tokens, E]."""
    q, k, v = (linear(w, f"{name}.{n}_proj", x).unflatten(-1, (heads, -1)).transpose(1, 2) for n in "qkv")
    scores = q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])
    if mask is not None:
        scores = scores.masked_fill(mask, -math.inf)
    return linear(w, f"{name}.out_proj", (scores.softmax(-1) @ v).transpose(1, 2).flatten(2))


def norm(w, name, x, condition):
    """RMS norm, or FiLM where the block has it: condition [T, A] of ±1, None for frames without an action."""
    if f"{name}.rms.weight" in w:
        return x / torch.sqrt(x.square().mean(-1, keepdim=True) + 1e-5) * w[f"{name}.rms.weight"]
    y = F.layer_norm(x, x.shape[-1:], eps=1e-5)
    scales = []
    for action in condition:
        if action is None:
            scales.append(torch.zeros(2 * x.shape[-1]))
        else:
            scales.append(linear(w, f"{name}.to_gamma_beta.1", F.silu(action)))
    gamma, beta = torch.stack(scales)[:, None].chunk(2, -1)
    return y * (1 + gamma) + beta


def blocks(w, prefix, x, heads, condition=None):
    """x [T, P, E]."""
    causal = torch.ones(len(x), len(x), dtype=torch.bool).triu(1)
    i = 0
    while f"{prefix}{i}.ffn.w_v.weight" in w:
        b = f"{prefix}{i}"
        x = norm(w, f"{b}.spatial_attn.norm", x + attention(w, f"{b}.spatial_attn", x, heads), condition)
        over_time = attention(w, f"{b}.temporal_attn", x.transpose(0, 1), heads, causal).transpose(0, 1)
        x = norm(w, f"{b}.temporal_attn.norm", x + over_time, condition)
        gate = F.silu(linear(w, f"{b}.ffn.w_v", x)) * linear(w, f"{b}.ffn.w_g", x)
        x = norm(w, f"{b}.ffn.norm", x + linear(w, f"{b}.ffn.w_o", gate), condition)
        i += 1
    return x


def cut(frames, p):
    """[T, S, S, 3] → [T, P, 3p²] by channel, row, column."""
    t, s = len(frames), frames.shape[1] // p
    return frames.reshape(t, s, p, s, p, 3).permute(0, 1, 3, 5, 2, 4).reshape(t, s * s, -1)


def put(patches, p):
    t, s = len(patches), math.isqrt(patches.shape[1])
    return patches.reshape(t, s, s, 3, p, p).permute(0, 1, 4, 2, 5, 3).reshape(t, s * p, s * p, 3)


def quantise(z, levels):
    digits = (0.5 * (z.tanh() + 1) * (levels - 1)).round().long()
    return (digits * levels ** torch.arange(z.shape[-1])).sum(-1)


def vectors(codes, levels, n):
    return 2 * (codes[..., None] // levels ** torch.arange(n) % levels).float() / (levels - 1) - 1


class Model:
    """The three state dicts and what is not in them."""

    def __init__(self, parts, sizes):
        self.tok, self.lam, self.dyn = parts
        self.s = sizes
        self.n = self.tok["encoder.latent_head.1.weight"].shape[0]
        self.digits = self.lam["encoder.action_head.3.weight"].shape[0]
        self.codes = sizes.levels**self.n

    def embed(self, w, prefix, frames, p):
        x = linear(w, f"{prefix}.patch_embed.proj", cut(frames, p))
        return x + positions(len(frames), self.s.size // p, x.shape[-1])

    def encode(self, frames):
        x = blocks(self.tok, "encoder.transformer.blocks.", self.embed(self.tok, "encoder", frames, self.s.patch), self.s.heads[0])
        return linear(self.tok, "encoder.latent_head.1", layer_norm(self.tok, "encoder.latent_head.0", x))

    def decode(self, codes):
        x = linear(self.tok, "decoder.latent_embed", vectors(codes, self.s.levels, self.n))
        x = x + positions(len(codes), self.s.size // self.s.patch, x.shape[-1])
        x = blocks(self.tok, "decoder.transformer.blocks.", x, self.s.heads[0])
        return put(linear(self.tok, "decoder.frame_head.to_pixels", x), self.s.patch)

    def actions(self, frames):
        x = self.embed(self.lam, "encoder", frames, self.s.action_patch)
        m = blocks(self.lam, "encoder.transformer.blocks.", x, self.s.heads[1]).mean(1)
        x = layer_norm(self.lam, "encoder.action_head.0", torch.cat([m[:-1], m[1:]], 1))
        return linear(self.lam, "encoder.action_head.3", F.gelu(linear(self.lam, "encoder.action_head.1", x)))

    def predict(self, frames, actions, is_masked):
        x = self.embed(self.lam, "decoder", frames, self.s.action_patch)
        if is_masked:
            p = positions(len(frames), self.s.size // self.s.action_patch, x.shape[-1]).clone()
            p[..., : p.shape[-1] - 2 * (p.shape[-1] // 3 // 2)] = 0
            x = torch.cat([x[:1], (self.lam["decoder.mask_token"][0] + p)[1:]])
        x = blocks(self.lam, "decoder.transformer.blocks.", x, self.s.heads[1], self.condition(actions))
        x = linear(self.lam, "decoder.frame_head.1", layer_norm(self.lam, "decoder.frame_head.0", x))
        return put(x.tanh(), self.s.action_patch)

    def condition(self, actions):
        return [None if a is None else vectors(torch.tensor(a), 2, self.digits) for a in actions]

    def logits(self, tokens, actions):
        """tokens [T, P] (K = masked), the action into each frame (None: none)."""
        v = vectors(tokens, self.s.levels, self.n)
        v = torch.where((tokens == self.codes)[..., None], self.dyn["mask_token"][0, 0, 0], v)
        x = linear(self.dyn, "latent_embed", v)
        x = x + positions(len(tokens), self.s.size // self.s.patch, x.shape[-1])
        x = blocks(self.dyn, "transformer.blocks.", x, self.s.heads[2], self.condition(actions))
        return linear(self.dyn, "output_mlp", x)


def pcg(v):
    v = (v * 747796405 + 2891336453) & 0xFFFFFFFF
    w = (((v >> ((v >> 28) + 4)) ^ v) * 277803737) & 0xFFFFFFFF
    return (w >> 22) ^ w


def gumbel(seed, frame, step, i, k):
    """Integers of 64 bits, of which any may be a tensor."""
    bits = pcg(pcg(pcg(pcg(pcg(torch.tensor(seed)) ^ frame) ^ step) ^ i) ^ k)
    return -torch.log(-torch.log1p(-((bits >> 9) * 2.0**-23 + 2.0**-24).double()))


def unmask(model, context, actions, temperature, seed, first):
    """Tokens of H frames after `context` [C, P] and the step at which each was kept, [H, P]. actions: the one into each frame."""
    s = model.s
    H, P = s.horizon, context.shape[1]
    tokens = torch.full((H, P), model.codes)
    order = torch.full((H * P,), -1)
    N = H * P
    for m in range(s.steps):
        scores = model.logits(torch.cat([context, tokens]), actions)[-H:].flatten(0, 1).double()
        if temperature > 0:
            scores = scores / temperature
        confidence = scores.softmax(-1).max(-1).values
        if temperature > 0:
            i = torch.arange(N)[:, None]
            drawn = (scores + gumbel(seed, first + i // P, m, i % P, torch.arange(model.codes))).argmax(-1)
        else:
            drawn = scores.argmax(-1)
        left = int((order < 0).sum())
        goal = N if m == s.steps - 1 else math.ceil(N * math.expm1(s.schedule_k * m / s.steps) / math.expm1(s.schedule_k))
        take = min(max(N // 16, 1, min(max(goal - (N - left), 0), left)), left)
        for i in confidence.masked_fill(order >= 0, -1).topk(take).indices:
            tokens.view(-1)[i] = drawn[i]
            order[i] = m
        if not (order < 0).any():
            break
    return tokens, order.view(H, P)


def play(model, prompt, actions, temperature, seed):
    s = model.s
    frames = prompt
    out = {name: [] for name in ("actions", "context", "tokens", "order", "frames")}
    for k in range(len(actions)):
        window = frames[-s.context :]
        context = quantise(model.encode(window), s.levels)
        given = actions[max(0, k + 1 - s.context) : k + 1]
        inferred = quantise(model.actions(window), 2).tolist()[: s.context - len(given)] if s.context > 1 else []
        used = inferred + given
        used = used + used[-1:] * (s.horizon - 1)
        tokens, order = unmask(model, context, [None] + used, temperature, seed, s.context + k * s.horizon)
        new = model.decode(torch.cat([context, tokens]))[-s.horizon :]
        frames = torch.cat([frames, new])
        out["actions"].append(torch.tensor(used))
        out["context"].append(context)
        for name, value in (("tokens", tokens), ("order", order), ("frames", new)):
            out[name].extend(value)
    return {name: torch.stack(value) for name, value in out.items()}
