"""Vector quantisation (model.md §2, §8; docs/codebooks-spec.md): latent vectors to codes.

One codebook: by cosine, the unit code with the largest inner product. N codebooks: by Euclidean distance, each codebook
quantises the residual of those before it, and the decoder receives the sum of the codes.
"""
import torch
from torch import nn
from torch.nn import functional as F


def unit(x):
    return F.normalize(x, dim=-1, eps=1e-12)


class Codebook(nn.Module):
    """Shared by tokenizer and latent action model; the tensor is `codebook` [N·K, C]: row n·K + k is code k of codebook n.

    Codes are [...] with one codebook, [..., N] with more.
    """

    def __init__(self, codes, code_width, codebooks=1):
        super().__init__()
        self.codebooks = codebooks
        self.codebook = nn.Parameter(torch.randn(codebooks * codes, code_width))

    def vectors(self):
        """-> N tensors [K, C]: what is added up. One codebook's rows count by their direction only."""
        return [unit(self.codebook)] if self.codebooks == 1 else self.codebook.chunk(self.codebooks)

    def whole(self, z):
        """z [..., C] -> what is quantised: its unit vector with one codebook, z itself with more"""
        return unit(z) if self.codebooks == 1 else z

    def scores(self, left, e):
        """residuals [..., C], vectors e [K, C] -> [..., K]: the largest is the nearest; on ties argmax takes the lowest index"""
        return left @ e.T if self.codebooks == 1 else left @ e.T - e.square().sum(-1) / 2

    @torch.no_grad()
    def residual_codes(self, z):
        """z [..., C] -> (codes N × [...], what each codebook quantises, N × [..., C])"""
        left, codes, residuals = self.whole(z).detach(), [], []  # `whole` may be z itself, which has a gradient
        for e in self.vectors():
            codes.append(self.scores(left, e).argmax(-1))
            residuals.append(left)
            left = left - e[codes[-1]]
        return codes, residuals

    def nearest(self, z):
        """z [..., C] -> codes"""
        return self.as_given(self.residual_codes(z)[0])

    def as_given(self, codes):
        return codes[0] if self.codebooks == 1 else torch.stack(codes, -1)

    def unit_code(self, codes):
        """codes -> [..., C]: the unit code, or the sum of the codes' rows"""
        each = [codes] if self.codebooks == 1 else codes.unbind(-1)
        return sum(e[code] for e, code in zip(self.vectors(), each))

    def quantise(self, z):
        """-> (what the decoder receives [..., C], codes, code loss): straight through, commitment 0.25.

        Every codebook is pulled to the residuals that it quantises, the encoder to the sum.
        """
        n, (codes, residuals) = self.whole(z), self.residual_codes(z)
        chosen = [e[code] for e, code in zip(self.vectors(), codes)]
        e = sum(chosen)
        loss = sum((r - c).square().sum(-1).mean() for r, c in zip(residuals, chosen)) + 0.25 * (n - e.detach()).square().sum(-1).mean()
        return n + (e - n).detach(), self.as_given(codes), loss
