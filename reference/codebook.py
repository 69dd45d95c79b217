"""Vector quantisation by cosine (model.md §2, §8): every vector becomes the unit code it points at most closely."""
import torch
from torch import nn
from torch.nn import functional as F


def unit(x):
    return F.normalize(x, dim=-1, eps=1e-12)


class Codebook(nn.Module):
    """Shared by tokenizer and latent action model, which both name their tensor just `codebook` [K, C]."""

    def __init__(self, codes, code_width):
        super().__init__()
        self.codebook = nn.Parameter(torch.randn(codes, code_width))

    def nearest(self, z):
        """z [..., C] -> codes [...] of the largest inner product; argmax takes the lowest index of equals."""
        return (unit(z) @ unit(self.codebook).T).argmax(-1)

    def unit_code(self, codes):
        """codes [...] -> [..., C]"""
        return unit(self.codebook)[codes]

    def quantise(self, z):
        """-> (what the decoder receives [..., C], codes [...], code loss): straight through, commitment 0.25."""
        n = unit(z)
        codes = self.nearest(z)
        e = self.unit_code(codes)
        loss = (n.detach() - e).square().sum(-1).mean() + 0.25 * (n - e.detach()).square().sum(-1).mean()
        return n + (e - n).detach(), codes, loss
