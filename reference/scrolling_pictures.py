#!/usr/bin/env python3
"""Clips of single pictures that scroll by 4 pixels per frame, or stand still: video from which a dynamics learns to move any picture.

    python3 reference/scrolling_pictures.py OUT.safetensors --clips 6000 [--seed 1] [--clipart DIR] [--games CLIPS.safetensors] [--back 0.7]

Pictures are noise, gradients, dead leaves, drawings of --clipart (Debian's `openclipart-png`) stretched over all or scattered, and frames of --games.
All are continued by reflection. In a third of the clips a small drawing stays in the middle while the world scrolls. Needs Pillow. The same
seed, drawings and games give the same file. Writes frames u8 [clips, 16, 64, 64, 3] and actions i32 [clips, 15]: 0 none, 1 left, 2 right, 3 up, 4 down, as the view moves.
"""
import argparse
import glob
import random

import numpy as np
from PIL import Image

import safetensors

Image.MAX_IMAGE_PIXELS = None  # `usable` limits it before anything is decoded

SIZE, LENGTH, PACE = 64, 16, 4  # of a frame in pixels, of a clip in frames, pixels per frame
VIEW = ((0, 0), (0, -1), (0, 1), (-1, 0), (1, 0))  # how the view moves, (rows, columns), by action
OPPOSITE = (0, 2, 1, 4, 3)
FIGURES, CONTRAST = 1 / 3, 40  # share of clips with a figure; least standard deviation of a drawing's pixels
FIRST_UNSEEN = 6000  # of the shuffled drawings: unseen_pictures.py takes the later ones


class Drawings:
    """Clip-art, decoded on first use. Without a folder there is none."""

    def __init__(self, folder):
        self.names = sorted(glob.glob(f'{folder}/**/*.png', recursive=True))
        random.Random(5).shuffle(self.names)
        self.names, self.decoded = self.names[:FIRST_UNSEEN], {}
        print(f'{folder}: {len(self.names)} drawings')

    def one(self, rng):
        """-> RGBA u8 [h, w, 4], at most 160 pixels wide or high"""
        while True:
            name = self.names[rng.integers(len(self.names))]
            if name not in self.decoded:
                image = Image.open(name)
                usable = image.size[0] * image.size[1] < 4_000_000 and 0.4 < image.size[0] / image.size[1] < 2.5
                if usable:
                    image = image.convert('RGBA')
                    image.thumbnail((160, 160), Image.BOX)
                    usable = np.array(image)[..., :3].std() > CONTRAST
                self.decoded[name] = np.array(image) if usable else None
            if self.decoded[name] is not None:
                return self.decoded[name]


def resized(picture, width, height):
    return np.array(Image.fromarray(picture).resize((max(1, width), max(1, height)), Image.BOX if width < picture.shape[1] else Image.BILINEAR))


def paste(canvas, drawing, y, x):
    """Draws RGBA over canvas [h, w, 3], cut at its edges."""
    top, left = max(0, -y), max(0, -x)
    part = drawing[top:max(top, canvas.shape[0] - y), left:max(left, canvas.shape[1] - x)]
    under = canvas[y + top:y + top + part.shape[0], x + left:x + left + part.shape[1]]
    alpha = part[..., 3:] / 255
    under[:] = under * (1 - alpha) + part[..., :3] * alpha


def noise(rng, side):
    """1/f^a noise in random colours"""
    frequency = np.maximum(np.hypot(np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side)), 1 / side)
    spectrum = frequency[..., None]**-rng.uniform(0.8, 2.2) * np.exp(2j * np.pi * rng.random((side, side // 2 + 1, 3)))
    grey = rng.random()
    layers = np.fft.irfft2(spectrum, (side, side), axes=(0, 1))
    layers = layers / layers.std((0, 1)) @ (grey * np.full((3, 3), 1 / 3) + (1 - grey) * np.eye(3))
    return np.clip(rng.uniform(40, 215, 3) + rng.uniform(10, 60) * layers, 0, 255).astype(np.uint8)


def gradient(rng, side):
    ends = rng.uniform(0, 255, (2, 3))
    ramp = np.linspace(0, 1, side)[:, None, None] * np.ones((1, side, 1))
    return (ends[0] + ramp * (ends[1] - ends[0])).astype(np.uint8)


def dead_leaves(rng, side):
    canvas, (y, x) = gradient(rng, side), np.mgrid[:side, :side]
    palette = rng.integers(0, 256, (rng.integers(3, 9), 3))
    for radius in np.sort(rng.pareto(1.5, 160) * 3 + 2)[::-1]:
        at, colour = rng.integers(0, side, 2), palette[rng.integers(len(palette))]
        inside = np.maximum(abs(y - at[0]), abs(x - at[1])) < radius if rng.random() < 0.4 else np.hypot(y - at[0], x - at[1]) < radius
        canvas[inside] = colour
    return canvas


def picture(rng, drawings, games):
    """-> u8 [h, w, 3] of 64 to 160 pixels"""
    side = int(rng.integers(SIZE, 161))
    kinds = [noise, gradient, dead_leaves]
    if drawings.names:
        kinds += ['stretched', 'scattered', 'scattered']
    if games is not None:
        kinds += ['game', 'game']
    kind = kinds[rng.integers(len(kinds))]
    if kind == 'game':
        return np.array(games[rng.integers(len(games)), rng.integers(games.shape[1])])
    if callable(kind):
        return kind(rng, side)
    if kind == 'stretched':
        canvas = np.full((side, side, 3), rng.integers(0, 256, 3), np.uint8)
        paste(canvas, resized(drawings.one(rng), side, side), 0, 0)
        return canvas
    canvas = [noise, gradient][rng.integers(2)](rng, side)
    for _ in range(rng.integers(2, 12)):
        height = int(rng.integers(10, 60))
        drawing = drawings.one(rng)
        paste(canvas, resized(drawing, height * drawing.shape[1] // drawing.shape[0], height), *(int(at) for at in rng.integers(-20, side - 5, 2)))
    return canvas


def recolour(rng, frames):
    """Channels exchanged, and inverted in a fifth of the clips"""
    frames = frames[..., rng.permutation(3)]
    return 255 - frames if rng.random() < 0.2 else frames


def moves(rng, back=0):
    """-> [LENGTH - 1] actions. Each is held for 1 to 10 frames, and with probability `back` for 1 to 3, and the opposite one for as long."""
    taken = []
    while len(taken) < LENGTH - 1:
        action = rng.choice(5, p=(0.2, 0.275, 0.275, 0.125, 0.125))
        if back and rng.random() < back:  # 0 draws nothing, so that a seed gives the file that it gave without
            frames = int(rng.integers(1, 4))
            taken += [action] * frames + [OPPOSITE[action]] * frames
        else:
            taken += [action] * int(rng.integers(1, 11))
    return np.array(taken[:LENGTH - 1])


def scroll(rng, world, back=0):
    """A view that moves over a picture [h, w, 3] -> frames u8 [LENGTH, 64, 64, 3], of which the first shows no reflection, and actions [LENGTH - 1]"""
    actions = moves(rng, back)
    at = np.concatenate([[(0, 0)], np.cumsum([VIEW[action] for action in actions], 0)]) * PACE
    reach = PACE * LENGTH
    around = np.pad(world, ((reach, reach), (reach, reach), (0, 0)), mode='symmetric')
    start = reach + np.array([rng.integers(side - SIZE + 1) for side in world.shape[:2]])
    return np.stack([around[y:y + SIZE, x:x + SIZE] for y, x in start + at]), actions


def clip(rng, drawings, games, back=0):
    """-> frames u8 [LENGTH, 64, 64, 3], actions [LENGTH - 1]"""
    frames, actions = scroll(rng, picture(rng, drawings, games), back)
    if drawings.names and rng.random() < FIGURES:
        height = int(rng.integers(7, 17))
        figure = drawings.one(rng)
        figure = resized(figure, min(16, height * figure.shape[1] // figure.shape[0]), height)
        y, x = rng.integers(16, 40, 2)
        for frame in frames:
            paste(frame, figure, int(y), int(x))
    return recolour(rng, frames), actions


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('out')
    parser.add_argument('--clips', type=int, required=True)
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--clipart', default='/usr/share/openclipart/png')
    parser.add_argument('--games', help='clips of 64×64, some of whose frames are taken as pictures')
    parser.add_argument('--back', type=float, default=0, help='share of moves that are taken back at once, so that what left the view returns')
    args = parser.parse_args()
    drawings, games = Drawings(args.clipart), safetensors.open_tensor(args.games, 'frames') if args.games else None
    made = [clip(np.random.default_rng((args.seed, i)), drawings, games, args.back) for i in range(args.clips)]
    safetensors.save(args.out, {'frames': np.stack([frames for frames, _ in made]), 'actions': np.stack([actions for _, actions in made]).astype(np.int32)})


if __name__ == '__main__':
    main()
