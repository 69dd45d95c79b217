"""Clips from a file: `frames` u8 [N, T, H, W, 3], memory-mapped; only the frames of a batch are read."""
import os

import numpy as np
import torch

import safetensors


class Clips:
    def __init__(self, path, config):
        self.path, self.frames = path, safetensors.open_tensor(path, 'frames')
        expected = (config.frame.height, config.frame.width, 3)
        if self.frames.ndim != 5 or self.frames.shape[2:] != expected:
            raise ValueError(f'{path}: frames is {list(self.frames.shape)}, config.json implies [N, T, {", ".join(map(str, expected))}]')
        self.count, self.length = self.frames.shape[:2]

    def where(self, rng, batch, length):
        """Random places of `length` frames that cross no cut: clip numbers [B], first frames [B]."""
        if length > self.length:
            raise ValueError(f'{self.path}: clips have {self.length} frames, training wants {length}')
        return rng.integers(self.count, size=batch), rng.integers(self.length - length + 1, size=batch)

    def batch(self, rng, batch, length):
        """-> [B, T, H, W, 3] in 0…1"""
        return self.at(zip(*self.where(rng, batch, length)), length)

    def at(self, where, length):
        """where: pairs (clip, first frame) -> [B, T, H, W, 3] in 0…1"""
        return as_floats(np.stack([self.frames[clip, start:start + length] for clip, start in where]))

    def has(self, name):
        return name in safetensors.read_header(self.path)[0]

    def labels(self, name):
        """An integer tensor of the same file ([N, T-1] for moves and actions), for measuring only: training never sees it."""
        return np.array(safetensors.open_tensor(self.path, name))


def as_floats(frames):
    return torch.from_numpy(np.array(frames)).float() / 255


@torch.no_grad()
def label_clips(clips, encode, cache, batch=8):
    """Runs `encode` (frames [B, T, …] -> integers [B, …]) over every clip, once; the result is stored in the file `cache`."""
    if os.path.exists(cache):
        return np.load(cache)
    parts = [encode(as_floats(clips.frames[i:i + batch])).to(torch.int16).numpy() for i in range(0, clips.count, batch)]
    labels = np.concatenate(parts)
    np.save(f'{cache}.part.npy', labels)
    os.replace(f'{cache}.part.npy', cache)
    return labels
