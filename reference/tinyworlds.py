"""tinyworlds in PyTorch, written a second time: its models, its play, and a reference bundle of all of it.

    python3 reference/tinyworlds.py OUT [--seed N] [--context C] [--horizon H] [--size PIXELS] …

writes three checkpoints of random weights and reference.safetensors to OUT.
"""

import argparse
import math
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors import save

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


def random_parts(s, generator):
    """State dicts of random weights."""

    def block(width, ffn, digits=None):
        linears = {f"{a}_attn.{n}_proj": (width, width) for a in ("spatial", "temporal") for n in ("q", "k", "v", "out")}
        linears |= {"ffn.w_v": (ffn, width), "ffn.w_g": (ffn, width), "ffn.w_o": (width, ffn)}
        subs = ("spatial_attn", "temporal_attn", "ffn")
        if digits:
            linears |= {f"{sub}.norm.to_gamma_beta.1": (2 * width, digits) for sub in subs}
            return linears, {}
        return linears, {f"{sub}.norm.rms.weight": (width,) for sub in subs}

    def fill(linears, vectors_):
        w = {}
        for name, shape in linears.items():
            w[f"{name}.weight"] = torch.randn(shape, generator=generator) / math.sqrt(shape[1])
            w[f"{name}.bias"] = 0.1 * torch.randn(shape[:1], generator=generator)
        for name, shape in vectors_.items():
            w[name] = 1 + 0.1 * torch.randn(shape, generator=generator)
        return w

    def stack(prefix, layers, width, ffn, digits=None):
        linears, vectors_ = block(width, ffn, digits)
        at = f"{prefix}transformer.blocks."
        return (
            {f"{at}{i}.{name}": shape for i in range(layers) for name, shape in linears.items()},
            {f"{at}{i}.{name}": shape for i in range(layers) for name, shape in vectors_.items()},
        )

    def whole(stacks, linears, vectors_=()):
        for of_linears, of_vectors in stacks:
            linears = linears | of_linears
            vectors_ = dict(vectors_) | of_vectors
        return fill(linears, dict(vectors_))

    def norms(*names, width):
        return {f"{name}.{kind}": (width,) for name in names for kind in ("weight", "bias")}

    n, digits = s.code_width, s.digits
    (E, F_), (G, H_), (D, J) = zip(s.width, s.ffn)
    values, action_values = 3 * s.patch**2, 3 * s.action_patch**2
    tok = whole(
        [stack("encoder.", s.layers[0], E, F_), stack("decoder.", s.layers[0], E, F_)],
        {"encoder.patch_embed.proj": (E, values), "encoder.latent_head.1": (n, E), "decoder.latent_embed": (E, n), "decoder.frame_head.to_pixels": (values, E)},
        norms("encoder.latent_head.0", width=E),
    )
    lam = whole(
        [stack("encoder.", s.layers[1], G, H_), stack("decoder.", s.layers[1], G, H_, digits)],
        {
            "encoder.patch_embed.proj": (G, action_values),
            "encoder.action_head.1": (4 * digits, 2 * G),
            "encoder.action_head.3": (digits, 4 * digits),
            "decoder.patch_embed.proj": (G, action_values),
            "decoder.frame_head.1": (action_values, G),
        },
        {**norms("encoder.action_head.0", width=2 * G), **norms("decoder.frame_head.0", width=G), "decoder.mask_token": (1, 1, 1, G)},
    )
    dyn = whole([stack("", s.layers[2], D, J, digits)], {"latent_embed": (D, n), "output_mlp": (s.levels**n, D)}, {"mask_token": (1, 1, 1, n)})
    for w, name in ((tok, "encoder.patch_embed.proj"), (lam, "encoder.patch_embed.proj"), (lam, "decoder.patch_embed.proj"), (tok, "decoder.frame_head.to_pixels")):
        w[f"{name}.weight"] = w[f"{name}.weight"][..., None, None]
    tok["encoder.latent_head.1.weight"] *= 2
    dyn["output_mlp.weight"] *= 2
    tok["quantizer.basis"] = s.levels ** torch.arange(n)
    lam["quantizer.basis"] = 2 ** torch.arange(digits)
    return tok, lam, dyn


def bundle(model, generator):
    s = model.s
    side = (s.frames, s.size, s.size, 3)
    P = (s.size // s.patch) ** 2
    blobs = F.interpolate(torch.randn(s.frames, 3, 5, 5, generator=generator), size=(s.size, s.size), mode="bilinear")
    frames = (127.5 + 60 * blobs.permute(0, 2, 3, 1) + 10 * torch.randn(side, generator=generator)).clamp(0, 255).to(torch.uint8)
    signed = (frames.float() / 255 - 0.5) / 0.5
    latents, action_latents = model.encode(signed), model.actions(signed)
    codes, actions = quantise(latents, s.levels), quantise(action_latents, 2)
    tokens = torch.where(torch.rand(s.frames, P, generator=generator) < 0.3, model.codes, codes)
    tokens[-1] = model.codes
    given = torch.randint(2**s.digits, (s.frames - 1,), generator=generator)
    probe = torch.stack([torch.randint(s.frames, (64,), generator=generator), torch.randint(P, (64,), generator=generator)], 1)
    moves = torch.randint(2**s.digits, (s.plays,), generator=generator)
    out = {
        "in.frames": frames,
        "out.latents": latents,
        "out.codes": codes,
        "out.reconstruction": model.decode(codes),
        "out.action_latents": action_latents,
        "out.actions": actions,
        "out.prediction": model.predict(signed[:-1], actions.tolist(), False),
        "out.prediction_masked": model.predict(signed[:-1], actions.tolist(), True),
        "in.tokens": tokens,
        "in.actions": given,
        "in.probe": probe,
        "out.logits": model.logits(tokens, [None] + given.tolist())[probe[:, 0], probe[:, 1]],
        "out.logits_free": model.logits(tokens, [None] * s.frames)[probe[:, 0], probe[:, 1]],
        "in.prompt": frames[: s.context],
        "in.play": moves,
    }
    for run, temperature, seed in (("greedy", 0.0, 0), ("sampled", s.temperature, s.seed)):
        played = play(model, signed[: s.context], moves.tolist(), temperature, seed)
        out |= {f"out.{run}.{name}": value for name, value in played.items()}
    metadata = {
        "source": "reference/tinyworlds.py, random weights",
        "context_window": s.context,
        "prediction_horizon": s.horizon,
        "steps": s.steps,
        "schedule_k": s.schedule_k,
        "sampled.temperature": s.temperature,
        "sampled.seed": s.seed,
    }
    as_int = {name: t.int() if t.dtype == torch.int64 else t for name, t in out.items()}
    return {name: t.contiguous() for name, t in as_int.items()}, {name: str(v) for name, v in metadata.items()}


def main():
    p = argparse.ArgumentParser()
    p.add_argument("out", type=Path)
    for name, preset in dict(seed=1, context=2, horizon=1, size=24, patch=4, action_patch=6, levels=3, code_width=2, digits=2, frames=4, plays=4, steps=10).items():
        p.add_argument(f"--{name.replace('_', '-')}", type=int, default=preset)
    for name, preset in dict(width=[16, 12, 20], ffn=[21, 10, 26], heads=[2, 3, 5], layers=[1, 2, 2]).items():
        p.add_argument(f"--{name}", type=int, nargs=3, default=preset, help="tokenizer, action model, dynamics")
    p.add_argument("--temperature", type=float, default=0.7)
    p.add_argument("--schedule-k", type=float, default=5.0)
    s = p.parse_args()
    generator = torch.Generator().manual_seed(s.seed)
    s.out.mkdir(parents=True, exist_ok=True)
    parts = random_parts(s, generator)
    for kind, w, heads in zip(("video_tokenizer", "latent_actions", "dynamics"), parts, s.heads):
        config = {"num_heads": heads, "frame_size": s.size}
        torch.save({"model": w, "optimizer_state_dict": None, "scheduler_state_dict": None, "config": config, "step": 0, "timestamp": ""}, s.out / f"{kind}.pth")
    with torch.no_grad():
        tensors, metadata = bundle(Model(parts, s), generator)
    save(s.out / "reference.safetensors", {name: t.numpy() for name, t in tensors.items()}, metadata)


if __name__ == "__main__":
    main()
