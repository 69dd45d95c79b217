"""Linear operators that predict a frame from the one before it, and the steps of the expectation-maximisation that fits them (action_codes.py says how they are used).

Pictures are of one channel, f32 [N, H, W]. N: transitions, M: blocks, P: pixels of a block, K: operators, D: side of a kernel.
"""
import math

import numpy as np
import torch
from torch.nn import functional as F

BLOCK, BLOCKS = 4, 256  # pixels per side; blocks of a transition
SOFT = 0.02  # errors below it count by their square
MISS = 0.04  # an error that is half a miss
CHANGED, CHANGES = 4.0, 1e-4  # weight of a block that changes, and what mean square is a change
DECAY, RIDGE, PULL = 0.95, 1e-3, 3.0
COLOUR_ROUNDS = 16


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


def misses(errors, weights):
    """errors [N, M, K], weights [N, M] -> [N, K]: about the share of blocks that each does not explain. A figure's large errors count as much as small ones."""
    return (errors / (errors + MISS) * weights[..., None]).sum(1) / weights.sum(1, keepdim=True)


def beside(errors_of_a, errors, weights):
    """errors of a [N, M], of all [N, M, K] -> [N, K]: what is left where each block has the better of a and the other"""
    return (torch.minimum(errors_of_a[..., None], errors) * weights[..., None]).sum(1)


def choose_two(errors, weights):
    """errors [N, M, K], weights [N, M] -> (a [N], b [N], shares of a [N, M]): the operator with the fewest misses, and the one that helps it most."""
    at = torch.arange(len(errors))
    a = misses(errors, weights).argmin(1)
    one = errors[at, :, a]
    b = beside(one, errors, weights).argmin(1)
    other = errors[at, :, b]
    return a, b, other.square() / (one.square() + other.square() + 1e-10)


def own_motion(errors_of_a, errors, weights, worth):
    """-> (b [N], whether b takes away `worth` of the error of a [N])"""
    least, b = beside(errors_of_a, errors, weights).min(1)
    return b, least < (1 - worth) * (errors_of_a * weights).sum(1)


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
        return moved(pictures, self.weight[chosen], self.radius)

    def moments(self):
        return first_moments(self.weight, self.radius)


class Generators:
    """R kernels, multiplied by real amounts [N, R] per transition: with small amounts they move the picture a little (generators of a group)."""

    def __init__(self, count, radius, rng=None):
        self.radius, self.side, size = radius, 2 * radius + 1, (2 * radius + 1)**2
        self.weight = torch.zeros(count, size)
        if rng is not None:
            noise = torch.from_numpy(rng.standard_normal((count, size)).astype(np.float32)) * 0.3 / math.sqrt(size)
            self.weight += noise - noise.mean(1, keepdim=True)  # a picture that stays has no change
        self.squares, self.products = torch.zeros(count * size, count * size), torch.zeros(count * size)

    def look(self, pictures, after, pixels):
        """-> windows [N, M, P, D²], changes [N, M, P]"""
        return Operators.windows(self, pictures, *pixels), changes_at(pixels, pictures, after)

    def amounts(self, windows, changes, weights):
        """-> amounts [N, R] by least squares, and what each block counted for [N, M]: less where it is mispredicted"""
        each, gains = windows @ self.weight.T, weights
        for _ in range(2):
            heard = (each * gains[..., None, None]).flatten(1, 2)
            squares = heard.transpose(1, 2) @ each.flatten(1, 2)
            ridge = (1e-3 * squares.diagonal(dim1=1, dim2=2).mean(1) + 1e-6)[:, None, None] * torch.eye(len(self.weight))
            amounts = torch.linalg.solve(squares + ridge, (heard.transpose(1, 2) @ changes.flatten(1, 2)[..., None]))[..., 0]
            gains = weights / (penalty(changes - (each @ amounts[:, None, :, None])[..., 0]) + SOFT)
        return amounts, gains

    def at_most_a_pixel(self, amounts):
        return amounts / (amounts @ self.moments()).abs().amax(1, keepdim=True).clamp(min=1)

    def learn(self, windows, changes, amounts, gains):
        """Least squares over all transitions, amounts having a root mean square of 1 and being 3 at most"""
        amounts = (amounts / (amounts.square().mean(0).sqrt() + 1e-6)).clamp(-3, 3)
        self.squares *= DECAY
        self.products *= DECAY
        heard = (windows * gains[..., None, None]).flatten(1, 2)
        for amount, window, wanted, change in zip(amounts, windows.flatten(1, 2), heard, changes.flatten(1)):
            self.squares += torch.kron(amount[:, None] * amount, wanted.T @ window)
            self.products += torch.kron(amount, wanted.T @ change)
        ridge = RIDGE * self.squares.diagonal().mean() * torch.eye(len(self.products))
        self.weight = torch.linalg.solve(self.squares + ridge, self.products).view_as(self.weight)

    def apply(self, pictures, amounts):
        """pictures [N, H, W], amounts [N, R] -> the pictures they predict"""
        return moved(pictures, amounts @ self.weight, self.radius)

    def moments(self):
        return first_moments(self.weight, self.radius)


def moved(pictures, kernels, radius):
    """pictures [N, H, W], a kernel each [N, D²] of their change -> [N, H, W]"""
    padded = F.pad(pictures[None], (radius,) * 4, mode='replicate')
    return pictures + F.conv2d(padded, kernels.view(-1, 1, 2 * radius + 1, 2 * radius + 1), groups=len(pictures))[0]


def first_moments(kernels, radius):
    """[K, D²] -> [K, 2]: down, across"""
    kernels, along = kernels.view(-1, 2 * radius + 1, 2 * radius + 1), torch.arange(-radius, radius + 1.0)
    return torch.stack([kernels.sum(2) @ along, kernels.sum(1) @ along], 1)


def pixels_of(frames):
    """u8 [N, H, W, 3] -> f32, less the middle"""
    return torch.from_numpy(frames.astype(np.float32) / 255 - 0.5)


def random_colours(count, rng):
    """-> unit vectors [N, 3]"""
    return F.normalize(torch.from_numpy(rng.standard_normal((count, 3)).astype(np.float32)), dim=1)


def changing_colours(change):
    """[N, H, W, 3] -> [N, 3]: the colours that change most, first principal directions by power iteration"""
    squares = torch.einsum('nhwi,nhwj->nij', change, change)
    colours = squares.diagonal(dim1=1, dim2=2) + 1e-12
    for _ in range(COLOUR_ROUNDS):
        colours = F.normalize((squares @ colours[..., None])[..., 0] + 1e-12 * colours, dim=1, eps=1e-30)
    return colours


def one_channel(frames, colours):
    """[N, H, W, 3], [N, 3] -> [N, H, W]"""
    return torch.einsum('nhwi,ni->nhw', frames, colours)


def draw_blocks(count, height, width, rng, per_block):
    """-> rows, columns [N, M, P]: M random blocks that are not at the border, the same P pixels of each"""
    rows, columns = height // BLOCK - 2, width // BLOCK - 2
    chosen = rng.random((count, rows * columns)).argsort(1)[:, :BLOCKS, None]
    pixels = rng.permutation(BLOCK**2)[:per_block]
    return [torch.from_numpy(part) for part in ((chosen // columns + 1) * BLOCK + pixels // BLOCK, (chosen % columns + 1) * BLOCK + pixels % BLOCK)]


def look(pictures, after, pixels, operators):
    """-> windows, true changes, errors, at `pixels` = (rows, columns)"""
    windows, changes = operators.windows(pictures, *pixels), changes_at(pixels, pictures, after)
    return windows, changes, operators.errors(windows, changes)


def changes_at(pixels, pictures, after):
    """-> [N, M, P]"""
    where = (torch.arange(len(after))[:, None, None], *pixels)
    return after[where] - pictures[where]


def weigh(changes):
    return 1 + (CHANGED - 1) * (changes.square().mean(-1) > CHANGES).float()


def teach(gains, errors, chosen, weights):
    """In place: the weights of blocks in the fit of the operator chosen for their transition"""
    at = torch.arange(len(chosen))
    gains[at, :, chosen] += weights / (errors[at, :, chosen] + SOFT)
