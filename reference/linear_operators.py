"""Linear operators that predict a frame from the one before it, and the steps of the expectation-maximisation that fits them (action_codes.py says how they are used).

Pictures are of one channel, f32 [N, H, W]. N: transitions, M: blocks, P: pixels of a block, K: operators, D: side of a kernel.
"""
import math

import numpy as np
import torch
from torch.nn import functional as F

BLOCK, BLOCKS = 4, 128  # pixels a side; blocks of a transition
SOFT = 0.02  # errors below it count by their square
CHANGED, CHANGES = 4.0, 1e-4  # weight of a block that changes, and what mean square is a change
DECAY, RIDGE, PULL = 0.95, 1e-3, 3.0


def penalty(misses):
    """[..., P] -> [...]"""
    return (misses.square().mean(-1) + SOFT**2).sqrt() - SOFT


def centred(errors, clips):
    """[N, K], N transitions of `clips` clips in order: less the mean of the row, then of the operator within the clip."""
    errors = (errors - errors.mean(1, keepdim=True)).unflatten(0, (clips, -1))
    return (errors - errors.mean(1, keepdim=True)).flatten(0, 1)


def assign_evenly(errors, rounds=8, temperature=0.1):
    """Sinkhorn: errors [N, K] -> [N], each of the K taken about equally often."""
    excess = errors - errors.amin(1, keepdim=True)
    shares = torch.exp(-excess / (temperature * excess.mean() + 1e-9))
    for _ in range(rounds):
        shares = shares / shares.sum(0, keepdim=True).clamp(min=1e-12)
        shares = shares / shares.sum(1, keepdim=True).clamp(min=1e-12)
    return shares.argmax(1)


def choose_pairs(errors, weights, worth=0.0):
    """errors [N, M, K] of blocks, weights [N, M] -> (a [N], b [N], shares of a [N, M]): the pair whose better one explains the blocks best.

    Where it takes away no more than `worth` of the error of the best single operator, that one is a and b, and its shares are 1.
    """
    count = errors.shape[2]
    table = torch.stack([(torch.minimum(errors, errors[:, :, k:k + 1]) * weights[..., None]).sum(1) for k in range(count)], 1)  # [N, K, K]
    best, alone = table.flatten(1).argmin(1), table.diagonal(dim1=1, dim2=2)
    single = table.flatten(1).amin(1) >= (1 - worth) * alone.amin(1)
    best = torch.where(single, alone.argmin(1) * (count + 1), best)
    one, other = (errors.gather(2, index[:, None, None].expand(-1, errors.shape[1], 1))[..., 0] for index in (best // count, best % count))
    first = ((other - one) / SOFT).clamp(-1, 1).sum(1) >= 0  # one explains more blocks
    share = torch.where(first[:, None], other, one).square() / (one.square() + other.square() + 1e-10)
    share = torch.where(single[:, None], torch.ones_like(share), share)
    return torch.where(first, best // count, best % count), torch.where(first, best % count, best // count), share


class Operators:
    """K linear operators and the sums that their least squares need."""

    def __init__(self, count, radius, rng=None):
        self.radius, self.side, size = radius, 2 * radius + 1, (2 * radius + 1)**2
        self.weight = torch.zeros(count, size)
        if rng is not None:
            self.weight += torch.from_numpy(rng.standard_normal((count, size)).astype(np.float32)) * 0.02 / math.sqrt(size)
        self.squares, self.products, self.updates = torch.zeros(count, size, size), torch.zeros(count, size), 0

    def windows(self, pictures, rows, columns):
        """pictures [N, H, W], pixels [N, M, P] -> [N, M, P, D²]"""
        r, (height, width) = self.radius, pictures.shape[1:]
        padded = F.pad(pictures[:, None], (r, r, r, r), mode='replicate')[:, 0]
        step = padded.stride()
        windows = padded.as_strided((len(pictures), height, width, self.side, self.side), (step[0], step[1], 1, step[1], 1))
        return windows[torch.arange(len(pictures))[:, None, None], rows, columns].flatten(3)

    def errors(self, windows, changes):
        """-> [N, M, K]"""
        predicted = (windows.flatten(0, 2) @ self.weight.T).view(*windows.shape[:3], -1)
        return penalty((predicted - changes[..., None]).transpose(2, 3))

    def learn(self, windows, changes, gains):
        """Adds to the least-squares sums; gains [N, M, K]: the weight of each block for each operator"""
        self.squares *= DECAY
        self.products *= DECAY
        for k in range(len(self.weight)):
            used = gains[..., k] > 1e-3
            gain = gains[..., k][used].sqrt()[:, None]
            seen, wanted = (windows[used] * gain[..., None]).flatten(0, 1), (changes[used] * gain).flatten()
            self.squares[k] += seen.T @ seen
            self.products[k] += seen.T @ wanted
        self.updates += 1
        if self.updates % 2 == 0:
            self.solve()

    def solve(self):
        count, size = self.weight.shape
        total, eye = self.squares.sum(0), torch.eye(size)
        ridge = RIDGE * total.diagonal().mean() * eye
        shared = torch.linalg.solve(total + ridge, self.products.sum(0))
        if self.updates < 6:
            self.weight = shared + 0.9 * self.weight
            return
        left = self.products - (self.squares @ shared[:, None])[..., 0]
        self.weight = shared + torch.linalg.solve(self.squares + PULL / count * ridge, left[..., None])[..., 0]

    def apply(self, pictures, chosen):
        """pictures [N, H, W], operators [N] -> the pictures they predict"""
        kernels = self.weight[chosen].view(-1, 1, self.side, self.side)
        padded = F.pad(pictures[None], (self.radius,) * 4, mode='replicate')
        return pictures + F.conv2d(padded, kernels, groups=len(pictures))[0]

    def moments(self):
        """-> [K, 2]: down, across"""
        kernels, along = self.weight.view(-1, self.side, self.side), torch.arange(-self.radius, self.radius + 1.0)
        return torch.stack([kernels.sum(2) @ along, kernels.sum(1) @ along], 1)


def one_channel(before, after, rng):
    """u8 [N, H, W, 3] twice -> f32 [N, H, W] twice"""
    colour = rng.standard_normal((len(before), 1, 1, 3)).astype(np.float32)
    colour /= np.linalg.norm(colour, axis=-1, keepdims=True)
    return [torch.from_numpy(((part.astype(np.float32) / 255 - 0.5) * colour).sum(-1)) for part in (before, after)]


def draw_blocks(count, height, width, rng, per_block):
    """-> rows, columns [N, M, P]: M random blocks that are not at the border, the same P pixels of each"""
    rows, columns = height // BLOCK - 2, width // BLOCK - 2
    chosen = rng.random((count, rows * columns)).argsort(1)[:, :BLOCKS, None]
    pixels = rng.permutation(BLOCK**2)[:per_block]
    return [torch.from_numpy(part) for part in ((chosen // columns + 1) * BLOCK + pixels // BLOCK, (chosen % columns + 1) * BLOCK + pixels % BLOCK)]


def look(pictures, after, pixels, operators):
    """-> windows, true changes, errors, at `pixels` = (rows, columns)"""
    where = (torch.arange(len(after))[:, None, None], *pixels)
    windows, changes = operators.windows(pictures, *pixels), after[where] - pictures[where]
    return windows, changes, operators.errors(windows, changes)


def weigh(changes):
    return 1 + (CHANGED - 1) * (changes.square().mean(-1) > CHANGES).float()


def teach(gains, errors, chosen, weights):
    """In place: the weights of blocks in the fit of the operator chosen for their transition"""
    at = torch.arange(len(chosen))
    gains[at, :, chosen] += weights / (errors[at, :, chosen] + SOFT)
