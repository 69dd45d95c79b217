"""Structured initial weights (docs/pilot.md): principal components of patches, k-means++ for a codebook, attention to neighbours and to the previous frame."""
import math

import torch

from codebook import unit


@torch.no_grad()
def patch_pca(patches):
    """patches [n, P] -> (mean [P], basis [P, P] rows in descending order of variance, deviations [P])"""
    mean = patches.mean(0)
    values, vectors = torch.linalg.eigh(((patches - mean).T @ (patches - mean) / len(patches)).double())
    order = values.argsort(descending=True)
    return mean, vectors.T[order].float(), values[order].clamp(min=0).sqrt().float()


@torch.no_grad()
def init_patch_embedding(layer, pca, channels=None):
    """The embedding becomes the first `channels` principal components, large ones shrunk to about 1; the rest stay 0."""
    mean, basis, deviation = pca
    count = min(channels or layer.out_features, len(basis))
    scale = 1 / (deviation[:count] + 0.1 * deviation[0])
    layer.weight.zero_()
    layer.bias.zero_()
    layer.weight[:count] = basis[:count] * scale[:, None]
    layer.bias[:count] = -layer.weight[:count] @ mean
    return scale


@torch.no_grad()
def init_pixel_head(layer, pca, scale):
    """The head inverts the embedding: bias at the logit of the mean patch, weights through the sigmoid's slope there."""
    mean, basis, _ = pca
    mean = mean.clamp(0.02, 0.98)
    layer.bias.copy_(torch.logit(mean))
    layer.weight.zero_()
    layer.weight[:, :len(scale)] = basis[:len(scale)].T / scale / (mean * (1 - mean))[:, None]


@torch.no_grad()
def set_constant_channels(values, channel, constant=12.0):
    """Two channels become large constants, + and -. Norms then divide every token by about the same, so that lengths are kept.

    There are only two, because Adam changes all weights by similar amounts, and many constant inputs would add up to a drifting bias.
    """
    values[..., channel:channel + 2] = constant * torch.tensor([1.0, -1.0]).to(values)


@torch.no_grad()
def init_token_embedding(embedding, codebook, channels):
    """Tokens begin as similar as their unit codes [K, C] are, in the first `channels`; the rest stay 0."""
    spread = torch.randn(channels, codebook.shape[1])
    embedding.weight.zero_()[:, :channels] = 0.7 * codebook @ spread.T


@torch.no_grad()
def init_token_head(head, embedding):
    """The head begins as the transposed embedding."""
    head.weight.copy_(0.07 * embedding.weight)
    head.bias.zero_()


@torch.no_grad()
def scale_residual_outputs(blocks, factor):
    """Smaller output weights: every block begins near the identity."""
    for block in blocks:
        for layer in (*(getattr(block, name).out for name in block.attention), block.ffn['out']):
            layer.weight.mul_(factor)
            layer.bias.zero_()


@torch.no_grad()
def attend_previous_frame(blocks, strength=4.0):
    """Half the temporal heads of every block attend to the previous frame at first."""
    for block in blocks:
        bias = block.temporal.bias
        if bias.shape[1] > 1:
            bias[bias.shape[0] // 2:, 1] = strength


SHARPNESS = 2.0  # of attention to a neighbour
POSITION_CHANNELS = 24  # the last channels of position embeddings, which hold the sinusoids


def sinusoids(rows, columns, channels):
    """Sinusoids [S, channels] (a multiple of 4): a step to a neighbour is the same rotation everywhere."""
    each = channels // 4
    frequency = math.pi / 2 ** (torch.arange(each) / max(1, each - 1) * 2 + 1)  # periods of 4 to 16 patches
    angle = [torch.arange(count)[:, None] * frequency for count in (rows, columns)]
    row, column = (torch.stack([a.sin(), a.cos()], -1).flatten(1) for a in angle)
    return torch.cat([row[:, None].expand(rows, columns, -1), column[None].expand(rows, columns, -1)], -1).flatten(0, 1)


def rotation(channels, down, right):
    """[channels, channels]: rotates the sinusoids of a position to those of the position (down, right) of it."""
    each = channels // 4
    frequency = math.pi / 2 ** (torch.arange(each) / max(1, each - 1) * 2 + 1)
    matrix = torch.zeros(channels, channels)
    for i in range(2 * each):
        angle = frequency[i % each] * (down if i < each else right)
        sine, cosine = math.sin(angle), math.cos(angle)
        matrix[2 * i:2 * i + 2, 2 * i:2 * i + 2] = torch.tensor([[cosine, sine], [-sine, cosine]])
    return matrix


@torch.no_grad()
def attend_neighbours(position, blocks, rows, columns, channels=24):
    """Spatial heads attend to one neighbour each at first (left, right, up, down).

    The last `channels` of the position embedding become sinusoids. Queries rotate them by one patch, keys do not.
    """
    width = position.shape[1]
    position[:, width - channels:] = sinusoids(rows, columns, channels)
    for block in blocks:
        heads, d = block.spatial.heads, width // block.spatial.heads
        used = min(channels, d)
        for head, (down, right) in zip(range(heads), [(0, -1), (0, 1), (-1, 0), (1, 0)]):
            query = block.spatial.qkv.weight[head * d:(head + 1) * d]
            key = block.spatial.qkv.weight[width + head * d:width + (head + 1) * d]
            query.mul_(0.2)
            key.mul_(0.2)
            query[:used, width - channels:] += SHARPNESS * rotation(channels, down, right)[:used]
            key[:used, width - channels:] += SHARPNESS * torch.eye(channels)[:used]
        if hasattr(block.spatial, 'q_norm'):  # QK-norm would undo the larger scores
            block.spatial.q_norm.weight.fill_(SHARPNESS)


def ridge_regression(features, targets, ridge):
    """features [n, D], targets [n, O] -> weight [O, D], means of the features and of the targets, f64"""
    x, y = features.double(), targets.double()
    mean, wanted = x.mean(0), y.mean(0)
    centred = x - mean
    covariance = centred.T @ centred / len(x) + ridge * torch.eye(x.shape[1]).to(x)
    return torch.linalg.solve(covariance, centred.T @ (y - wanted) / len(x)).T, mean, wanted


@torch.no_grad()
def fit_head(head, features, codes, count, ridge=1e-6):
    """Least-squares classifier: features [n, D], codes [n] < count; the first outputs come closest to 1 at a row's code and 0 at others.

    Does nothing where there are fewer outputs, or where all codes are the same.
    """
    if len(head.weight) < count or len(codes.unique()) < 2:
        return
    weight, mean, _ = ridge_regression(features, torch.nn.functional.one_hot(codes, count), ridge)
    head.weight[:count] = weight.to(head.weight)
    head.bias[:count] = (-weight @ mean).to(head.bias)


@torch.no_grad()
def fit_linear(layer, features, targets, ridge=1e-4):
    """A linear layer becomes the least-squares map from features [n, in] to targets [n, out]."""
    weight, mean, wanted = ridge_regression(features, targets, ridge)
    layer.weight.copy_(weight.to(layer.weight))
    layer.bias.copy_((wanted - weight @ mean).to(layer.bias))


@torch.no_grad()
def spherical_kmeans(latents, count, rng, rounds=5):
    """k-means++ on unit vectors: latents [n, C] -> [count, C]. Each further centre is sampled in proportion to its squared distance from those before."""
    n = unit(latents)
    centres = n[rng.integers(len(n))][None]
    distance = 2 - 2 * (n @ centres[0])
    for _ in range(count - 1):
        odds = distance.clamp(min=0).double().numpy() + 1e-12
        centre = n[rng.choice(len(n), p=odds / odds.sum())]
        centres = torch.cat([centres, centre[None]])
        distance = torch.minimum(distance, 2 - 2 * (n @ centre))
    for _ in range(rounds):
        nearest = (n @ centres.T).argmax(-1)
        sums = torch.zeros_like(centres).index_add_(0, nearest, n)
        centres = torch.where(sums.norm(dim=-1, keepdim=True) > 0, unit(sums), centres)
    return centres


@torch.no_grad()
def residual_kmeans(residuals, count, rng, rounds=5):
    """k-means by Euclidean distance: residuals [n, C] -> [count, C]. An empty cluster moves to a random residual."""
    centres = residuals[rng.integers(len(residuals), size=count)].clone()
    for _ in range(rounds):
        nearest = (residuals @ centres.T - centres.square().sum(-1) / 2).argmax(-1)
        sums = torch.zeros_like(centres).index_add_(0, nearest, residuals)
        times = torch.bincount(nearest, minlength=count)[:, None]
        centres = torch.where(times > 0, sums / times.clamp(min=1), residuals[rng.integers(len(residuals), size=count)])
    return centres


@torch.no_grad()
def reset_dead_codes(codebook, unused, latents, rng):
    """Dead codes move to latents of the batch that are far from any code. -> how many moved"""
    if not len(unused):
        return 0
    n = unit(latents)
    odds = (1 - (n @ unit(codebook).T).amax(-1)).clamp(min=0).double().numpy() + 1e-9
    chosen = rng.choice(len(n), size=len(unused), p=odds / odds.sum())
    codebook[unused] = n[chosen]
    return len(unused)


@torch.no_grad()
def compare_frames(encoder, pca, patch, patches, kernels, rng, blocks_a_side=4):
    """An encoder that begins by comparing each frame with what the operators of action_codes.py predict of it.

    The frame's content is in the first channels. The temporal heads that attend to the previous frame fetch its content beside it. Hidden units come in pairs
    ±w·(frame - what kernel k predicts of it from the frame before), which are small together where the picture did as k does. Kernels [K, D, D] give the frame,
    not its change; patches [n, 3p²] are a sample.
    """
    width = encoder.position.shape[1]
    sinusoids_at = width - 24
    content, first = sinusoids_at // 2, encoder.blocks[0]
    encoder.position[:, sinusoids_at:] *= 2.5  # large constant channels: the norms then divide every token by about the same
    scale = init_patch_embedding(encoder.patch, pca, content)
    temporal, half = first.temporal, first.temporal.heads // 2
    d, fetched = width // temporal.heads, min(content, half * (width // temporal.heads))
    first.ffn['out'].weight.mul_(4)  # the comparisons must stand out from the positions
    for layer in (first.spatial.out, temporal.out):
        layer.weight.mul_(0.1)
        layer.bias.zero_()
    tokens = encoder.patch(patches[:1024]) + encoder.position[torch.arange(len(patches[:1024])) % len(encoder.position)]
    deviation = tokens.std(-1).mean()
    values = temporal.qkv.weight[2 * width + half * d:]
    values.zero_()[:fetched] = torch.eye(fetched, width)
    temporal.out.weight[:, half * d:] = 0
    temporal.out.weight[content:content + fetched] = 0
    temporal.out.weight[content:content + fetched, half * d:half * d + fetched] = torch.eye(fetched) * deviation

    mean, basis, _ = pca
    coefficients = (basis[:content] / scale[:, None])  # the pixels that one unit of a channel stands for
    hidden, row, reach = first.ffn['in'], 0, kernels.shape[1] // 2
    kernels = kernels[:, None]
    known = torch.nn.functional.conv2d(torch.ones(1, 1, patch, patch), kernels, padding=reach)[0].clamp(0, 1)  # [K, p, p]: how much of a pixel's source the patch shows
    while row + 1 < hidden.out_features:
        k = row // 2 % len(kernels)
        blocks = torch.from_numpy(rng.standard_normal((blocks_a_side, blocks_a_side, 3))).float()
        now = blocks.repeat_interleave(-(-patch // blocks_a_side), 0).repeat_interleave(-(-patch // blocks_a_side), 1)[:patch, :patch] * known[k, :, :, None]
        then = torch.nn.functional.conv_transpose2d(now.permute(2, 0, 1)[:, None], kernels[k:k + 1], padding=reach)[:, 0].permute(1, 2, 0).flatten()
        now = now.flatten()
        response = torch.cat([coefficients @ now, -(coefficients @ then)[:fetched]])
        strength = 2 / ((patches - mean) @ now).std() * deviation
        for sign in (1, -1):
            hidden.weight[row].zero_()[:content + fetched] = sign * strength * response
            hidden.bias[row] = sign * strength / deviation * (mean @ now - mean @ then)
            row += 1
