"""The latent action model (model.md §3): names what happened between two frames with one of A codes.

The encoder sees both frames and answers through its action token; the decoder must draw the second from the first and
the code. Thrown away after training, but for the codebook.
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
        self.position = nn.Parameter(0.02 * torch.randn(tokens, size.width))  # [S, D]
        self.action_token = nn.Parameter(0.02 * torch.randn(size.width))  # [D]
        self.blocks = nn.ModuleList(Block(size.width, size.heads, size.ffn, size.window) for _ in range(size.encoder_layers))
        self.norm = nn.LayerNorm(size.width, eps=1e-5)
        self.head = nn.Linear(size.width, size.code_width)

    def forward(self, patches):
        """[B, T, S, 3p²] -> [B, T-1, C]: the action token of frames 1…T-1"""
        x = self.patch(patches) + self.position
        token = self.action_token.expand(x.shape[0], x.shape[1], 1, -1)
        x = run_blocks(self.blocks, torch.cat([token, x], dim=2))
        return self.head(self.norm(x[:, 1:, 0]))


class Decoder(nn.Module):
    def __init__(self, size, tokens):
        super().__init__()
        self.patch = nn.Linear(3 * size.patch**2, size.width)
        self.position = nn.Parameter(0.02 * torch.randn(tokens, size.width))
        self.action = nn.Linear(size.code_width, size.width, bias=False)
        self.blocks = nn.ModuleList(Block(size.width, size.heads, size.ffn, size.window) for _ in range(size.decoder_layers))
        self.norm = nn.LayerNorm(size.width, eps=1e-5)
        self.head = nn.Linear(size.width, 3 * size.patch**2)

    def forward(self, patches, units):
        """patches [B, T-1, S, 3p²], unit codes [B, T-1, C] -> patches of the frames that follow"""
        x = self.patch(patches) + self.position + self.action(units)[:, :, None]
        return torch.sigmoid(self.head(self.norm(run_blocks(self.blocks, x))))


class LatentAction(Codebook):
    def __init__(self, config):
        size = config.latent_action
        super().__init__(size.actions, size.code_width)
        self.patch, self.frame = size.patch, config.frame
        tokens = positions(config, size.patch)
        self.encoder, self.decoder = Encoder(size, tokens), Decoder(size, tokens)

    def latents(self, frames):
        """frames [B, T, H, W, 3] -> [B, T-1, C]"""
        return self.encoder(to_patches(frames, self.patch))

    def encode(self, frames):
        """-> actions [B, T-1]; action t leads from frame t to frame t+1"""
        return self.nearest(self.latents(frames))

    def draw(self, frames, units):
        """frames 0…T-2 [B, T-1, H, W, 3], unit codes [B, T-1, C] -> frames 1…T-1"""
        patches = self.decoder(to_patches(frames, self.patch), units)
        return from_patches(patches, self.frame.height, self.frame.width, self.patch)

    def predict(self, frames, actions):
        return self.draw(frames[:, :-1], self.unit_code(actions))

    def loss(self, frames, pixel_weight=1.0):
        """The VQ loss of model.md §8 -> (loss, parts)."""
        units, codes, code_loss = self.quantise(self.latents(frames))
        pixels = (self.draw(frames[:, :-1], units) - frames[:, 1:]).square().mean()
        return pixel_weight * pixels + code_loss, {'mse': pixels, 'code_loss': code_loss, 'codes': codes}
