"""Random parameters of jasmine in one file, and a reference bundle of all its outputs.

    python3 reference/jasmine_bundle.py OUT [--seed N] [--seq-len FRAMES] [--height PIXELS] …

writes world.safetensors and reference.safetensors to OUT.
"""
import argparse
import math
from pathlib import Path

import torch
import torch.nn.functional as F
from jasmine import Model, play
from safetensors import save


def random_parameters(s, generator):
    def normal(*shape):
        return torch.randn(shape, generator=generator)

    def linear(name, inputs, outputs):
        return {f"{name}.kernel": normal(inputs, outputs) / math.sqrt(inputs), f"{name}.bias": 0.1 * normal(outputs)}

    def norm(name, width):
        return {f"{name}.scale": 1 + 0.1 * normal(width), f"{name}.bias": 0.1 * normal(width)}

    def attention(name, width, heads):
        split = (heads, width // heads)
        w = {}
        for n in ("query", "key", "value"):
            w |= {f"{name}.{n}.kernel": normal(width, *split) / math.sqrt(width), f"{name}.{n}.bias": 0.1 * normal(*split)}
        return w | {f"{name}.out.kernel": normal(*split, width) / math.sqrt(width), f"{name}.out.bias": 0.1 * normal(width)}

    def transformer(prefix, part, inputs, outputs):
        width, ffn, heads, layers = s.width[part], s.ffn[part], s.heads[part], s.layers[part]
        w = norm(f"{prefix}input_norm1", inputs) | linear(f"{prefix}input_dense", inputs, width) | norm(f"{prefix}input_norm2", width)
        for i in range(layers):
            b = f"{prefix}blocks.{i}"
            for sub in ("spatial", "temporal"):
                w |= norm(f"{b}.{sub}_norm", width) | attention(f"{b}.{sub}_attention", width, heads)
            w |= norm(f"{b}.ffn_norm", width) | linear(f"{b}.ffn_dense1", width, ffn) | linear(f"{b}.ffn_dense2", ffn, width)
        return w | linear(f"{prefix}output_dense", width, outputs)

    def codebook(count):
        """Rows of different lengths, as training leaves them."""
        return F.normalize(normal(count, s.code_width), dim=-1) * (0.5 + torch.rand(count, 1, generator=generator))

    values, action_values = 3 * s.patch**2, 3 * s.action_patch**2
    w = transformer("tokenizer.encoder.", 0, values, s.code_width) | {"tokenizer.vq.codebook": codebook(s.codes)}
    w |= transformer("tokenizer.decoder.", 0, s.code_width, values)
    w |= {"lam.action_in": 0.5 * normal(1, 1, 1, action_values), "lam.vq.codebook": codebook(s.actions)}
    w |= transformer("lam.encoder.", 1, action_values, s.code_width)
    w |= linear("lam.patch_up", action_values, s.width[1]) | linear("lam.action_up", s.code_width, s.width[1])
    w |= {"dynamics.patch_embed.embedding": normal(s.codes, s.width[2]), "dynamics.mask_token": normal(1, 1, 1, s.width[2])}
    w |= linear("dynamics.action_up", s.code_width, s.width[2])
    w |= transformer("dynamics.transformer.", 2, s.width[2], s.codes)
    # Sharp logits at the first steps' low temperatures would make all confidences 1.
    w["dynamics.transformer.output_dense.kernel"] *= 0.3
    return w


def bundle(model, generator):
    s = model.s
    side = (s.frames, s.height, s.image_width, 3)
    blobs = F.interpolate(torch.randn(s.frames, 3, 5, 5, generator=generator), size=side[1:3], mode="bilinear")
    frames = (127.5 + 60 * blobs.permute(0, 2, 3, 1) + 10 * torch.randn(side, generator=generator)).clamp(0, 255).to(torch.uint8)
    shown = frames.float() / 255
    latents, action_latents = model.encode(shown), model.action_latents(shown)
    codes, actions = model.quantise(latents), model.actions(action_latents)
    P = codes.shape[1]
    tokens = torch.where(torch.rand(s.frames, P, generator=generator) < 0.3, model.codes, codes)
    given = torch.randint(s.actions, (s.frames - 1,), generator=generator)
    probe = torch.stack([torch.randint(s.frames, (64,), generator=generator), torch.randint(P, (64,), generator=generator)], 1)
    moves = torch.randint(s.actions, (s.plays,), generator=generator)
    context, inferred = codes[: s.prompt], actions[: s.prompt - 1]
    out = {
        "in.frames": frames,
        "out.latents": latents,
        "out.codes": codes,
        "out.reconstruction": model.decode(codes),
        "out.action_latents": action_latents,
        "out.actions": actions,
        "in.tokens": tokens,
        "in.actions": given,
        "in.probe": probe,
        "out.logits": model.logits(tokens, given)[probe[:, 0], probe[:, 1]],
        "in.prompt": frames[: s.prompt],
        "in.play": moves,
        "out.context": context,
        "out.context_actions": inferred,
    }
    metadata = {"source": "reference/jasmine_bundle.py, random weights", "steps": s.steps, "sampled.temperature": s.temperature, "sampled.seed": s.seed}
    for run, temperature, seed in (("greedy", 0.0, 0), ("sampled", s.temperature, s.seed)):
        played, metadata[f"margin.{run}"] = play(model, context, inferred, moves, temperature, seed)
        out |= {f"out.{run}.{name}": value for name, value in played.items()}
    as_int = {name: t.int() if t.dtype == torch.int64 else t for name, t in out.items()}
    return {name: t.contiguous() for name, t in as_int.items()}, {name: str(v) for name, v in metadata.items()}


def main():
    p = argparse.ArgumentParser()
    p.add_argument("out", type=Path)
    sizes = {'--seed': 1, '--seq-len': 5, '--height': 14, '--image-width': 19, '--patch': 4, '--action-patch': 5, '--codes': 37, '--code-width': 7, '--actions': 5, '--frames': 5, '--prompt': 2, '--plays': 5, '--steps': 6}
    for name, preset in sizes.items():
        p.add_argument(name, type=int, default=preset)
    for name, preset in {'--width': [16, 12, 20], '--ffn': [36, 20, 50], '--heads': [2, 3, 5], '--layers': [1, 2, 2]}.items():
        p.add_argument(name, type=int, nargs=3, default=preset, help="tokenizer, action model, dynamics")
    p.add_argument('--temperature', type=float, default=1.0)
    s = p.parse_args()
    generator = torch.Generator().manual_seed(s.seed)
    s.out.mkdir(parents=True, exist_ok=True)
    w = random_parameters(s, generator)
    with torch.no_grad():
        tensors, metadata = bundle(Model(w, s), generator)
    sizes = {"image_height": s.height, "image_width": s.image_width, "seq_len": s.seq_len}
    save(s.out / "world.safetensors", {name: t.contiguous().numpy() for name, t in w.items()}, {name: str(v) for name, v in sizes.items()})
    save(s.out / "reference.safetensors", {name: t.numpy() for name, t in tensors.items()}, metadata)
    print({name: value for name, value in metadata.items() if name.startswith("margin")})


if __name__ == "__main__":
    main()
