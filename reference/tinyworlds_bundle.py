"""Random checkpoints of tinyworlds, and a reference bundle of all its outputs.

    python3 reference/tinyworlds_bundle.py OUT [--seed N] [--context C] [--horizon H] [--size PIXELS] …

writes three checkpoints and reference.safetensors to OUT.
"""
import argparse
import math
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors import save
from tinyworlds import Model, play, quantise


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
        "source": "reference/tinyworlds_bundle.py, random weights",
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
    for name, preset in {'--seed': 1, '--context': 2, '--horizon': 1, '--size': 24, '--patch': 4, '--action-patch': 6, '--levels': 3, '--code-width': 2, '--digits': 2, '--frames': 4, '--plays': 4, '--steps': 10}.items():
        p.add_argument(name, type=int, default=preset)
    for name, preset in {'--width': [16, 12, 20], '--ffn': [21, 10, 26], '--heads': [2, 3, 5], '--layers': [1, 2, 2]}.items():
        p.add_argument(name, type=int, nargs=3, default=preset, help="tokenizer, action model, dynamics")
    p.add_argument('--temperature', type=float, default=0.7)
    p.add_argument('--schedule-k', type=float, default=5.0)
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
