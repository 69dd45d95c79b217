"""MaskGIT decoding (model.md §5): one frame at a time, all its tokens masked at first, the most confident ones unmasked at every step.

The noise is counter-based: a function of (seed, frame, step, position, candidate), the same on every machine.
"""
import math

import torch

from dynamics import NULL
from st_transformer import new_caches

WORD = 0xFFFFFFFF


def pcg(v):
    """32-bit unsigned arithmetic in 64-bit tensors. v·747796405 < 2⁶² never overflows."""
    state = (v * 747796405 + 2891336453) & WORD
    word = ((((state >> ((state >> 28) + 4)) ^ state) & WORD) * 277803737) & WORD
    return (word >> 22) ^ word


def candidates(codebook, codes):
    """Counters k of a codebook's candidates: codebook n has n·(K+1) … n·(K+1)+K-1. K itself is the noise of the choice."""
    return torch.arange(codes) + codebook * (codes + 1)


def gumbel(seed, frame, step, candidates, positions):
    """-> [B, S, K] in float64, for k in `candidates`; seed [B]."""
    device = seed.device
    i, k = torch.arange(positions, device=device)[:, None], torch.as_tensor(candidates, device=device)
    bits = pcg(pcg(pcg(pcg(pcg(seed & WORD) ^ frame) ^ step)[:, None, None] ^ i) ^ k)
    v = (bits >> 9).double() * 2.0**-23 + 2.0**-24
    return -torch.log(-torch.log1p(-v))


class MaskGitDecoder:
    """Decodes frames of tokens, one after another, with KV caches of the past ones."""

    def __init__(self, dynamics, sampling, seeds):
        """sampling: steps, temperature, choice_temperature, guidance, threshold; seeds: one per clip played side by side."""
        self.dynamics, self.sampling = dynamics, sampling
        self.seeds = torch.as_tensor(seeds, dtype=torch.int64, device=dynamics.mask.device)
        self.caches, self.frame = new_caches(dynamics.blocks), 0

    @torch.no_grad()
    def append(self, tokens, actions):
        """Appends finished frames [B, T, S] and the actions that led to them [B, T] to the caches, frame by frame."""
        for t in range(tokens.shape[1]):
            self.dynamics.hidden(tokens[:, t:t + 1], actions[:, t:t + 1], self.caches)
            for cache in self.caches:
                cache.append()
            self.frame += 1

    def hidden(self, tokens, actions):
        """One frame [B, 1, S] -> [1 or 2, B, S, D]: with the action, and with guidance also without it"""
        passes = [actions] if self.sampling.guidance == 1 else [actions, torch.full_like(actions, NULL)]
        return torch.stack([self.dynamics.hidden(tokens, led, self.caches)[:, 0] for led in passes])

    def logits(self, hidden, codebook=0, known=()):
        """-> [B, S, K] for one codebook, guided; both passes are conditioned on what the codebooks before it drew."""
        with_action, *null = self.dynamics.logits(hidden, codebook, known)
        return (null[0] + self.sampling.guidance * (with_action - null[0]) if null else with_action).double()

    @torch.no_grad()
    def step(self, actions):
        """actions [B] -> tokens [B, S] of the next frame, which is appended to the caches."""
        mask, steps = self.dynamics.codes, self.sampling.steps
        positions = self.dynamics.position.shape[0]
        tokens = torch.full((len(actions), positions, self.dynamics.codebooks), mask, device=actions.device)
        actions = actions[:, None]
        threshold = getattr(self.sampling, 'threshold', 1)
        for step in range(steps):
            masked = tokens[..., 0] == mask
            chosen, log_probability, confidence = self.choose(self.hidden(self.as_given(tokens)[:, None], actions), step)
            confidence = confidence.masked_fill(~masked, math.inf)
            if threshold < 1:
                certain = log_probability >= math.log(max(threshold, 1e-300))
                confidence = confidence.masked_fill(masked & certain, math.inf)
            tokens = torch.where(masked[..., None], chosen, tokens)
            share = 0 if step == steps - 1 else math.floor(positions * math.cos(math.pi / 2 * (step + 1) / steps))
            stay = (masked.sum(-1) - 1).clamp(min=0, max=share)[:, None]
            # A stable sort: of equal confidences the lower index stays masked.
            rank = confidence.argsort(dim=-1, stable=True).argsort(dim=-1)
            left = masked & (rank < stay) & confidence.isfinite()
            tokens = torch.where(left[..., None], torch.full_like(tokens, mask), tokens)
            if not left.any():
                break
        self.append(self.as_given(tokens)[:, None], actions)
        return self.as_given(tokens)

    def as_given(self, tokens):
        """[B, S, N] -> [B, S] with one codebook, unchanged with more"""
        return tokens if self.dynamics.codebooks > 1 else tokens[..., 0]

    def choose(self, hidden, step):
        """-> tokens [B, S, N] drawn by the Gumbel-max trick, one codebook after another; log-probabilities and confidences [B, S]."""
        codes, positions, chosen, log_probability = self.dynamics.codes, hidden.shape[2], [], 0
        for codebook in range(self.dynamics.codebooks):
            logits = self.logits(hidden, codebook, chosen)
            if self.sampling.temperature == 0:
                code = logits.argmax(-1)
            else:
                noise = gumbel(self.seeds, self.frame, step, candidates(codebook, codes), positions)
                code = (logits / self.sampling.temperature + noise).argmax(-1)
            log_probability = log_probability + torch.log_softmax(logits, -1).gather(-1, code[..., None])[..., 0]
            chosen.append(code)
        fading = self.sampling.choice_temperature * (1 - (step + 1) / self.sampling.steps)
        noise = gumbel(self.seeds, self.frame, step, [codes], positions)[..., 0]
        return torch.stack(chosen, -1), log_probability, log_probability + fading * noise


def play(dynamics, prompt, actions, sampling, seeds):
    """prompt [B, P, S] codes, actions [B, n] -> tokens [B, P+n, S], with N codebooks [B, P, S, N] and [B, P+n, S, N]; actions between prompt frames are null."""
    decoder = MaskGitDecoder(dynamics, sampling, seeds)
    decoder.append(prompt, torch.full(prompt.shape[:2], NULL, device=prompt.device))
    frames = [decoder.step(actions[:, t]) for t in range(actions.shape[1])]
    return torch.cat([prompt, torch.stack(frames, dim=1)], dim=1)
