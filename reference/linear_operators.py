"""Linear operators that predict a frame from the one before it, and the steps of the expectation-maximisation that fits them (action_codes.py says how they are used).

Pictures are of one channel, f32 [N, H, W]. N: transitions, M: blocks, P: pixels of a block, K: operators, D: side of a kernel.
"""
import math

import numpy as np
import torch
from torch.nn import functional as F

BLOCK, BLOCKS = 4, 256  # pixels per side; blocks of a transition
CHARBONNIER_SCALE = 0.02  # errors below it count by their square
SATURATION = 0.04  # the error whose saturated error is 1/2
CHANGED_WEIGHT, CHANGE_THRESHOLD = 4.0, 1e-4  # weight of a block that changes, and what mean square is a change
DECAY, RIDGE, DEVIATION_RIDGE = 0.95, 1e-3, 3.0
COLOUR_ROUNDS = 16


def charbonnier(residuals):
    """[..., P] -> [...]: about the root mean square (Charbonnier loss)"""
    return (residuals.square().mean(-1) + CHARBONNIER_SCALE**2).sqrt() - CHARBONNIER_SCALE


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


def saturated_errors(errors, weights):
    """errors [N, M, K], weights [N, M] -> [N, K]: weighted means of e / (e + SATURATION), about the share of blocks that an operator does not explain, because e / (e + SATURATION) is near 1 for all large errors."""
    return (errors / (errors + SATURATION) * weights[..., None]).sum(1) / weights.sum(1, keepdim=True)


def errors_with_second(errors_of_a, errors, weights):
    """errors of a [N, M], of all [N, M, K] -> [N, K]: the weighted error of a with each second operator, each block taking the smaller error of the two"""
    return (torch.minimum(errors_of_a[..., None], errors) * weights[..., None]).sum(1)


def choose_two(errors, weights):
    """errors [N, M, K], weights [N, M] -> (a [N], b [N], shares of a [N, M]): a: the operator with the least saturated error; b: the second operator with which the error is least."""
    at = torch.arange(len(errors))
    a = saturated_errors(errors, weights).argmin(1)
    errors_of_a = errors[at, :, a]
    b = errors_with_second(errors_of_a, errors, weights).argmin(1)
    errors_of_b = errors[at, :, b]
    return a, b, errors_of_b.square() / (errors_of_a.square() + errors_of_b.square() + 1e-10)


def object_motion(errors_of_a, errors, weights, least_share):
    """errors of a [N, M], of all [N, M, K] -> (b [N], whether b removes at least `least_share` of the error of a [N])"""
    least, b = errors_with_second(errors_of_a, errors, weights).min(1)
    return b, least < (1 - least_share) * (errors_of_a * weights).sum(1)


class Operators:
    """K linear operators and the sums that their least squares need."""

    def __init__(self, count, radius, rng=None):
        self.radius, self.side, size = radius, 2 * radius + 1, (2 * radius + 1)**2
        self.weight = torch.zeros(count, size)
        if rng is not None:
            self.weight += torch.from_numpy(rng.standard_normal((count, size)).astype(np.float32)) * 0.02 / math.sqrt(size)
        self.gram, self.cross_products, self.updates = torch.zeros(count, size, size), torch.zeros(count, size), 0

    def errors(self, neighbourhoods, changes):
        """neighbourhoods [N, M, P, D²], changes [N, M, P] -> [N, M, K]"""
        predicted = (neighbourhoods.flatten(0, 2) @ self.weight.T).view(*neighbourhoods.shape[:3], -1)
        return charbonnier((predicted - changes[..., None]).transpose(2, 3))

    def samples(self, pictures, after, pixels):
        """Inputs and targets of the least squares, at pixels (rows, columns) [N, M, P], and how well they are predicted -> neighbourhoods [N, M, P, D²], changes [N, M, P], errors [N, M, K]"""
        neighbourhoods, changes = neighbourhoods_of(pictures, *pixels, self.radius), changes_at(pixels, pictures, after)
        return neighbourhoods, changes, self.errors(neighbourhoods, changes)

    def learn(self, neighbourhoods, changes, fit_weights):
        """Adds to the least-squares sums; fit_weights [N, M, K]: what each block counts in the fit of each operator"""
        self.gram *= DECAY
        self.cross_products *= DECAY
        for k in range(len(self.weight)):
            used = fit_weights[..., k] > 1e-3
            root = fit_weights[..., k][used].sqrt()[:, None]
            inputs, targets = (neighbourhoods[used] * root[..., None]).flatten(0, 1), (changes[used] * root).flatten()
            self.gram[k] += inputs.T @ inputs
            self.cross_products[k] += inputs.T @ targets
        self.updates += 1
        if self.updates % 2 == 0:
            self.solve()

    def solve(self):
        """A ridge regression shared by all operators, and one of the deviation of each from it."""
        count, size = self.weight.shape
        total, eye = self.gram.sum(0), torch.eye(size)
        ridge = RIDGE * total.diagonal().mean() * eye
        shared = torch.linalg.solve(total + ridge, self.cross_products.sum(0))
        if self.updates < 6:
            self.weight = shared + 0.9 * self.weight
            return
        left = self.cross_products - (self.gram @ shared[:, None])[..., 0]
        self.weight = shared + torch.linalg.solve(self.gram + DEVIATION_RIDGE / count * ridge, left[..., None])[..., 0]

    def apply(self, pictures, chosen):
        """pictures [N, H, W], operators [N] -> the pictures they predict"""
        return predict(pictures, self.weight[chosen], self.radius)

    def moments(self):
        return first_moments(self.weight, self.radius)


class Generators:
    """R kernels, multiplied by real coefficients [N, R] per transition: with small coefficients they move the picture a little (generators of a group)."""

    def __init__(self, count, radius, rng=None):
        self.radius, size = radius, (2 * radius + 1)**2
        self.weight = torch.zeros(count, size)
        if rng is not None:
            noise = torch.from_numpy(rng.standard_normal((count, size)).astype(np.float32)) * 0.3 / math.sqrt(size)
            self.weight += noise - noise.mean(1, keepdim=True)  # a picture that stays has no change
        self.gram, self.cross_products = torch.zeros(count * size, count * size), torch.zeros(count * size)

    def samples(self, pictures, after, pixels):
        """Inputs and targets of the least squares, at pixels (rows, columns) [N, M, P] -> neighbourhoods [N, M, P, D²], changes [N, M, P]"""
        return neighbourhoods_of(pictures, *pixels, self.radius), changes_at(pixels, pictures, after)

    def coefficients(self, neighbourhoods, changes, weights):
        """weights [N, M] -> coefficients [N, R] by iteratively reweighted least squares, and the fit weights [N, M]: smaller where the residual is large"""
        predicted, fit_weights = neighbourhoods @ self.weight.T, weights
        for _ in range(2):
            weighted = (predicted * fit_weights[..., None, None]).flatten(1, 2)
            gram = weighted.transpose(1, 2) @ predicted.flatten(1, 2)
            ridge = (1e-3 * gram.diagonal(dim1=1, dim2=2).mean(1) + 1e-6)[:, None, None] * torch.eye(len(self.weight))
            coefficients = torch.linalg.solve(gram + ridge, weighted.transpose(1, 2) @ changes.flatten(1, 2)[..., None])[..., 0]
            fit_weights = weights / (charbonnier(changes - (predicted @ coefficients[:, None, :, None])[..., 0]) + CHARBONNIER_SCALE)
        return coefficients, fit_weights

    def at_most_a_pixel(self, coefficients):
        """coefficients [N, R], divided where their first moment is more than a pixel"""
        return coefficients / (coefficients @ self.moments()).abs().amax(1, keepdim=True).clamp(min=1)

    def learn(self, neighbourhoods, changes, coefficients, fit_weights):
        """Least squares over all transitions, coefficients having a root mean square of 1 and being 3 at most"""
        coefficients = (coefficients / (coefficients.square().mean(0).sqrt() + 1e-6)).clamp(-3, 3)
        self.gram *= DECAY
        self.cross_products *= DECAY
        weighted = (neighbourhoods * fit_weights[..., None, None]).flatten(1, 2)
        for coefficient, inputs, weighted_inputs, targets in zip(coefficients, neighbourhoods.flatten(1, 2), weighted, changes.flatten(1)):
            self.gram += torch.kron(coefficient[:, None] * coefficient, weighted_inputs.T @ inputs)
            self.cross_products += torch.kron(coefficient, weighted_inputs.T @ targets)
        ridge = RIDGE * self.gram.diagonal().mean() * torch.eye(len(self.cross_products))
        self.weight = torch.linalg.solve(self.gram + ridge, self.cross_products).view_as(self.weight)

    def apply(self, pictures, coefficients):
        """pictures [N, H, W], coefficients [N, R] -> the pictures they predict"""
        return predict(pictures, coefficients @ self.weight, self.radius)

    def moments(self):
        return first_moments(self.weight, self.radius)


def neighbourhoods_of(pictures, rows, columns, radius):
    """pictures [N, H, W], pixels [N, M, P] -> [N, M, P, D²]: the pixels around each pixel"""
    side, (height, width) = 2 * radius + 1, pictures.shape[1:]
    padded = F.pad(pictures[:, None], (radius,) * 4, mode='replicate')[:, 0]
    step = padded.stride()
    neighbourhoods = padded.as_strided((len(pictures), height, width, side, side), (step[0], step[1], 1, step[1], 1))
    return neighbourhoods[torch.arange(len(pictures))[:, None, None], rows, columns].flatten(3)


def predict(pictures, kernels, radius):
    """pictures [N, H, W], a kernel [N, D²] for each -> [N, H, W]: the picture and the change that its kernel predicts"""
    padded = F.pad(pictures[None], (radius,) * 4, mode='replicate')
    return pictures + F.conv2d(padded, kernels.view(-1, 1, 2 * radius + 1, 2 * radius + 1), groups=len(pictures))[0]


def first_moments(kernels, radius):
    """[K, D²] -> [K, 2]: down, across"""
    kernels, along = kernels.view(-1, 2 * radius + 1, 2 * radius + 1), torch.arange(-radius, radius + 1.0)
    return torch.stack([kernels.sum(2) @ along, kernels.sum(1) @ along], 1)


def pixels_of(frames):
    """u8 [N, H, W, 3] -> f32 [N, H, W, 3], -0.5 … 0.5"""
    return torch.from_numpy(frames.astype(np.float32) / 255 - 0.5)


def random_colours(count, rng):
    """-> unit vectors [N, 3]"""
    return F.normalize(torch.from_numpy(rng.standard_normal((count, 3)).astype(np.float32)), dim=1)


def changing_colours(change):
    """change [N, H, W, 3] -> [N, 3]: its first principal direction in colour space, by power iteration"""
    gram = torch.einsum('nhwi,nhwj->nij', change, change)
    colours = gram.diagonal(dim1=1, dim2=2) + 1e-12
    for _ in range(COLOUR_ROUNDS):
        colours = F.normalize((gram @ colours[..., None])[..., 0] + 1e-12 * colours, dim=1, eps=1e-30)
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


def changes_at(pixels, pictures, after):
    """-> [N, M, P]"""
    where = (torch.arange(len(after))[:, None, None], *pixels)
    return after[where] - pictures[where]


def block_weights(changes):
    """[N, M, P] -> [N, M]: blocks that change weigh more"""
    return 1 + (CHANGED_WEIGHT - 1) * (changes.square().mean(-1) > CHANGE_THRESHOLD).float()


def add_fit_weights(fit_weights, errors, chosen, weights):
    """In place: adds the weights of a transition's blocks [N, M] in the fit of the operator [N] chosen for it. A large error lowers a weight (iteratively reweighted least squares)"""
    at = torch.arange(len(chosen))
    fit_weights[at, :, chosen] += weights / (errors[at, :, chosen] + CHARBONNIER_SCALE)
