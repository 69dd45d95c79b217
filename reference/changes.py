"""The mask of pixels that differ from the frame before. Keys change those pixels, which are a small part of an unweighted pixel loss."""
import torch
from torch.nn import functional as F

NOTICED = 0.04  # of the range 0…1: smaller differences are noise


@torch.no_grad()
def changed_pixels(frames):
    """frames [B, T, H, W, 3] -> [B, T, H, W] bool. Frame t is compared with frame t-1; frame 0 with frame 1."""
    return (torch.cat([frames[:, 1:2], frames[:, :-1]], dim=1) - frames).abs().amax(-1) > NOTICED


@torch.no_grad()
def change_weights(frames, gain):
    """frames [B, T, H, W, 3] -> [B, T, H, W, 1] of mean 1: `gain` times the weight where a pixel changes."""
    weights = 1 + (gain - 1) * changed_pixels(frames).float()[..., None]
    return weights / weights.mean()


@torch.no_grad()
def changed_patches(frames, patch):
    """frames [B, T, H, W, 3] -> [B, T, S] bool: patches of which over a twentieth changes."""
    shares = F.avg_pool2d(changed_pixels(frames).float(), patch, ceil_mode=True)
    return (shares > 0.05).flatten(2)
