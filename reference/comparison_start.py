#!/usr/bin/env python3
"""Writes the result of compare_frames (initialisation.py) on a small encoder, for comparison with another implementation.

    python3 reference/comparison_start.py OUT.safetensors

in.kernels [K, D, D]; in.patches [n, 3p²] with their in.mean, in.basis and in.deviations; the encoder's tensors before (in.NAME) and after (out.NAME). Random
numbers are replaced by 2·sin(12.9898·i), i = 0, 1, … Metadata: patch, heads.
"""
import sys

import numpy as np
import torch

import safetensors
from latent_action import Encoder
from initialisation import compare_frames, attend_neighbours, attend_previous_frame, patch_pca
from types import SimpleNamespace

PATCH, HEADS, ROWS, COLUMNS = 4, 4, 2, 3


class Known:
    """In place of numpy's generator."""

    def __init__(self):
        self.drawn = 0

    def standard_normal(self, shape):
        count = int(np.prod(shape))
        values = 2 * np.sin(12.9898 * np.arange(self.drawn, self.drawn + count))
        self.drawn += count
        return values.reshape(shape)


def main():
    torch.manual_seed(1)
    size = SimpleNamespace(width=32, heads=HEADS, ffn=21, window=2, encoder_layers=2, patch=PATCH, code_width=5)
    encoder = Encoder(size, ROWS * COLUMNS)
    patches = torch.rand(200, 6) @ torch.randn(6, 3 * PATCH**2) * 0.1 + 0.5
    pca = patch_pca(patches)
    kernels = 0.3 * torch.randn(3, 3, 3)
    kernels[:, 1, 1] += 0.7
    attend_previous_frame(encoder.blocks)
    attend_neighbours(encoder.position, encoder.blocks, ROWS, COLUMNS)
    tensors = {'in.kernels': kernels, 'in.patches': patches, **{f'in.{name}': part for name, part in zip(('mean', 'basis', 'deviations'), pca)}}
    names = [name for name, _ in encoder.named_parameters() if 'blocks.1.' not in name]
    tensors |= {f'in.encoder.{name}': encoder.get_parameter(name).detach().clone() for name in names}
    compare_frames(encoder, pca, PATCH, patches, kernels, Known())
    tensors |= {f'out.encoder.{name}': encoder.get_parameter(name).detach() for name in names}
    safetensors.save(sys.argv[1], {name: value.numpy().astype(np.float32) for name, value in tensors.items()}, {'patch': str(PATCH), 'heads': str(HEADS)})


if __name__ == '__main__':
    main()
