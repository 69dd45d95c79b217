"""The video tokenizer (model.md §2): frames to S codes each and back, an ST-transformer on either side of a codebook.

With N codebooks a position has N codes, and codes are [B, T, S, N] (docs/codebooks-spec.md); with one they are [B, T, S].
"""
import torch
from torch import nn

from codebook import Codebook
from config import positions
from patches import from_patches, to_patches
from st_transformer import Block, run_blocks


class Encoder(nn.Module):
    def __init__(self, size, tokens):
        super().__init__()
        self.patch = nn.Linear(3 * size.patch**2, size.width)
        alone = size.encoder == 'patch'  # a patch's codes depend on that patch only: they move with the picture
        if not alone:
            self.position = nn.Parameter(0.02 * torch.randn(tokens, size.width))  # [S, D]
        variant = 'patch' if alone else size.variant
        self.blocks = nn.ModuleList(Block(size.width, size.heads, size.ffn, size.window, variant=variant) for _ in range(size.encoder_layers))
        self.norm = nn.LayerNorm(size.width, eps=1e-5)
        self.head = nn.Linear(size.width, size.code_width)

    def features(self, patches, caches=None):
        """[B, T, S, 3p²] -> [B, T, S, D]"""
        x = self.patch(patches)
        return self.norm(run_blocks(self.blocks, x + self.position if hasattr(self, 'position') else x, caches))

    def forward(self, patches, caches=None):
        """-> [B, T, S, C]"""
        return self.head(self.features(patches, caches))


class Decoder(nn.Module):
    def __init__(self, size, tokens):
        super().__init__()
        self.code = nn.Linear(size.code_width, size.width)
        self.position = nn.Parameter(0.02 * torch.randn(tokens, size.width))
        self.blocks = nn.ModuleList(Block(size.width, size.heads, size.ffn, size.window, variant=size.variant) for _ in range(size.decoder_layers))
        self.norm = nn.LayerNorm(size.width, eps=1e-5)
        self.head = nn.Linear(size.width, 3 * size.patch**2)

    def features(self, codes, caches=None):
        """unit codes, or sums of codes, [B, T, S, C] -> [B, T, S, D]"""
        return self.norm(run_blocks(self.blocks, self.code(codes) + self.position, caches))

    def forward(self, codes, caches=None):
        """-> patches [B, T, S, 3p²], before the sigmoid"""
        return self.head(self.features(codes, caches))


class Tokenizer(Codebook):
    def __init__(self, config):
        size = config.tokenizer
        super().__init__(size.codes, size.code_width, size.codebooks)
        self.patch, self.frame = size.patch, config.frame
        tokens = positions(config, size.patch)
        self.encoder, self.decoder = Encoder(size, tokens), Decoder(size, tokens)

    def latents(self, frames, caches=None):
        """frames [B, T, H, W, 3] in 0…1 -> [B, T, S, C], before quantisation"""
        return self.encoder(to_patches(frames, self.patch), caches)

    def encode(self, frames, caches=None):
        """-> codes [B, T, S]"""
        return self.nearest(self.latents(frames, caches))

    def reconstruct(self, units, caches=None):
        """unit codes or sums of codes [B, T, S, C] -> frames [B, T, H, W, 3]; with N codebooks not clamped to 0…1"""
        patches = self.decoder(units, caches)
        return from_patches(torch.sigmoid(patches) if self.codebooks == 1 else patches, self.frame.height, self.frame.width, self.patch)

    def decode(self, codes, caches=None):
        """-> frames in 0…1"""
        return self.reconstruct(self.unit_code(codes), caches).clamp(0, 1)

    def loss(self, frames, pixel_weight=1.0, weights=None):
        """-> (loss, parts). weights [B, T, H, W, 1] with mean 1 says which pixels matter more."""
        units, codes, code_loss = self.quantise(self.latents(frames))
        error = (self.reconstruct(units) - frames).square()
        pixels = (error if weights is None else error * weights).mean()
        return pixel_weight * pixels + code_loss, {'mse': error.mean(), 'weighted': pixels, 'code_loss': code_loss, 'codes': codes}
