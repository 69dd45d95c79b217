"""The latent action model (model.md §3): finds one of A codes for the transition between two frames.

The encoder sees both frames, and its action token gives the code. The decoder predicts the second frame from the first and
the code. Play needs the codebook alone. Frames are pixels; with `input: tokens` they are the tokenizer's
codes [B, T, S] wherever a frame is expected below, and the predictions are logits of codes [B, T, S, K].
"""
import torch
from torch import nn
from torch.nn import functional as F

from codebook import Codebook
from config import positions
from patches import from_patches, to_patches
from st_transformer import Block, run_blocks


class Frames(nn.Module):
    """The embedding of encoder and decoder: patches [B, T, S, 3p²], or tokens [B, T, S] -> [B, T, S, D]."""

    def __init__(self, size, tokens, codes):
        super().__init__()
        if codes:
            self.token = nn.Embedding(codes, size.width)  # [K, D]
        else:
            self.patch = nn.Linear(3 * size.patch**2, size.width)
        self.position = nn.Parameter(0.02 * torch.randn(tokens, size.width))  # [S, D]

    def embed(self, frames):
        return (self.token if hasattr(self, 'token') else self.patch)(frames) + self.position


class Encoder(Frames):
    def __init__(self, size, tokens, codes=None):
        super().__init__(size, tokens, codes)
        self.action_token = nn.Parameter(0.02 * torch.randn(size.width))  # [D]
        self.blocks = nn.ModuleList(Block(size.width, size.heads, size.ffn, size.window) for _ in range(size.encoder_layers))
        self.norm = nn.LayerNorm(size.width, eps=1e-5)
        self.head = nn.Linear(size.width, size.code_width)

    def features(self, frames):
        """-> [B, T-1, D]: the action token of frames 1…T-1"""
        x = self.embed(frames)
        token = self.action_token.expand(x.shape[0], x.shape[1], 1, -1)
        x = run_blocks(self.blocks, torch.cat([token, x], dim=2))
        return self.norm(x[:, 1:, 0])

    def forward(self, frames):
        """-> [B, T-1, C]"""
        return self.head(self.features(frames))


class Decoder(Frames):
    def __init__(self, size, tokens, codes=None):
        super().__init__(size, tokens, codes)
        self.action = nn.Linear(size.code_width, size.width, bias=False)
        self.blocks = nn.ModuleList(Block(size.width, size.heads, size.ffn, size.window) for _ in range(size.decoder_layers))
        self.norm = nn.LayerNorm(size.width, eps=1e-5)
        self.head = nn.Linear(size.width, codes or 3 * size.patch**2)

    def forward(self, frames, units):
        """frames, unit codes [B, T-1, C] -> patches of the frames that follow, or logits of their tokens"""
        x = self.embed(frames) + self.action(units)[:, :, None]
        predicted = self.head(self.norm(run_blocks(self.blocks, x)))
        return predicted if hasattr(self, 'token') else torch.sigmoid(predicted)


class LatentAction(Codebook):
    def __init__(self, config):
        size = config.latent_action
        super().__init__(size.actions, size.code_width)
        self.patch, self.frame, self.of_tokens = size.patch, config.frame, size.input == 'tokens'
        tokens, seen = positions(config, size.patch), config.tokenizer.codes if self.of_tokens else None
        self.encoder, self.decoder = Encoder(size, tokens, seen), Decoder(size, tokens, seen)

    def as_input(self, frames):
        """The input of encoder and decoder, of frames [B, T, H, W, 3], or of tokens [B, T, S]"""
        return frames if self.of_tokens else to_patches(frames, self.patch)

    def latents(self, frames):
        """-> [B, T-1, C]"""
        return self.encoder(self.as_input(frames))

    def encode(self, frames):
        """-> actions [B, T-1]; action t leads from frame t to frame t+1"""
        return self.nearest(self.latents(frames))

    def next_frames(self, frames, units):
        """frames 0…T-2 [B, T-1, H, W, 3], unit codes [B, T-1, C] -> frames 1…T-1"""
        predicted = self.decoder(self.as_input(frames), units)
        return predicted if self.of_tokens else from_patches(predicted, self.frame.height, self.frame.width, self.patch)

    def predict(self, frames, actions):
        return self.next_frames(frames[:, :-1], self.unit_code(actions))

    def loss(self, frames, pixel_weight=1.0):
        """The VQ loss of model.md §8 -> (loss, parts)."""
        units, codes, code_loss = self.quantise(self.latents(frames))
        predicted, after = self.next_frames(frames[:, :-1], units), frames[:, 1:]
        if self.of_tokens:
            nats = F.cross_entropy(predicted.flatten(0, 2), after.flatten())
            return nats + code_loss, {'nats': nats, 'code_loss': code_loss, 'codes': codes}
        pixels = (predicted - after).square().mean()
        return pixel_weight * pixels + code_loss, {'mse': pixels, 'code_loss': code_loss, 'codes': codes}
