"""Frames to patches and back. A patch is row, column, channel; patches are in row-major order (model.md §2)."""
import torch


def to_patches(frames, p):
    """[B, T, H, W, 3] -> [B, T, S, 3p²]; bottom and right are padded with the edge pixel."""
    height, width = frames.shape[2:4]
    rows, columns = -(-height // p), -(-width // p)
    if rows * p != height or columns * p != width:
        row = torch.arange(rows * p, device=frames.device).clamp(max=height - 1)
        column = torch.arange(columns * p, device=frames.device).clamp(max=width - 1)
        frames = frames[:, :, row][:, :, :, column]
    cut = frames.unflatten(3, (columns, p)).unflatten(2, (rows, p))  # [B, T, rows, p, columns, p, 3]
    return cut.transpose(3, 4).flatten(4).flatten(2, 3)


def from_patches(patches, height, width, p):
    """[B, T, S, 3p²] -> [B, T, H, W, 3], the padding cropped."""
    rows, columns = -(-height // p), -(-width // p)
    cut = patches.unflatten(3, (p, p, 3)).unflatten(2, (rows, columns)).transpose(3, 4)
    return cut.flatten(4, 5).flatten(2, 3)[:, :, :height, :width]
