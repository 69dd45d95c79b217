#!/usr/bin/env python3
"""Cuts the clips of several files to one length and joins them, so that one model learns from all of them.

    python3 reference/mix.py OUT.safetensors --length 16 A.safetensors B.safetensors:8000 …    :COUNT takes that many clips of FILE only

A clip of 48 frames gives three of 16. Only `frames` [N, length, H, W, 3] are written: actions of different games mean different things.
"""
import argparse
import json
import os

import numpy as np

import safetensors


def cuts(path, count, length):
    """-> memory-mapped frames [n, T, H, W, 3], places (clip, first frame); `count` clips, spread evenly over the file, or all"""
    frames = safetensors.open_tensor(path, 'frames')
    if frames.shape[1] < length:
        raise ValueError(f'{path}: clips have {frames.shape[1]} frames, --length is {length}')
    clips = range(len(frames)) if count is None else np.linspace(0, len(frames) - 1, count).round().astype(int)
    return frames, [(clip, start) for clip in clips for start in range(0, frames.shape[1] - length + 1, length)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('out')
    parser.add_argument('files', nargs='+')
    parser.add_argument('--length', type=int, required=True)
    args = parser.parse_args()
    parts = []
    for entry in args.files:
        path, _, count = entry.partition(':')
        parts.append(cuts(path, int(count) if count else None, args.length))
        if parts[-1][0].shape[2:] != parts[0][0].shape[2:]:
            raise ValueError(f'{path}: frames are {list(parts[-1][0].shape[2:])}, those of {args.files[0]} are {list(parts[0][0].shape[2:])}')
        print(f'{path}: {len(parts[-1][1])} clips')
    shape = [sum(len(places) for _, places in parts), args.length, *parts[0][0].shape[2:]]
    header = json.dumps({'frames': {'dtype': 'U8', 'shape': shape, 'data_offsets': [0, int(np.prod(shape, dtype=np.int64))]}}).encode()
    header += b' ' * (-len(header) % 8)
    with open(f'{args.out}.part', 'wb') as file:  # too large for memory, hence not safetensors.save
        file.write(len(header).to_bytes(8, 'little') + header)
        for frames, places in parts:
            for clip, start in places:
                file.write(np.ascontiguousarray(frames[clip, start:start + args.length]).tobytes())
    os.replace(f'{args.out}.part', args.out)
    print(f'{args.out}: {shape[0]} clips of {args.length} frames')


if __name__ == '__main__':
    main()
