"""What moves in a video, measured without any label: how the whole picture pans, and which figures move on their own.

Most of a platformer's picture is background, and a plain pixel loss spends itself there: the small figures that a key
moves blur (pilot.md). So a pixel weighs more where the frame differs from its neighbour in time after the best shift
of the whole picture has been taken out. The same measurement gives latent actions something to start from.
"""
import torch
from torch.nn import functional as F

REACH = 8  # pixels: the fastest movement looked for
NOTICED = 0.04  # of the range 0…1: smaller differences are noise


def shifted(frames, dx, dy):
    """[N, 3, H, W] moved by (dx, dy) pixels, edges repeated."""
    height, width = frames.shape[2:]
    rows = (torch.arange(height) - dy).clamp(0, height - 1)
    columns = (torch.arange(width) - dx).clamp(0, width - 1)
    return frames[:, :, rows][:, :, :, columns]


def best_shift(before, after, shifts, mask=1.0):
    """-> [N] index of the shift that brings every `before` closest to its `after` in grey, where `mask` is."""
    reach_x, reach_y = (max(abs(shift[axis]) for shift in shifts) for axis in range(2))
    before, after = (part.mean(dim=1, keepdim=True) for part in (before, after))
    height, width = after.shape[2:]
    before = F.pad(before, (reach_x, reach_x, reach_y, reach_y), mode='replicate')
    errors = []
    for dx, dy in shifts:
        moved = before[:, :, reach_y - dy:reach_y - dy + height, reach_x - dx:reach_x - dx + width]
        errors.append(((moved - after).abs() * mask).mean(dim=(1, 2, 3)))
    return torch.stack(errors).argmin(dim=0)


def remove_pan(before, after):
    """[N, 3, H, W] twice -> (`before` under the best pan of the whole picture, pans [N, 2])"""
    pans = []
    for axis in range(2):  # first sideways, then up or down
        shifts = [(d, 0) if axis == 0 else (0, d) for d in sorted(range(-REACH, REACH + 1), key=abs)]
        best = best_shift(before, after, shifts).tolist()
        before = torch.cat([shifted(before[i:i + 1], *shifts[index]) for i, index in enumerate(best)])
        pans.append(torch.tensor([shifts[index][axis] for index in best]))
    return before, torch.stack(pans, dim=-1)


def unexplained(panned, after):
    """-> [N, 1, H, W] bool: pixels that the pan does not explain"""
    return (panned - after).abs().amax(dim=1, keepdim=True) > NOTICED


def pairs(frames):
    """[B, T, H, W, 3] -> before, after [B·(T-1), 3, H, W]"""
    frames = frames.permute(0, 1, 4, 2, 3)
    return frames[:, :-1].flatten(0, 1), frames[:, 1:].flatten(0, 1)


@torch.no_grad()
def moving_weights(frames, gain):
    """frames [B, T, H, W, 3] -> [B, T, H, W, 1] of mean 1: `gain` times the weight where something moves on its own.

    Frame t is compared with frame t-1; frame 0 with frame 1.
    """
    before, after = pairs(torch.cat([frames[:, 1:2], frames], dim=1))
    moves = unexplained(remove_pan(before, after)[0], after).float()
    moves = F.max_pool2d(moves, 3, stride=1, padding=1)  # one pixel around counts as moving too
    weights = (1 + (gain - 1) * moves).permute(0, 2, 3, 1).unflatten(0, frames.shape[:2])
    return weights / weights.mean()


@torch.no_grad()
def moving_patches(frames, patch):
    """frames [B, T, H, W, 3] -> [B, T, S] bool: patches in which something moves on its own, the border apart (what a pan reveals is no figure).

    Where a figure is in either of two frames counts: the place it left must be drawn as well as the place it reached.
    """
    before, after = pairs(torch.cat([frames[:, 1:2], frames], dim=1))
    inner = F.pad(torch.ones_like(after)[:, :1, :, REACH:-REACH], (REACH, REACH))
    moves = unexplained(remove_pan(before, after)[0], after) * inner
    shares = F.avg_pool2d(moves, patch, ceil_mode=True)
    return (shares > 0.05).flatten(1).unflatten(0, frames.shape[:2])


@torch.no_grad()
def movements(frames):
    """frames [B, T, H, W, 3] -> [B, T-1, 2]: what moves goes left, stays, goes right (-1, 0, 1); rises, stays, falls (-1, 0, 1).

    Against the pan if the picture pans, as a camera that follows; else as the figures go.

    A figure is where the pan explains nothing and the new frame, rather than the old, stands out from its surroundings
    (what the border reveals is none). It is looked for in the old frame at half size, in steps of two pixels.
    """
    before, after = pairs(frames)
    panned, pan = remove_pan(before, after)
    around = F.avg_pool2d(after, 2 * REACH - 1, 1, REACH - 1, count_include_pad=False)
    stands_out = (after - around).abs().sum(1, keepdim=True) > (panned - around).abs().sum(1, keepdim=True)
    inner = F.pad(torch.ones_like(after)[:, :1, REACH:-REACH, REACH:-REACH], (REACH,) * 4)
    figure = (unexplained(panned, after) & stands_out) * inner
    before, after, figure = (F.avg_pool2d(part, 2) for part in (before, after, figure))
    half = REACH // 2
    shifts = sorted(((dx, dy) for dx in range(-half, half + 1) for dy in range(-half, half + 1)), key=lambda s: abs(s[0]) + abs(s[1]))
    own = torch.tensor([shifts[index] for index in best_shift(before, after, shifts, figure).tolist()])
    return torch.where(pan != 0, -pan, own).sign().to(frames).unflatten(0, (len(frames), -1))


def directions_of(moves):
    """movements [..., 2] -> [..., 2]: left, stays, right (-1, 0, 1); rises or not (1, 0). Falling is not told from staying: gravity needs no key."""
    return torch.stack([moves[..., 0], (moves[..., 1] < 0).to(moves)], dim=-1)


def directions(frames):
    """frames [B, T, H, W, 3] -> [B·(T-1), 2]"""
    return directions_of(movements(frames)).flatten(0, 1)
